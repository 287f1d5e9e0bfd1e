import json
from decimal import Decimal

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.crossing import crossings_of
from cloudflare_budgets.domain.alerts.severity import Severity
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.messages.alerts.crossed.alert import crossing_alert
from tests.support.builders import ACCOUNT_ID, AS_OF, charge, known, usage
from tests.unit.messages.alerts.crossings import PARAMETER, SPEND, alert


def alert_of(evaluation: Evaluation) -> Alert:
    """Give the alert of an evaluation as it is."""
    found = usage(charge(cost="1"))
    return crossing_alert(next(crossings_of(evaluation, found, AS_OF)), PARAMETER, known(found, AS_OF).daily)


SUBJECT = "workers passed 80 %: 41.20 of 50 USD (82 %), 9 days left - Example account"


MAIL = """\
workers passed 80 %: 41.20 of 50 USD (82 %), 9 days left

Forecast 57.40 USD (54.59-67.60)
73 % of it: Durable objects requests, 4.10 USD a day since 21 Nov, 3.2 times the usual
Passed 80 % (also 50 %)
keep the shop's bill flat

What to do
- Unintended? Stop the loop, cron or deployment.
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage
- Change or mute ("muted_until") this budget: parameter /cloudflare-budgets/budgets/workers

Period: 1 to 30 Nov 2026 (UTC), 9 days left
Outlook: over about 26 Nov
Other causes: Workers standard requests 26 %
Costs: without fixed fees and tax
Account: Example account (023e105f)
data through 21 Nov, usage API V2
Alert {alert_id}
"""


def test_the_mail_says_everything_without_a_click() -> None:
    found = alert('{"limit": "50 USD", "description": "keep the shop\'s bill flat"}', *SPEND)
    assert found.subject == SUBJECT
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
        "resources": [],
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
        "level": "threshold_passed",
        "threshold": {"percent": "80", "amount": "40", "basis": "actual"},
        "also_crossed": [{"percent": "50", "amount": "25", "basis": "actual"}],
        "observed": {"amount": "41.2", "unit": "USD"},
        "percent_of_limit": "82.4",
        "provisional": None,
        "forecast": {
            "amount": "57.4",
            "low": "54.5907667857",
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
        "cost_range": None,
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
