"""The text of a crossing names its period, its causes and what is not known."""

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.crossing import crossings_of
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.messages.alerts.crossed.alert import crossing_alert
from tests.support.builders import AS_OF, budget, charge, day, each_day, known, usage, usage_since
from tests.unit.messages.alerts.crossings import PARAMETER, alert


def mail_of(evaluations: list[Evaluation], found: Usage, as_of: datetime) -> Alert:
    [crossing, *_] = [one for each in evaluations for one in crossings_of(each, found, as_of)]
    return crossing_alert(crossing, PARAMETER, known(found, as_of).daily)


def test_late_usage_of_a_period_that_is_over_says_so() -> None:
    as_of = day("2026-11-02") + timedelta(hours=1)
    found = usage(charge("2026-10-31", cost="60"), charge("2026-11-01", cost="1"))
    told = mail_of(evaluate([budget()], known(found, as_of))[1:], found, as_of)
    assert "The period is over; the usage arrived late." in told.body
    assert "Period: 1 to 31 Oct 2026 (UTC), over\n" in told.body
    assert told.subject == "workers over limit: 60 of 50 USD (120 %) for 1 to 31 Oct 2026 - Example account"


@pytest.mark.parametrize(
    ("hours", "left"), [(-25, "2 days left"), (-24, "1 day left"), (-1, "1 day left"), (0, "over")]
)
def test_a_period_says_how_many_days_of_it_are_left(hours: int, left: str) -> None:
    text = '{"limit": "50 USD", "period": "week"}'
    as_of = day("2026-11-23") + timedelta(hours=hours)
    found = usage(charge("2026-11-20", cost="60"))
    body = mail_of(evaluate([budget(text)], known(found, as_of)), found, as_of).body
    assert f"Period: 16 to 22 Nov 2026 (UTC), {left}\n" in body
    assert ("The period is over; the usage arrived late." in body) == (left == "over")


def test_the_subject_of_a_day_budget_names_its_day() -> None:
    found = usage(charge("2026-11-22", cost="60"))
    evaluations = evaluate([budget('{"limit": "50 USD", "period": "day"}')], known(found, AS_OF))
    subject = mail_of(evaluations, found, AS_OF).subject
    assert subject == "workers over limit: 60 of 50 USD (120 %) on 22 Nov - Example account"


def test_names_from_outside_cannot_break_out_of_their_line() -> None:
    row = charge(cost="60", x_billable_metric_name="evil\r\nBcc: all\u202e", billing_account_name="Acme\nInc")
    found = alert('{"limit": "50 USD"}', row)
    assert found.subject == "workers over limit: 60 of 50 USD (120 %), 9 days left - Acme Inc"
    assert "\r" not in found.body
    assert "\u202e" not in json.dumps(found.document, ensure_ascii=False)
    assert "evil Bcc: all" in found.body


def test_names_from_outside_leave_room_for_the_figures() -> None:
    columns = {
        "x_billable_metric_name": "m" * 300,
        "x_zone_name": "z" * 300,
        "billing_account_name": "a" * 300,
    }
    text = json.dumps({"limit": "50 USD", "description": "d" * 500})
    found = alert(text, charge(cost="60", **columns))
    assert re.fullmatch(r"workers over limit: 60 of 50 USD \(120 %\) - a+\.\.\.", found.subject)
    for shown in (
        f"{'m' * 57}..., {'z' * 57}...",
        f"Account: {'a' * 57}... (",
        f"{'d' * 76}... (see the budget)",
    ):
        assert shown in found.body


@pytest.mark.parametrize("scale", [Decimal("0.1"), Decimal(1), Decimal(9)])
def test_a_steady_metric_has_not_risen_on_the_first_day_of_a_period(scale: Decimal) -> None:
    rows = each_day("2026-08-01", "2026-11-01", str(1000000 * scale), str(5 * scale))
    for text, on in (
        ('{"limit": "0.4 USD", "period": "day"}', "2026-11-02"),
        ('{"limit": "0.4 USD"}', "2026-11-02"),
    ):
        as_of = day(on) + timedelta(hours=7)
        found = usage_since("2026-08-01", *rows)
        body = mail_of(evaluate([budget(text)], known(found, as_of)), found, as_of).body
        assert "nothing" not in body
        assert " since " not in body
        assert "not used before" not in body


