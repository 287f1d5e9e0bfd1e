"""On which day a cost lands, and how it is rounded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.pricing.price import IncludedPer, Price, Rounding, Tier
from cloudflare_budgets.domain.pricing.rated import Rated, quotient, total_rated
from cloudflare_budgets.domain.pricing.rating import allowance_of, rate, worth
from cloudflare_budgets.domain.primitives.period import Period
from tests.unit.domain.pricing.months import CYCLE, DAYS, START, by_day, cost_of, flat, months, prices

# ---- In figures ----


def test_tiers_price_what_is_between_their_ends() -> None:
    price = Price(
        *("metric", "Metric", ("Count",)),
        tiers=(Tier(Decimal(1000), Decimal("0.30")), Tier(None, Decimal("0.20"))),
        per=Decimal(100),
        included=Decimal(500),
    )
    assert cost_of(price, [Decimal(500)]).number == 0
    assert cost_of(price, [Decimal(1500)]).number == Decimal("3.00")
    assert cost_of(price, [Decimal(1500), Decimal(100)]).number == Decimal("3.20")
    assert worth(price, Decimal(100)) == Decimal("0.30")


def test_trap_26_cost_lands_on_the_day_the_allowance_ends() -> None:
    rated = rate(flat(included=Decimal(25)), by_day([Decimal(10)] * 4), CYCLE)
    assert [cost.number for cost in rated.values()] == [0, 0, 5, 10]


def test_a_block_lands_on_the_day_that_opens_it() -> None:
    rated = rate(flat(per=Decimal(10), rounding=Rounding.BLOCK), by_day([Decimal(4)] * 4), CYCLE)
    assert [cost.number for cost in rated.values()] == [1, 0, 1, 0]


def test_half_a_block_counts_as_one_where_the_nearest_counts() -> None:
    price = flat(per=Decimal(10), rounding=Rounding.NEAREST)
    assert cost_of(price, [Decimal("4.999999")]).number == 0
    assert cost_of(price, [Decimal(5)]).number == 1


def test_a_daily_allowance_is_not_saved_up_and_its_rest_is_one_block_of_the_cycle() -> None:
    price = flat(per=Decimal(10), included=Decimal(5), included_per=IncludedPer.DAY, rounding=Rounding.BLOCK)
    rated = rate(price, by_day([Decimal(7), Decimal(0), Decimal(7)]), CYCLE)
    assert [cost.number for cost in rated.values()] == [1, 0, 0]
    assert total_rated(rated.values()).low == 0


def test_a_third_of_a_dollar_is_rounded_once_and_never_drifts() -> None:
    third = rate(flat(per=Decimal(3)), by_day([Decimal(1)] * 3), CYCLE)
    assert total_rated(third.values()) == Rated(Decimal(1), Decimal(1), Decimal(1))


def test_what_has_no_last_digit_is_rounded_to_thirty_decimals() -> None:
    assert quotient(Decimal(2), Decimal(3)) == Decimal("0." + "6" * 29 + "7")
    assert str(quotient(Decimal(1), Decimal(8))) == "0.125"


def test_a_part_has_its_share_of_both_ends_too() -> None:
    whole = Rated(Decimal(10), Decimal(8), Decimal(14))
    assert whole.share(Decimal(1), Decimal(4)) == Rated(Decimal("2.5"), Decimal(2), Decimal("3.5"))
    assert whole.share(Decimal(4), Decimal(4)) == whole
    certain = Rated(Decimal(10), Decimal(10), Decimal(10))
    assert certain.share(Decimal(1), Decimal(4)) == Rated(*[Decimal("2.5")] * 3)


def test_a_day_that_was_corrected_below_zero_refunds_its_cost() -> None:
    rated = rate(flat(included=Decimal(5)), by_day([Decimal(8), Decimal(-6)]), CYCLE)
    assert [cost.number for cost in rated.values()] == [3, -3]


def test_an_allowance_is_that_of_the_whole_cycle() -> None:
    daily = flat(included=Decimal(10_000), included_per=IncludedPer.DAY)
    assert allowance_of(daily, CYCLE) == 300_000
    assert allowance_of(daily, Period(START, datetime(2026, 12, 5, 9, tzinfo=UTC))) == 310_000
    assert allowance_of(flat(included=Decimal(7)), CYCLE) == 7
    assert allowance_of(flat(included=None), CYCLE) is None


def test_nothing_used_costs_nothing() -> None:
    assert rate(flat(), {}, CYCLE) == {}
    assert total_rated([]) == Rated()


@pytest.mark.parametrize(
    "day",
    [
        datetime(2026, 11, 4, tzinfo=UTC),
        datetime(2026, 12, 5, tzinfo=UTC),
        datetime(2026, 11, 6, 1, tzinfo=UTC),
    ],
)
def test_a_day_outside_the_cycle_is_an_error_of_the_caller(day: datetime) -> None:
    with pytest.raises(ValueError, match="no day of the cycle"):
        rate(flat(), {day: Decimal(1)}, CYCLE)


def test_the_day_on_which_a_cycle_begins_later_than_midnight_is_its_own() -> None:
    cycle = Period(datetime(2026, 11, 5, 9, tzinfo=UTC), datetime(2026, 12, 5, 9, tzinfo=UTC))
    assert rate(flat(), {START: Decimal(1)}, cycle)[START].number == 1


def test_what_has_no_usable_price_has_no_cost() -> None:
    unpriced = Price("metric", "Metric", ("Count",), ())
    assert worth(unpriced, Decimal(1)) is None
    assert worth(flat("2", included=None, per=Decimal(4)), Decimal(2)) == 1
    with pytest.raises(ValueError, match="metric cannot be rated: "):
        rate(unpriced, by_day([Decimal(1)]), CYCLE)


# ---- Noise, price changes and bounds ----


@pytest.mark.parametrize(
    ("quantity", "days", "included", "amount", "cost"),
    [
        ("0.23333333333333334", 30, "5", "0.75", "1.50"),  # 7 GB-months, 2 of them beyond the allowance
        ("33.333333333333336", 30, "10", "0.015", "14.85"),  # R2's documented example
        ("33.333333333333336", 30, "0", "0.01", "10.00"),
        ("0.2333333", 30, "5", "0.75", "1.50"),
        ("0.23334", 30, "5", "0.75", "2.25"),
    ],
)
def test_noise_of_floating_point_buys_no_block(
    quantity: str, days: int, included: str, amount: str, cost: str
) -> None:
    price = flat(amount, included=Decimal(included), rounding=Rounding.BLOCK)
    assert cost_of(price, [Decimal(quantity)] * days).number == Decimal(cost)


@given(
    prices(rounding=Rounding.BLOCK, included_per=IncludedPer.BILLING_PERIOD),
    st.integers(1, 1000),
    st.decimals(0, 1, places=3),
)
def test_whole_blocks_and_a_trillionth_more_cost_the_same(price: Price, blocks: int, off: Decimal) -> None:
    whole = blocks * price.per + (price.included or 0)
    assert cost_of(price, [whole * (1 + off.scaleb(-12))]) == cost_of(price, [whole])


def changing(old: Price, new: Price, on: datetime) -> Price:
    return replace(new, valid_from=on, others=(replace(old, valid_until=on),))


def test_a_month_that_spans_a_price_change_is_rated_by_both_prices() -> None:
    price = changing(
        flat("1", included=Decimal(10)), flat("2", included=Decimal(10)), START + timedelta(days=2)
    )
    costs = rate(price, by_day([Decimal(8), Decimal(7), Decimal(6)]), CYCLE)
    assert [cost.number for cost in costs.values()] == [0, 5, 12]


@given(months, st.integers(0, DAYS), st.decimals(1, 9, places=2))
def test_a_change_to_the_same_price_changes_nothing(numbers: list[Decimal], on: int, amount: Decimal) -> None:
    price = flat(str(amount), included=Decimal(1000), rounding=Rounding.BLOCK, per=Decimal(10))
    changed = rate(changing(price, price, START + timedelta(days=on)), by_day(numbers), CYCLE)
    assert changed == rate(price, by_day(numbers), CYCLE)


@given(prices(), prices(), months, st.integers(0, DAYS))
def test_across_a_price_change_the_documented_cost_is_within_its_bounds(
    old: Price, new: Price, numbers: list[Decimal], on: int
) -> None:
    cost = cost_of(changing(old, new, START + timedelta(days=on)), numbers)
    assert 0 <= cost.low <= cost.number <= cost.high


def test_an_allowance_that_changes_may_be_granted_anew() -> None:
    price = changing(
        flat("1", included=Decimal(10)), flat("1", included=Decimal(20)), START + timedelta(days=1)
    )
    cost = cost_of(price, [Decimal(15), Decimal(15)])
    assert (cost.low, cost.number) == (Decimal(5), Decimal(15))


def test_an_unknown_or_shared_allowance_bounds_the_cost() -> None:
    assert cost_of(flat(included=None), [Decimal(5)]) == Rated(Decimal(0), Decimal(0), Decimal(5))
    shared = flat(included=Decimal(10), shares_allowance=True)
    assert cost_of(shared, [Decimal(15)]) == Rated(Decimal(5), Decimal(5), Decimal(15))
