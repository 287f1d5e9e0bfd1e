"""What every price and every month have in common."""

from dataclasses import replace
from decimal import Decimal
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from cloudflare_budgets.domain.pricing.price import IncludedPer, Price, Rounding
from cloudflare_budgets.domain.pricing.rated import Rated, total_rated
from cloudflare_budgets.domain.pricing.rating import rate, worth
from cloudflare_budgets.domain.primitives.amount import total
from tests.unit.domain.pricing.months import CYCLE, by_day, cost_of, flat, months, prices, quantities

TEN = Decimal(10)


@given(prices(), months, st.data())
def test_using_more_never_costs_less(price: Price, numbers: list[Decimal], data: st.DataObject) -> None:
    day = data.draw(st.integers(0, len(numbers) - 1))
    more = [*numbers[:day], numbers[day] + data.draw(quantities), *numbers[day + 1 :]]
    less_cost, more_cost = cost_of(price, numbers), cost_of(price, more)
    assert more_cost.number >= less_cost.number
    assert more_cost.low >= less_cost.low
    assert more_cost.high >= less_cost.high


@given(prices(), months)
def test_no_day_costs_less_than_nothing(price: Price, numbers: list[Decimal]) -> None:
    for cost in rate(price, by_day(numbers), CYCLE).values():
        assert min(cost.number, cost.low, cost.high) >= 0


@given(prices(included_per=IncludedPer.BILLING_PERIOD, included=Decimal(10**6)), months)
def test_what_is_included_costs_nothing(price: Price, numbers: list[Decimal]) -> None:
    inside = [number.scaleb(-5) for number in numbers]
    assert cost_of(price, inside) == Rated()


@given(prices(included_per=IncludedPer.DAY, included=Decimal(10**9)), months)
@example(
    flat(included=Decimal(10**9), included_per=IncludedPer.DAY, rounding=Rounding.NEAREST),
    [Decimal(5 * 10**8)],
)
def test_what_is_included_each_day_costs_nothing(price: Price, numbers: list[Decimal]) -> None:
    assert cost_of(price, numbers) == Rated()


@given(prices(included_per=IncludedPer.BILLING_PERIOD), months)
def test_on_which_days_a_cycle_was_used_changes_nothing(price: Price, numbers: list[Decimal]) -> None:
    assert cost_of(price, numbers) == cost_of(price, [total(numbers)])
    assert cost_of(price, numbers) == cost_of(price, numbers[::-1])


@given(prices(), months, st.randoms(use_true_random=False))
def test_the_order_in_which_days_arrive_changes_nothing(
    price: Price, numbers: list[Decimal], random: Random
) -> None:
    days = list(by_day(numbers).items())
    random.shuffle(days)
    assert rate(price, dict(days), CYCLE) == rate(price, by_day(numbers), CYCLE)


@given(prices(), months)
def test_days_add_up_to_what_the_cycle_costs_so_far(price: Price, numbers: list[Decimal]) -> None:
    whole = rate(price, by_day(numbers), CYCLE)
    for count in range(1, len(numbers) + 1):
        so_far = list(whole.values())[:count]
        assert total_rated(so_far) == cost_of(price, numbers[:count])


@given(prices(), months)
def test_the_documented_cost_is_between_the_ends(price: Price, numbers: list[Decimal]) -> None:
    cost = cost_of(price, numbers)
    assert cost.low <= cost.number <= cost.high


@given(prices(rounding=Rounding.UNKNOWN, included_per=IncludedPer.BILLING_PERIOD), months)
def test_the_ends_are_no_rounding_and_whole_blocks(price: Price, numbers: list[Decimal]) -> None:
    linear, block = (
        cost_of(replace(price, rounding=rounding), numbers).number
        for rounding in (Rounding.NONE, Rounding.BLOCK)
    )
    assert cost_of(price, numbers) == Rated(linear, linear, max(linear, block))


@given(prices(rounding=Rounding.BLOCK), months)
def test_blocks_round_the_cycle_and_not_each_day(price: Price, numbers: list[Decimal]) -> None:
    dearest = max(tier.amount for tier in price.tiers)
    linear = cost_of(replace(price, rounding=Rounding.NONE), numbers).number
    noise = dearest * total(numbers) * Decimal("1e-9") / price.per
    assert linear - noise <= cost_of(price, numbers).number <= linear + dearest


@given(prices(rounding=Rounding.NEAREST), months)
def test_the_nearest_block_is_at_most_half_a_block_away(price: Price, numbers: list[Decimal]) -> None:
    dearest = max(tier.amount for tier in price.tiers)
    linear = cost_of(replace(price, rounding=Rounding.NONE), numbers).number
    noise = dearest * total(numbers) * Decimal("1e-9") / price.per + Decimal("1E-29")
    assert abs(cost_of(price, numbers).number - linear) <= dearest / 2 + noise


@given(prices(included=Decimal(0), rounding=Rounding.NONE), quantities)
def test_a_quantity_is_worth_at_least_what_it_costs(price: Price, number: Decimal) -> None:
    value = worth(price, number)
    assert value is not None
    assert value >= cost_of(price, [number]).number
