"""A limit counts usage in any spelling of its unit, and in the unit that the price list gives a metric."""

from decimal import Decimal

import pytest

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.anomaly import anomalies_of
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.usage.history import records_of
from tests.support.builders import AS_OF, budget, charge, day, each_day, judged, known, price, prices, usage

CPU = {"x_billable_metric_name": "Workers CPU ms", "metric": "workers_cpu_ms"}


@pytest.mark.parametrize("unit", ["requests", "REQUESTS", "Request", "req"])
def test_the_spelling_of_a_unit_does_not_matter(unit: str) -> None:
    rows = each_day("2026-11-01", "2026-11-20", "500000", consumed_unit=unit)
    found = judged('{"limit": "100000 Requests", "thresholds": ["100%", "90000 requests"]}', usage(*rows))
    assert (found.status, found.observed) == (Status.BREACHED, Amount(Decimal(10_000_000), "Requests"))
    assert found.forecast is not None
    assert found.forecast.expected == 15_000_000


@pytest.mark.parametrize("limit", ["GB-mo", "GB-month", "gb-months", "GB months"])
def test_units_of_storage_may_be_abbreviated(limit: str) -> None:
    rows = each_day("2026-11-01", "2026-11-20", "0.5", consumed_unit="GB-months")
    assert judged(f'{{"limit": "100 {limit}"}}', usage(*rows)).observed == Amount(Decimal(10), limit)


@pytest.mark.parametrize("limit", ["Milliseconds", "ms", "milliseconds", "Count"])
def test_a_limit_may_be_in_the_unit_of_the_price_list(limit: str) -> None:
    rows = each_day("2026-11-01", "2026-11-20", "1000000", consumed_unit="Count", **CPU)
    text = f'{{"limit": "30000000 {limit}", "thresholds": ["100%"]}}'
    found = judged(text, usage(*rows), prices=shipped_prices())
    assert (found.status, found.observed) == (Status.OK, Amount(Decimal(20_000_000), limit))
    assert found.forecast is not None
    assert found.forecast.expected == 30_000_000


def test_a_unit_that_the_price_list_does_not_give_the_metric_is_refused() -> None:
    rows = each_day("2026-11-01", "2026-11-20", "1000000", consumed_unit="Count", **CPU)
    for limit, listed in (("Requests", shipped_prices()), ("Milliseconds", prices())):
        found = judged(f'{{"limit": "30000000 {limit}"}}', usage(*rows), prices=listed)
        assert found.unknown is not None
        assert found.unknown.kind is UnknownKind.UNKNOWN_UNIT
        shown = "Milliseconds" if listed.find("workers_cpu_ms", None) else "Count"
        assert f"usage in {shown} (workers_cpu_ms)" in found.unknown.reason


def test_a_unit_of_unknown_scale_is_no_other_unit() -> None:
    listed = prices(price(units=("Events", "Count"), scale=Decimal(1_000_000)))
    found = judged('{"limit": "5 Events"}', usage(charge(consumed_unit="Count")), prices=listed)
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.UNKNOWN_UNIT


@pytest.mark.parametrize("unit", ["Requests", "requests"])
@pytest.mark.parametrize(("quantity", "found"), [("55", 0), ("65", 1)])
def test_a_spike_is_measured_by_a_limit_in_any_spelling_of_the_unit(
    unit: str, quantity: str, found: int
) -> None:
    rows = [*each_day("2026-11-01", "2026-11-20", "10"), charge("2026-11-21", quantity)]
    asked = budget(f'{{"limit": "1000 {unit}", "alert_on": ["spike"]}}')
    assert len(list(anomalies_of([asked], known(usage(*rows))))) == found


def test_an_allowance_is_shown_in_the_unit_of_the_price_list() -> None:
    rows = each_day("2026-11-01", "2026-11-20", "1000000", consumed_unit="Count", **CPU)
    context = known(usage(*rows), prices=shipped_prices())
    found = evaluate([budget('{"limit": "100% of allowance"}')], context)[0]
    assert found.budget.limit == Amount(Decimal(30_000_000), "Milliseconds")
    assert found.observed == Amount(Decimal(20_000_000), "Milliseconds")


def test_a_spelling_that_changes_within_a_month_is_one_series() -> None:
    old = each_day("2026-10-01", "2026-11-10", "10", consumed_unit="requests")
    new = each_day("2026-11-11", "2026-11-20", "10", consumed_unit="Requests")
    history = [record for record in records_of(usage(*old), AS_OF) if record.day < day("2026-11-01")]
    month = [row for row in (*old, *new) if row.charge_period_start >= day("2026-11-01")]
    context = known(usage(*month), history=history, prices=prices(price("1", "0")))
    assert len(context.daily.quantities) == 1
    assert len(context.pools.of) == 1
    found = evaluate([budget('{"limit": "900 Requests"}'), budget('{"limit": "900 USD"}')], context)
    assert [each.observed.number for each in found if each.observed] == [200, 200]
