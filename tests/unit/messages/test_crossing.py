import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.crossing import crossings_of
from cloudflare_budgets.domain.alerts.severity import Severity
from cloudflare_budgets.domain.evaluation.evaluation import evaluate
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.messages.alerts.crossing import crossing_alert
from tests.builders import ACCOUNT_ID, AS_OF, budget, charge, day, known, usage

PARAMETER = "/cloudflare-budgets/budgets/workers"


def alert(text: str, *rows: Charge, as_of: datetime = AS_OF) -> Alert:
    found = usage(*rows)
    crossing = next(crossings_of(evaluate([budget(text)], known(found, as_of))[0], found, as_of))
    return crossing_alert(crossing, PARAMETER)


SPEND = (
    *(charge(f"2026-11-{on:02}", "1300000", "1.3", metric="durable_objects_requests") for on in range(1, 21)),
    charge("2026-11-21", "4100000", "4.1", metric="durable_objects_requests"),
    *(charge(f"2026-11-{on:02}", "400000", "0.5") for on in range(1, 21)),
    charge("2026-11-21", "880000", "1.1"),
)

MAIL = """\
workers is at 82.4% of its budget of 50 USD.
keep the shop's bill flat

Observed  41.20 USD
Limit     50 USD
          [################----] 82.4%
Forecast  57.40 USD, 114% of the limit
          likely 56.56 to 67.60 USD
          67.60 USD if the last 3 days go on
          the limit is reached about 2026-11-26
          estimate from 21 complete days
Crossed   80% (40 USD)
Also      50% (25 USD)
Period    2026-11-01 to 2026-11-30 (UTC), 9 days left
Data      through 2026-11-21 (UTC); Cloudflare usage API V2
Account   Example account
          023e105f4ecef8ad9ca31a8372d0c353
Counted   BilledCost, the whole account

Where it comes from
    73.1%  Durable objects requests
           30.10 USD; last day 4.10 USD, +215% on the day before
    26.9%  Workers standard requests
           11.10 USD; last day 1.10 USD, +120% on the day before

Not included: fixed plan and seat fees, and tax. The usage API does not
carry them.

What to do
  - Look at the first metric above: is that usage meant? If not, stop
    its cause (a loop, a cron, a deployment of the last days).
  - Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage
  - Change this budget, or silence it with "muted_until", in the
    Parameter Store parameter /cloudflare-budgets/budgets/workers

Alert {alert_id}
"""


def test_the_mail_says_everything_without_a_click() -> None:
    found = alert('{"limit": "50 USD", "description": "keep the shop\'s bill flat"}', *SPEND)
    assert found.subject == "workers at 82% of 50 USD (41.20 USD) - Example account"
    assert found.body == MAIL.replace("{alert_id}", found.key.alert_id)


def test_machines_get_the_json_of_the_contract() -> None:
    found = alert('{"limit": "50 USD", "scope": {"metric_id": ["*"]}}', *SPEND)
    document = json.loads(json.dumps(found.document))
    assert document["drivers"].pop(0) == {
        "metric_id": "durable_objects_requests",
        "name": "Durable objects requests",
        "zone": None,
        "amount": "30.1",
        "unit": "USD",
        "share": "73.1",
        "last_day": "4.1",
        "day_before": "1.3",
        "data_through": "2026-11-22T00:00:00Z",
    }
    assert len(document.pop("drivers")) == 1
    assert document == {
        "version": "1",
        "alert_id": found.key.alert_id,
        "type": "threshold_crossed",
        "severity": "warning",
        "account": {"id": ACCOUNT_ID, "name": "Example account"},
        "budget": {
            "name": "workers",
            "description": "",
            "limit": {"amount": "50", "unit": "USD"},
            "column": "BilledCost",
            "scope": {"metric_id": ["*"]},
            "period": "month",
            "allowance_of": None,
            "allowance_percent": None,
        },
        "period": {
            "start": "2026-11-01T00:00:00Z",
            "end": "2026-12-01T00:00:00Z",
            "estimated_end": False,
        },
        "threshold": {"percent": "80", "amount": "40", "basis": "actual"},
        "also_crossed": [{"percent": "50", "amount": "25", "basis": "actual"}],
        "observed": {"amount": "41.2", "unit": "USD"},
        "percent_of_limit": "82.4",
        "forecast": {
            "amount": "57.4",
            "low": "56.5630127929",
            "high": "67.6",
            "if_last_days_continue": "67.6",
            "unit": "USD",
            "percent_of_limit": "114.8",
            "complete_days": 21,
            "early": False,
            "level_has_shifted": False,
            "left_out": [],
        },
        "allowances": [],
        "data_through": "2026-11-22T00:00:00Z",
        "source": "v2",
        "cost_basis": "billed",
        "list_prices": None,
        "priced_by": None,
        "incomplete": None,
    }


