"""What people read in Slack, message by message."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.evaluation.anomaly import anomalies_of
from cloudflare_budgets.messages.alerts.anomaly import anomaly_alert
from cloudflare_budgets.messages.alerts.problem import problem_alert
from cloudflare_budgets.messages.slack.message import plain_message, slack_message
from local.slack import refusal_of, rendered
from local.slack.server import CLOUDFLARE
from tests import documents
from tests.builders import ACCOUNT_ID, AS_OF, budget, charge, day, each_day, known, price, prices, usage_since
from tests.unit.messages.test_crossing import SPEND, alert

DATA = "Data through 2026-11-21 (UTC), usage API V2"
LINK = f"Cloudflare's own figures ({CLOUDFLARE})"

CROSSED = f"""\
⚠️ workers at 82% of 50 USD

41.20 USD of 50 USD
████████░░ 82.4%
keep the shop's bill flat

Forecast  57.40 USD, 114% of the limit (likely 56.56 to 67.60); 67.60 USD if the last 3 days go on
Crossed  80% (40 USD), also 50%
Period  2026-11-01 to 2026-11-30 (UTC), 9 days left
Account  Example account

Where it comes from
• 73.1% Durable objects requests: 30.10 USD; last day 4.10 USD, up 215%
• 26.9% Workers standard requests: 11.10 USD; last day 1.10 USD, up 120%

{DATA} · Billed costs, without fixed fees and tax · {LINK} · Alert {{alert_id}}
"""

SPIKE = f"""\
🚨 Workers standard requests at 20 times the usual

2,000 Requests on 2026-11-21, usually 100
Is that meant? If not, stop its cause. Usage comes a day late: it may be going on as you read this.

Worth  1,900 USD a day more than usual, no allowance left
In 30 days  57,000 USD, if it goes on
Since  2026-11-21
Account  Example account
Budget  workers

{DATA} · {LINK} · Alert {{alert_id}}
"""

NEW_METRIC = f"""\
🚨 New metric in use: R2 class a

400 Requests on 2026-11-21
Is the product meant to be in use? If not, see who switched it on.

Worth  400 USD a day by its price, no allowance left
In 30 days  12,000 USD, if it goes on
Since  2026-11-21
Account  Example account
Budget  workers

{DATA} · {LINK} · Alert {{alert_id}}
"""

PROBLEM = f"""\
⚠️ Problem: budget workers cannot be used and is not watched

/cloudflare-budgets/budgets/workers: treshold: unknown key; did you mean thresholds?
Until this is mended, spending there can grow unseen.

Kind  invalid_budget
Account  {ACCOUNT_ID}

{LINK} · Alert {{alert_id}}
"""

UNKNOWN = f"""\
⚠️ workers is back below 80% of 50 USD

```
Resolved  38 USD
<Limit>   50 USD
```

