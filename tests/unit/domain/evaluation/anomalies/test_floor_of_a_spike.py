"""From which amount on a surplus is sent, and in which currency."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.alerts.severity import Severity, severity_of_anomaly
from cloudflare_budgets.domain.evaluation.anomaly import anomalies_of
from cloudflare_budgets.domain.pricing.price import PriceList
from tests.support.builders import (
    budget,
    day,
    each_day,
    known,
    price,
    prices,
    usage_since,
)
from tests.unit.domain.evaluation.anomalies.episodes import KV, PRICED, SPEND, found, with_days


@pytest.mark.parametrize(
    ("text", "quantity", "is_told"),
    [
        (SPEND, "6.99", False),  # 4.99 USD more than usual
        (SPEND, "7", True),
        ('{"limit": "20 USD"}', "6.99", False),
        ('{"limit": "20 USD"}', "7", True),
        ('{"limit": "1000 USD"}', "51.99", False),  # a twentieth of the budget is 50 USD
        ('{"limit": "1000 USD"}', "52", True),
    ],
)
def test_a_surplus_is_reported_from_five_dollars_or_a_twentieth_of_the_budget_on(
    text: str,
    quantity: str,
    is_told: bool,  # noqa: FBT001 - the case
) -> None:
    assert bool(found(with_days("2", {"2026-11-21": quantity}), text)) == is_told


@pytest.mark.parametrize(
    ("period", "quantity", "is_told"),
    [
        ("year", "51.99", False),  # a twentieth of a month's share, 1,000 of 12,000 USD
        ("year", "52", True),
        ("quarter", "201.99", False),
        ("quarter", "202", True),
        ("month", "601.99", False),
        ("month", "602", True),
        ("day", "602", True),
    ],
)
def test_the_floor_of_a_longer_period_is_that_of_a_month(
    period: str,
    quantity: str,
    is_told: bool,  # noqa: FBT001 - the case
) -> None:
    text = json.dumps({"limit": "12000 USD", "period": period, "alert_on": ["spike"]})
    assert bool(found(with_days("2", {"2026-11-21": quantity}), text)) == is_told


def test_a_quantity_budget_of_a_year_alerts_from_a_twentieth_of_a_month() -> None:
    text = '{"limit": "12000 Requests", "period": "year", "alert_on": ["spike"]}'
    assert found(with_days("2", {"2026-11-21": "51"}), text, listed=prices()) == []
    assert found(with_days("2", {"2026-11-21": "52"}), text, listed=prices()) != []


def test_a_job_that_runs_once_a_month_is_known_after_its_second_run() -> None:
    jobs = ("2026-08-01", "2026-09-01", "2026-10-01", "2026-11-01", "2026-12-01")
    rows = [
        row
        if f"{row.charge_period_start:%Y-%m-%d}" not in jobs
        else row._replace(consumed_quantity=Decimal(60))
        for row in each_day("2026-07-15", "2026-12-08", "0.5")
    ]
    told = set()
    for index in range(100):
        as_of = day("2026-09-01") + timedelta(days=index, hours=10)
        # As an account is known in a run: two months back, and no further.
        since = f"{as_of - timedelta(days=66):%Y-%m-%d}"
        kept = [row for row in rows if day(since) <= row.charge_period_start < as_of - timedelta(hours=10)]
        spikes = anomalies_of(
            [budget(SPEND)], known(usage_since(since, *kept, as_of=as_of), as_of, prices=PRICED)
        )
        told |= {f"{spike.day:%Y-%m-%d}" for spike in spikes}
    assert told == {"2026-09-01"}


IN_YEN = prices(price("100", currency="JPY"))


@pytest.mark.parametrize(
    ("text", "listed", "quantity", "is_told"),
    [
        ('{"limit": "100000 JPY"}', PRICED, "6.99", False),  # a twentieth is no number of dollars
        ('{"limit": "100000 JPY"}', PRICED, "7", True),
        (
            '{"limit": "1000 USD"}',
            IN_YEN,
            "9.9",
            False,
        ),  # 790 yen is no number of dollars: five times the usual
        ('{"limit": "1000 USD"}', IN_YEN, "10", True),
        ('{"limit": "100000 JPY"}', IN_YEN, "51.9", False),
        ('{"limit": "100000 JPY"}', IN_YEN, "52", True),
        ('{"limit": "20 JPY"}', IN_YEN, "3.81", True),  # and 5 USD are no number of yen
    ],
)
def test_a_surplus_is_compared_with_nothing_in_another_currency(
    text: str,
    listed: PriceList,
    quantity: str,
    is_told: bool,  # noqa: FBT001 - the case
) -> None:
    assert bool(found(with_days("2", {"2026-11-21": quantity}), text, listed=listed)) == is_told


def test_of_budgets_in_several_currencies_the_one_with_the_lower_floor_is_reported() -> None:
    (spike,) = found(with_days("2", {"2026-11-21": "60"}), '{"limit": "900 USD"}', '{"limit": "100000 JPY"}')
    assert spike.budget.name == "budget-1"


def test_a_surplus_is_worth_its_price_though_the_allowance_is_not_used_up() -> None:
    listed = prices(price("1", "100000"))
    (spike,) = found(with_days("2", {"2026-11-21": "42"}), listed=listed)
    assert str(spike.worth) == "40 USD"


def test_without_a_price_only_five_times_the_usual_is_reported() -> None:
    assert found(with_days("10", {"2026-11-21": "49"}), listed=prices()) == []
    (spike,) = found(with_days("10", {"2026-11-21": "50"}), listed=prices())
    assert (spike.worth, spike.if_it_goes_on) == (None, None)


def test_a_price_that_says_only_what_is_included_makes_nothing_worth_anything() -> None:
    (spike,) = found(with_days("10", {"2026-11-21": "50"}), listed=prices(price(tiers=())))
    assert (spike.worth, spike.if_it_goes_on) == (None, None)


def test_a_quantity_budget_without_a_price_alerts_from_a_twentieth_of_its_limit() -> None:
    text = '{"limit": "1000 Requests", "alert_on": ["spike"]}'
    assert found(with_days("2", {"2026-11-21": "51"}), text, listed=prices()) == []
    assert found(with_days("2", {"2026-11-21": "52"}), text, listed=prices()) != []


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        (SPEND, True),
        ('{"limit": "100 USD", "alert_on": []}', False),
        ('{"limit": "100 USD", "alert_on": ["new_metric"]}', False),
        ('{"limit": "100 USD", "alert_on": ["spike"]}', True),
        ('{"limit": "100 USD", "scope": {"metric_id": ["workers_*"]}}', False),
        ('{"limit": "100 USD", "scope": {"metric_id": ["workers_*"]}, "alert_on": ["spike"]}', True),
        ('{"limit": "100 USD", "scope": {"metric_id": ["kv_*"]}, "alert_on": ["spike"]}', False),
        ('{"limit": "1000 Requests"}', False),
    ],
)
def test_spikes_are_reported_to_cost_budgets_of_the_whole_account_and_on_request(
    text: str,
    is_told: bool,  # noqa: FBT001 - the case
) -> None:
    assert bool(found(with_days("2", {"2026-11-21": "42"}), text)) == is_told


def test_a_metric_in_two_budgets_is_one_spike_of_the_one_with_the_lower_floor() -> None:
    high = '{"limit": "900 USD"}'
    (spike,) = found(with_days("2", {"2026-11-21": "60"}), high, SPEND)
    assert spike.budget.name == "budget-1"


def test_each_metric_out_of_line_is_reported() -> None:
    rows = with_days("2", {"2026-11-21": "42"}) + with_days("2", {"2026-11-20": "42"}, KV)
    assert sorted(spike.metric_id for spike in found(rows)) == [KV, "workers_standard_requests"]


def test_a_spike_that_would_use_a_cost_budget_up_in_a_week_is_critical() -> None:
    (dear,) = found(with_days("2", {"2026-11-21": "42"}))
    (bearable,) = found(with_days("2", {"2026-11-21": "15"}))
    (of_no_price,) = found(with_days("2", {"2026-11-21": "42"}), listed=prices())
    (in_euros,) = found(with_days("2", {"2026-11-21": "42"}), listed=prices(price(currency="EUR")))
    assert [severity_of_anomaly(spike) for spike in (dear, bearable, of_no_price, in_euros)] == [
        Severity.CRITICAL,
        Severity.WARNING,
        Severity.WARNING,
        Severity.WARNING,
    ]


def test_a_seventh_of_the_budget_a_day_uses_it_up_in_a_week() -> None:
    (less,) = found(with_days("2", {"2026-11-21": "8.99"}), '{"limit": "49 USD"}')
    (seventh,) = found(with_days("2", {"2026-11-21": "9"}), '{"limit": "49 USD"}')
    assert [severity_of_anomaly(spike) for spike in (less, seventh)] == [Severity.WARNING, Severity.CRITICAL]