def test_reaching_the_limit_is_critical_and_what_is_below_a_warning() -> None:
    assert alert('{"limit": "50 USD"}', charge(cost="49.99")).severity is Severity.WARNING
    assert alert('{"limit": "50 USD"}', charge(cost="50")).severity is Severity.CRITICAL
    assert (
        alert('{"limit": "50 USD", "thresholds": ["60 USD"]}', charge(cost="61")).severity
        is Severity.CRITICAL
    )


def test_a_limit_that_was_passed_is_critical_whatever_the_highest_threshold() -> None:
    low = '{"limit": "50 USD", "thresholds": ["50%", "80%"]}'
    assert alert(low, charge(cost="150")).severity is Severity.CRITICAL


def test_the_same_crossing_has_the_same_identity_however_much_was_used() -> None:
    first, later = (
        alert('{"limit": "50 USD"}', charge(cost="41")),
        alert('{"limit": "50 USD"}', charge(cost="49")),
    )
    assert first.key == later.key
    assert first.key.alert_id == later.key.alert_id
    assert len(first.lower) == 1


def test_a_changed_limit_column_period_or_threshold_arms_again() -> None:
    row = charge("2026-11-01", cost="60", list_cost=Decimal(60))
    texts = [
        '{"limit": "50 USD"}',
        '{"limit": "51 USD"}',
        '{"limit": "50 USD", "column": "ListCost"}',
        '{"limit": "50 USD", "thresholds": ["110%"]}',
    ]
    keys = {alert(text, row).key for text in texts}
    assert len(keys) == len(texts)
    assert alert('{"limit": "50.00 USD"}', row).key == alert('{"limit": "50 USD"}', row).key


def test_late_usage_of_a_period_that_is_over_says_so() -> None:
    rows = (charge("2026-10-31", cost="60"), charge("2026-11-01", cost="1"))
    as_of = day("2026-11-02") + timedelta(hours=1)
    found = usage(*rows)
    previous = next(crossings_of(evaluate([budget()], known(found, as_of))[1], found, as_of))
    body = crossing_alert(previous, PARAMETER).body
    assert "The period is over; the usage arrived late." in body
    assert "2026-10-01 to 2026-10-31 (UTC), over" in body


@pytest.mark.parametrize(
    ("hours", "left"), [(-25, "2 days left"), (-24, "1 day left"), (-1, "1 day left"), (0, "over")]
)
def test_a_period_says_how_many_days_of_it_are_left(hours: int, left: str) -> None:
    text = '{"limit": "50 USD", "period": "week"}'
    as_of = day("2026-11-23") + timedelta(hours=hours)
    found = usage(charge("2026-11-20", cost="60"))
    evaluations = evaluate([budget(text)], known(found, as_of))
    (crossing, *_) = [one for each in evaluations for one in crossings_of(each, found, as_of)]
    body = crossing_alert(crossing, PARAMETER).body
    assert f"Period    2026-11-16 to 2026-11-22 (UTC), {left}\n" in body
    assert ("The period is over; the usage arrived late." in body) == (left == "over")


def test_names_from_outside_cannot_break_out_of_their_line() -> None:
    row = charge(cost="60", x_billable_metric_name="evil\r\nBcc: all\u202e", billing_account_name="Acme\nInc")
    found = alert('{"limit": "50 USD"}', row)
    assert found.subject == "workers at 120% of 50 USD (60 USD) - Acme Inc"
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
    assert found.subject == f"workers at 120% of 50 USD (60 USD) - {'a' * 57}..."
    for shown in (f"{'m' * 57}..., {'z' * 57}...\n", f"Account   {'a' * 47}...\n", "d" * 500):
        assert shown in found.body


def test_a_jump_of_a_thousandfold_reads_as_a_factor() -> None:
    rows = (charge("2026-11-21", cost="5000"), charge("2026-11-20", cost="5"))
    assert "last day 5,000 USD, 1,000 times the day before" in alert('{"limit": "50 USD"}', *rows).body


@pytest.mark.parametrize(
    ("cost", "words"), [("49.9", "+898% on the day before"), ("50", "10 times the day before")]
)
def test_from_ten_times_on_a_factor_reads_better_than_a_percentage(cost: str, words: str) -> None:
    rows = (charge("2026-11-21", cost=cost), charge("2026-11-20", cost="5"))
    assert words in alert('{"limit": "50 USD"}', *rows).body


def test_a_day_before_without_any_cost_is_no_measure() -> None:
    for before in ("0", "-0.5"):
        rows = (charge("2026-11-21", cost="50"), charge("2026-11-20", cost=before))
        assert "last day 50 USD, nothing the day before" in alert('{"limit": "50 USD"}', *rows).body


def test_what_is_not_known_stands_in_the_message() -> None:
    body = alert('{"limit": "50 USD"}', charge(cost="45"), charge(metric="r2_class_a")).body
    assert "Not all of it is known" in body
    assert "r2_class_a" in body