def test_a_metric_that_rose_says_since_when_and_how_far() -> None:
    rows = [
        *each_day("2026-10-01", "2026-11-18", "100", "0.01"),
        *each_day("2026-11-19", "2026-11-21", "90000", "37"),
    ]
    found = usage_since("2026-10-01", *rows)
    body = mail_of(evaluate([budget('{"limit": "100 USD"}')], known(found, AS_OF)), found, AS_OF).body
    assert "100 % of it: Workers standard requests, 37 USD a day since 19 Nov, 900 times the usual\n" in body


def test_a_metric_that_was_not_used_before_says_so() -> None:
    rows = [
        *each_day("2026-10-01", "2026-11-21", "1", "0.01"),
        *each_day("2026-11-20", "2026-11-21", "9", "60", metric="kv"),
    ]
    found = usage_since("2026-10-01", *rows)
    body = mail_of(evaluate([budget('{"limit": "100 USD"}')], known(found, AS_OF)), found, AS_OF).body
    assert "99 % of it: Kv, 60 USD a day since 20 Nov, not used before\n" in body


def test_small_causes_are_named_together() -> None:
    shares = {"a": "50", "b": "44", "c": "4", "d": "2"}
    body = alert(
        '{"limit": "50 USD"}', *(charge(cost=cost, metric=metric) for metric, cost in shares.items())
    ).body
    assert "Other causes: B 44 %; others 6 %\n" in body


def test_a_name_loses_its_allowance_before_it_is_shortened() -> None:
    name = "KV Write Operations With A Long Name Of Its Own (first 1,000,000 are included)"
    body = alert('{"limit": "50 USD"}', charge(cost="60", x_billable_metric_name=name)).body
    assert "100 % of it: KV Write Operations With A Long Name Of Its Own, 60 USD\n" in body


def test_a_threshold_below_one_percent_is_not_zero_percent() -> None:
    found = alert('{"limit": "1000 USD", "thresholds": ["0.5%"]}', charge(cost="5.2"))
    assert found.subject == "workers passed 0.5 %: 5.20 of 1,000 USD (0.5 %), 9 days left - Example account"


def test_yen_have_no_decimals() -> None:
    columns = {"billing_currency": "JPY"}
    rows = each_day("2026-11-01", "2026-11-20", "500000", "187.5", **columns)
    assert ".5" not in alert('{"limit": "3000 JPY"}', *rows).body


def test_what_is_reached_without_another_threshold_is_said_once() -> None:
    found = alert('{"limit": "50 USD", "thresholds": ["80%"]}', charge(cost="45"))
    assert "Passed" not in found.body
    far = alert('{"limit": "50 USD", "thresholds": ["150%"]}', charge(cost="90"))
    assert "\nPassed 150 %\n" in far.body
    assert far.subject.startswith("workers over limit: 90 of 50 USD (180 %)")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("東京株式会社", "023e105f"), ("Café 東京", "Cafe 023e105f"), ("Why not?", "Why not?")],
)
def test_a_name_in_another_script_is_distinguished_by_the_id(name: str, shown: str) -> None:
    found = alert('{"limit": "50 USD"}', charge(cost="60", billing_account_name=name))
    assert found.subject.endswith(f" - {shown}")
    assert f"Account: {name} (023e105f)\n" in found.body


def test_what_is_not_known_stands_in_the_message() -> None:
    body = alert('{"limit": "50 USD"}', charge(cost="45"), charge(metric="r2_class_a")).body
    assert "Not all of it is known" in body
    assert "r2_class_a" in body
