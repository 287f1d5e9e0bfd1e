"""Which usage shares an allowance: a metric of the account, in one billing cycle, in every row of it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.pricing.price import IncludedPer, Price, Rounding
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.history import DayRecord, records_of
from tests.support.builders import AS_OF, charge, day, each_day, judged, known, price, prices, usage_since

SIXTH = datetime(2026, 11, 6, 10, tzinfo=UTC)
SPEND = '{"limit": "50 USD"}'
ZONE: dict[str, Any] = {"x_zone_id": "a", "x_zone_name": "a.example"}
OTHER_ZONE: dict[str, Any] = {"x_zone_id": "b", "x_zone_name": "b.example"}
CYCLE: dict[str, Any] = {"billing_period_start": day("2026-11-11"), "billing_period_end": day("2026-12-11")}
EARLIER_CYCLE: dict[str, Any] = {
    "billing_period_start": day("2026-10-11"),
    "billing_period_end": day("2026-11-11"),
}

quantities = st.integers(0, 5000).map(Decimal)
days_of_month = st.dictionaries(st.integers(1, 21), quantities, min_size=1)
rated_prices = st.builds(
    price,
    st.sampled_from(["0.30", "1", "7.77"]),
    st.sampled_from(["0", "100", "1000", "10000"]),
    per=st.sampled_from([Decimal(1), Decimal(7), Decimal(1000)]),
    rounding=st.sampled_from(list(Rounding)),
    included_per=st.sampled_from(list(IncludedPer)),
)


def spent(*rows: Charge, **more: Any) -> Decimal:  # noqa: ANN401 - for `evaluation_context`
    return number(judged(SPEND, usage_since("2026-11-01", *rows), **more))


def number(found: Evaluation) -> Decimal:
    assert found.observed is not None, found.reason
    return found.observed.number


def rows_of(days: dict[int, Decimal]) -> list[Charge]:
    return [charge(f"2026-11-{on:02}", quantity) for on, quantity in days.items()]


def remembered(*rows: Charge, as_of: datetime = AS_OF) -> list[DayRecord]:
    return list(records_of(usage_since("2026-10-01", *rows, as_of=as_of), as_of))


@given(days_of_month, rated_prices, st.integers(1, 21), quantities)
def test_more_usage_never_costs_less_and_nothing_costs_less_than_nothing(
    days: dict[int, Decimal], its_price: Price, on: int, more: Decimal
) -> None:
    before = spent(*rows_of(days), prices=prices(its_price))
    after = spent(*rows_of(days | {on: days.get(on, Decimal(0)) + more}), prices=prices(its_price))
    assert after >= before >= 0


@given(days_of_month, rated_prices)
def test_what_is_within_the_allowance_costs_nothing(days: dict[int, Decimal], its_price: Price) -> None:
    included = its_price.included or Decimal(0)
    per_day = its_price.included_per is IncludedPer.DAY
    used = max(days.values()) if per_day else sum(days.values(), Decimal(0))
    cost = spent(*rows_of(days), prices=prices(its_price))
    if used <= included:
        assert cost == 0
    elif its_price.rounding is not Rounding.NEAREST:
        assert cost > 0


@given(
    st.lists(
        st.tuples(st.integers(1, 21), quantities, st.sampled_from("abc"), st.sampled_from(["EU", "US"])),
        min_size=1,
    ),
    rated_prices,
)
def test_a_day_split_into_rows_zones_and_regions_costs_the_same(
    split: list[tuple[int, Decimal, str, str]], its_price: Price
) -> None:
    whole: dict[int, Decimal] = {}
    for on, quantity, _, _ in split:
        whole[on] = whole.get(on, Decimal(0)) + quantity
    rows = [
        charge(f"2026-11-{on:02}", quantity, x_zone_id=zone, x_zone_name=f"{zone}.example", region_id=region)
        for on, quantity, zone, region in split
    ]
    assert spent(*rows, prices=prices(its_price)) == spent(*rows_of(whole), prices=prices(its_price))


def test_a_block_is_begun_once_a_cycle_not_once_a_day() -> None:
    rows = each_day("2026-11-01", "2026-11-20", "100000", metric="r2_storage_class_a_operations")
    operations = usage_since("2026-11-01", *[_counted(row) for row in rows])
    assert number(judged(SPEND, operations, prices=shipped_prices())) == Decimal("4.50")


def _counted(row: Charge) -> Charge:
    return charge(
        f"{row.charge_period_start:%Y-%m-%d}",
        row.consumed_quantity,
        metric=row.metric_id,
        consumed_unit="Operations",
    )


def test_a_zone_budget_gets_its_share_of_what_the_account_costs_beyond_the_allowance() -> None:
    rows = (charge(quantity="30", **ZONE), charge(quantity="90", **OTHER_ZONE))
    found = usage_since("2026-11-01", *rows)
    list_of_one = prices(price(included="100"))
    one = judged('{"limit": "50 USD", "scope": {"zone": ["a.example"]}}', found, prices=list_of_one)
    other = judged('{"limit": "50 USD", "scope": {"zone": ["b.example"]}}', found, prices=list_of_one)
    assert (str(one.observed), str(other.observed)) == ("5 USD", "15 USD")
    assert spent(*rows, prices=list_of_one) == 20


def test_where_each_zone_has_an_allowance_the_account_pays_for_each_zone() -> None:
    argo = "smart_shield_argo_accelerated_gigabytes"
    rows = [
        charge(quantity=quantity, metric=argo, consumed_unit="GB", **zone)
        for quantity, zone in (("0.9", ZONE), ("11", OTHER_ZONE))
    ]
    assert spent(*rows, prices=shipped_prices()) == 1


def test_a_daily_allowance_does_not_pass_to_the_next_day() -> None:
    rows = [
        charge(on, quantity, metric="regular_twitch_neurons", consumed_unit="Neurons")
        for on, quantity in (("2026-11-03", "0"), ("2026-11-04", "12000"), ("2026-11-05", "10000"))
    ]
    assert spent(*rows, prices=shipped_prices()) == Decimal("0.022")


def test_a_daily_allowance_requests_no_earlier_days() -> None:
    row = charge("2026-11-05", "12", **EARLIER_CYCLE)
    found = usage_since("2026-11-01", row, as_of=SIXTH)
    daily = prices(price(included="10", included_per=IncludedPer.DAY))
    assert judged(SPEND, found, SIXTH, prices=daily).unknown is None


def test_the_allowance_begins_again_with_the_billing_cycle_within_the_month() -> None:
    rows = (
        charge("2026-11-10", "100", **EARLIER_CYCLE),
        charge("2026-11-11", "70", **CYCLE),
        charge("2026-11-12", "50", **CYCLE),
    )
    assert spent(*rows, prices=prices(price(included="100"))) == 20


def test_what_a_cycle_used_before_the_month_began_has_used_up_the_allowance() -> None:
    rows = each_day("2026-10-01", "2026-10-31", "5", **EARLIER_CYCLE)
    found = usage_since("2026-11-01", charge("2026-11-05", "30", **EARLIER_CYCLE), as_of=SIXTH)
    before = remembered(*rows, as_of=SIXTH)
    # 21 days of 5 from the 11th of October on.
    evaluation = judged(SPEND, found, SIXTH, prices=prices(price(included="100")), history=before)
    assert (str(evaluation.observed), evaluation.unknown) == ("30 USD", None)


def test_an_allowance_that_may_be_used_up_already_makes_the_estimate_a_lower_bound() -> None:
    row = charge("2026-11-05", "130", **EARLIER_CYCLE)
    found = judged(SPEND, usage_since("2026-11-01", row), prices=prices(price(included="100")))
    assert number(found) == 30
    assert found.unknown is not None
    assert (found.status, found.unknown.kind) == (Status.BREACHED, UnknownKind.HISTORY_UNAVAILABLE)
    assert "2026-10-11" in found.unknown.reason


def test_without_an_allowance_what_came_before_does_not_matter() -> None:
    row = charge("2026-11-05", "30", **EARLIER_CYCLE)
    found = judged(SPEND, usage_since("2026-11-01", row, as_of=SIXTH), SIXTH, prices=prices(price()))
    assert (str(found.observed), found.unknown) == ("30 USD", None)


def test_where_no_row_names_a_cycle_the_calendar_month_counts_as_one() -> None:
    before = remembered(*each_day("2026-10-20", "2026-10-31", "1000"))
    found = usage_since("2026-11-01", charge(quantity="130"))
    evaluation = judged(SPEND, found, prices=prices(price(included="100")), history=before)
    assert (str(evaluation.observed), evaluation.unknown) == ("30 USD", None)


def test_a_zone_that_stopped_in_an_earlier_cycle_shares_that_cycles_allowance() -> None:
    rows = (
        charge("2026-11-02", "80", **ZONE, **EARLIER_CYCLE),
        charge("2026-11-03", "80", **OTHER_ZONE, **EARLIER_CYCLE),
        charge("2026-11-12", "10", **OTHER_ZONE, **CYCLE),
    )
    assert spent(*rows, prices=prices(price(included="100"))) == 60


def test_corrections_use_nothing_up() -> None:
    correction = charge(quantity="1000", cost="-3", charge_class="Correction")
    assert spent(charge(quantity="130"), correction, prices=prices(price(included="100"))) == 27


def test_the_unfinished_day_has_used_its_part_of_the_allowance() -> None:
    rows = (charge("2026-11-21", "90"), charge("2026-11-22", "20"))
    assert spent(*rows, prices=prices(price(included="100"))) == 10


def test_a_price_found_by_the_name_of_a_metric_prices_its_series() -> None:
    row = charge(
        quantity="3", metric="some-new-id", x_billable_metric_name="Workers Standard Requests (Free 1)"
    )
    assert spent(row, prices=prices(price())) == 3


def test_a_unit_that_the_price_is_not_for_leaves_the_metric_without_one() -> None:
    found = known(usage_since("2026-11-01", charge(consumed_unit="Kilorequests")), prices=prices(price()))
    (series,) = found.usage.series
    assert found.pools.reason_unpriced(series) == "its price is for Requests, but it comes in Kilorequests"


def test_a_cycle_is_as_long_as_its_rows_say() -> None:
    quarter: dict[str, Any] = {
        "billing_period_start": day("2026-10-15"),
        "billing_period_end": day("2027-01-15"),
    }
    rows = [charge("2026-10-20", "80", **quarter), charge("2026-11-21", "80", **quarter)]
    found = judged(SPEND, usage_since("2026-10-01", *rows), prices=prices(price(included="100")))
    assert str(found.observed) == "60 USD"


def test_a_day_that_is_remembered_is_not_replaced_by_a_part_of_it() -> None:
    rows = [charge("2026-10-31", "5", **EARLIER_CYCLE), charge("2026-11-05", "30", **EARLIER_CYCLE)]
    before = remembered(charge("2026-10-31", "90", **EARLIER_CYCLE), as_of=SIXTH)
    found = usage_since("2026-11-01", *rows, as_of=SIXTH)
    evaluation = judged(SPEND, found, SIXTH, prices=prices(price(included="100")), history=before)
    assert str(evaluation.observed) == "20 USD"