{LINK} · Alert 5b6e6c46dc6b5b2d4f4e4e2ba6e9d0b1
"""


def posted(found: Alert, sent: datetime = AS_OF) -> str:
    return shown({**found.document, "attempt": 1}, found.subject, found.body, sent)


def shown(document: Any, subject: str = "a subject", body: str = "a text", sent: datetime = AS_OF) -> str:  # noqa: ANN401 - an alert's JSON
    message = slack_message(document, subject, body, sent)
    assert refusal_of(message, (CLOUDFLARE,)) is None
    return rendered(message)


def given(text: str, found: Alert) -> str:
    return text.replace("{alert_id}", found.key.alert_id)


def test_a_crossed_threshold_is_a_fact_figures_and_where_they_come_from() -> None:
    found = alert('{"limit": "50 USD", "description": "keep the shop\'s bill flat"}', *SPEND)
    assert posted(found) == given(CROSSED, found)


def test_a_notification_says_what_the_subject_says() -> None:
    found = alert('{"limit": "50 USD"}', *SPEND)
    text = slack_message(found.document, found.subject, found.body, AS_OF)["text"]
    assert text == "⚠️ workers at 82% of 50 USD (41.20 USD) - Example account"


def anomaly_of(kind: str, *extra: Any) -> Alert:  # noqa: ANN401 - charges
    rows = each_day("2026-10-20", "2026-11-20", "100")
    found = known(
        usage_since("2026-10-20", *rows, *extra),
        prices=prices(price(), price(metric="r2_class_a")),
    )
    [anomaly] = anomalies_of([budget(f'{{"limit": "50 USD", "alert_on": ["{kind}"]}}')], found)
    return anomaly_alert(anomaly, found, "/cloudflare-budgets/budgets/workers")


def test_a_spike_says_how_far_out_of_line_and_what_it_will_cost() -> None:
    found = anomaly_of("spike", charge("2026-11-21", "2000"))
    assert posted(found) == given(SPIKE, found)


def test_a_spike_of_a_zone_says_where_it_was() -> None:
    narrowed = {**documents.spike()["budget"], "scope": {"zone": ["<a>.example"], "metric_id": ["r2*"]}}
    assert "Where  zone <a>.example\n" in shown(documents.spike(budget=narrowed))
    assert "Where" not in shown(documents.spike())


def test_a_new_metric_says_what_is_in_use_for_the_first_time() -> None:
    found = anomaly_of(
        "new_metric", charge("2026-11-21", "100"), charge("2026-11-21", "400", metric="r2_class_a")
    )
    assert posted(found) == given(NEW_METRIC, found)


@pytest.mark.parametrize(
    ("amount", "words"),
    [("11880000", "at 9.9 times the usual\n"), ("12000000", "at 10 times the usual\n")],
)
def test_a_factor_has_a_decimal_below_ten(amount: str, words: str) -> None:
    assert words in shown(documents.spike(observed={"amount": amount, "unit": "Operations"}))


@pytest.mark.parametrize("usual", [None, {"amount": "0", "unit": "Operations"}])
def test_where_none_is_usual_there_is_no_factor(usual: dict[str, str] | None) -> None:
    assert "R2 class A operations at 12,000,000 Operations, where none is usual\n" in shown(
        documents.spike(usual=usual)
    )


@pytest.mark.parametrize(
    ("days", "line"), [(1, "Since  2026-11-20\n"), (2, "Since  2026-11-20, 2 days out of line\n")]
)
def test_an_episode_says_how_long_it_lasts_from_the_second_day_on(days: int, line: str) -> None:
    assert line in shown(documents.spike(days=days))


def test_a_problem_says_what_is_wrong_and_what_would_be_right() -> None:
    message = "/cloudflare-budgets/budgets/workers: treshold: unknown key; did you mean thresholds?"
    found = problem_alert(Problem("invalid_budget", "workers", message, ACCOUNT_ID), AS_OF)
    assert posted(found) == given(PROBLEM, found)


def test_an_alert_of_a_kind_unknown_here_shows_its_text() -> None:
    document = {**documents.crossed(type="of_a_later_version"), "severity": "warning"}
    text = "Resolved  38 USD\n<Limit>   50 USD\n"
    assert shown(document, "workers is back below 80% of 50 USD", text) == UNKNOWN


@pytest.mark.parametrize("kind", ["threshold_crossed", "spike", "new_metric", "problem"])
@pytest.mark.parametrize(
    "document", [{}, {"budget": None}, {"observed": {"amount": "1e999999", "unit": "x"}}]
)
def test_an_alert_that_cannot_be_read_shows_its_text(kind: str, document: dict[str, Any]) -> None:
    assert shown({"type": kind, **document}, "hello", "world").startswith("⚠️ hello\n\n```\nworld\n```\n")


def test_what_was_published_by_hand_is_posted_too() -> None:
    assert shown({}, "", "") == f"⚠️ Cloudflare Budgets\n\n{LINK}\n"


def test_the_allowance_is_named() -> None:
    limited = {**documents.crossed()["budget"], "allowance_of": "r2_class_a"}
    assert shown(documents.crossed(budget=limited)).startswith(
        "⚠️ workers at 82% of the allowance r2_class_a\n"
    )
    part = {**limited, "allowance_percent": "75"}
    assert shown(documents.crossed(budget=part)).startswith(
        "⚠️ workers at 82% of 75% of the allowance r2_class_a\n"
    )


def test_a_forecast_leads_where_it_is_what_was_crossed() -> None:
    threshold = {"percent": "100", "amount": "50", "basis": "forecast"}
    text = shown(documents.crossed(threshold=threshold))
    assert text.startswith("⚠️ workers forecast at 114% of 50 USD\n\n41.20 USD of 50 USD\n")
    assert "Crossed  100% forecast (50 USD), also 50%" in text


def test_a_forecast_threshold_that_is_reached_already_leads_with_what_is_used() -> None:
    threshold = {"percent": "80", "amount": "40", "basis": "forecast"}
    assert shown(documents.crossed(threshold=threshold)).startswith("⚠️ workers at 82% of 50 USD\n")


def test_a_unit_is_escaped_once() -> None:
    budget = {**documents.crossed()["budget"], "limit": {"amount": "50", "unit": "R&D units"}}
    assert "&amp;amp;" not in str(slack_message(documents.crossed(budget=budget), "a subject", "a text"))
    assert "Crossed  80% (40 R&D units), also 50%\n" in shown(documents.crossed(budget=budget))


def test_a_forecast_that_leaves_something_out_says_so() -> None:
    forecast = {**documents.crossed()["forecast"], "left_out": ["r2_class_a"], "low": None}
    text = shown(documents.crossed(forecast=forecast))
    assert "Forecast  57.40 USD without what has no price, 114% of the limit; 67.60" in text


def test_a_forecast_from_few_days_says_from_how_few() -> None:
    forecast = {**documents.crossed()["forecast"], "early": True, "complete_days": 5}
    text = shown(documents.crossed(forecast=forecast))
    assert "67.60 USD if the last 3 days go on; early, from 5 complete days\n" in text


@pytest.mark.parametrize("bounds", [{"low": "57.4", "high": "57.4"}, {"low": None}, {"high": None}])
def test_a_range_without_two_ends_is_none(bounds: dict[str, str | None]) -> None:
    forecast = {**documents.crossed()["forecast"], **bounds}
    assert "likely" not in shown(documents.crossed(forecast=forecast))


def test_what_may_have_been_posted_before_says_so() -> None:
    assert "Possible repeat · Data through" in shown(documents.crossed(attempt=2))
    assert "repeat" not in shown(documents.crossed(attempt=1))


def test_severity_is_a_sign_and_not_a_colour() -> None:
    assert [shown(documents.crossed(severity=level))[0] for level in ("warning", "critical", "info")] == [
        "\N{WARNING SIGN}",
        "\N{POLICE CARS REVOLVING LIGHT}",
        "\N{INFORMATION SOURCE}",
    ]


def test_allowances_doubts_and_list_prices_stand_in_the_message() -> None:
    use = {"metric_id": "d1", "name": "D1 rows", "used": "4012300", "included": "5000000", "percent": "80.2"}
    text = shown(
        documents.crossed(
            allowances=[{**use, "unit": "Rows"}],
            incomplete="r2_class_a has no price",
            list_prices={"billed": "41.2", "listed": "70", "unit": "USD", "priced_by": "list"},
            cost_basis="estimated",
        )
    )
    assert "Included, this billing period\n• 80.2% D1 rows: 4,012,300 of 5,000,000 Rows\n" in text
    assert "Cloudflare bills 41.20 USD for what costs 70 USD by list prices." in text
    assert "Not all of it is known  r2_class_a has no price" in text
    assert "Costs estimated by list prices, without fixed fees and tax" in text


def test_a_period_that_is_over_says_so() -> None:
    text = shown(documents.crossed(), sent=day("2026-12-01") + timedelta(hours=5))
    assert "The period is over; the usage arrived late." in text
    assert "2026-11-01 to 2026-11-30 (UTC), over" in text


@pytest.mark.parametrize(
    ("on", "left"),
    [("2026-11-29", ", 2 days left"), ("2026-11-30", ", 1 day left"), ("2026-12-01", ", over")],
)
def test_a_period_says_how_many_days_of_it_are_left(on: str, left: str) -> None:
    assert f"2026-11-30 (UTC){left}\n" in shown(documents.crossed(), sent=day(on))
    assert ("arrived late" in shown(documents.crossed(), sent=day(on))) == (left == ", over")


def test_a_period_of_a_day_is_one_date() -> None:
    period = {"start": "2026-11-22T00:00:00Z", "end": "2026-11-23T00:00:00Z", "estimated_end": True}
    text = shown(documents.crossed(period=period))
    assert "Period  2026-11-22 (UTC), 1 day left, its end estimated\n" in text


def test_data_are_of_today_only_while_the_day_is_not_over() -> None:
    for hours, words in (
        (0, "Data through 2026-11-21 (UTC)"),
        (-1, "Data through today, which is not complete"),
    ):
        assert words in shown(documents.crossed(), sent=day("2026-11-22") + timedelta(hours=hours))


def test_the_bar_is_full_at_the_limit_and_not_before() -> None:
    for amount, drawn in (
        ("0", "░░░░░░░░░░ 0.0%"),
        ("49.99", "█████████░ 99.9%"),
        ("49.9999999999", "█████████░ 99.9%"),
        ("50", "██████████ 100.0%"),
        ("1000", "██████████ 2,000.0%"),
    ):
        assert f"\n{drawn}\n" in shown(documents.crossed(observed={"amount": amount, "unit": "USD"}))


@pytest.mark.parametrize(
    ("last_day", "day_before", "words"),
    [
        (None, "1", "; nothing on the last day"),
        ("5", None, "; last day 5 USD, nothing the day before"),
        ("5", "10", "; last day 5 USD, down 50%"),
        ("5", "0", "; last day 5 USD, nothing the day before"),
        ("5", "-0.5", "; last day 5 USD, nothing the day before"),
        ("5", "5", "; last day 5 USD"),
        ("5.05", "5", "; last day 5.05 USD, up 1%"),
        ("49.9", "5", "; last day 49.90 USD, up 898%"),
        ("50", "5", "; last day 50 USD, 10 times the day before"),
        ("5000", "5", "; last day 5,000 USD, 1,000 times the day before"),
    ],
)
def test_a_metric_says_how_its_last_day_compares(last_day: str, day_before: str, words: str) -> None:
    driver = {**documents.crossed()["drivers"][0], "last_day": last_day, "day_before": day_before}
    assert f"Durable objects requests: 30.10 USD{words}\n" in shown(documents.crossed(drivers=[driver]))


def test_the_plain_message_is_text_alone() -> None:
    assert plain_message("<b> at 82%", "workers & co\n") == {
        "text": "&lt;b&gt; at 82%\n```\nworkers &amp; co\n```"
    }
