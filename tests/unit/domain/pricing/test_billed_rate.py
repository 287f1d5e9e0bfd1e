"""What earlier cycles were billed prices what the list cannot price, and nothing else."""

from decimal import Decimal

from cloudflare_budgets.adapters.state_codec import dump_account_state, load_account_state
from cloudflare_budgets.domain.pricing.billed_rate import (
    MAX_RATES,
    BilledRate,
    update_rates,
    with_billed_rates,
)
from cloudflare_budgets.domain.pricing.price import Origin, PricedBy, Tier, priced_by
from cloudflare_budgets.domain.run.state import AccountState
from tests.support.builders import AS_OF, charge, day, each_day, price, prices, usage
from tests.support.world import World

CALLS = "contract_calls"
RATE = BilledRate("Requests", Decimal(60), Decimal(30), "USD", day("2026-11-01"))


def test_the_newest_closed_cycle_gives_the_rate() -> None:
    rows = (
        *each_day("2026-09-01", "2026-09-30", "1", cost="9", metric=CALLS),
        *each_day("2026-10-01", "2026-10-30", "2", cost="1", metric=CALLS),
        charge("2026-11-20", "1", cost="100", metric=CALLS),
    )
    assert update_rates({}, usage(*rows), AS_OF) == {CALLS: RATE}


def test_a_rate_outlives_the_rows_that_it_came_from() -> None:
    assert update_rates({CALLS: RATE}, usage(charge("2026-11-20", "1", metric=CALLS)), AS_OF) == {CALLS: RATE}


def test_costs_of_zero_mixed_units_and_missing_costs_give_no_rate() -> None:
    rows = (
        charge("2026-10-20", "1", cost="0", metric="free"),
        charge("2026-10-20", "1", cost="1", metric="mixed"),
        charge("2026-10-21", "1", cost="1", metric="mixed", consumed_unit="Count"),
        charge("2026-10-20", "1", cost="1", metric="part"),
        charge("2026-10-21", "1", metric="part"),
    )
    assert update_rates({}, usage(*rows), AS_OF) == {}


def test_only_as_many_rates_are_stored_as_fit_into_the_state() -> None:
    rows = [charge("2026-10-20", "1", cost="1", metric=f"metric_{each}") for each in range(MAX_RATES + 10)]
    assert len(update_rates({}, usage(*rows), AS_OF)) == MAX_RATES


def test_a_rate_prices_only_what_the_list_cannot_price() -> None:
    listed = prices(price("7"), price(metric="unpriced", tiers=()))
    rates = dict.fromkeys(("workers_standard_requests", "unpriced", CALLS), RATE)
    found = with_billed_rates(listed, rates).prices
    assert found["workers_standard_requests"] == listed.prices["workers_standard_requests"]
    for metric in ("unpriced", CALLS):
        assert found[metric].tiers == (Tier(None, Decimal("0.5")),)
        assert found[metric].origin is Origin.BILLED
    assert priced_by(found.values()) is PricedBy.LIST_AND_BILLS


def test_a_price_that_you_removed_stays_removed() -> None:
    removed = prices(price(metric=CALLS, tiers=(), origin=Origin.OWN))
    assert with_billed_rates(removed, {CALLS: RATE}) == removed


def test_rates_are_stored_with_the_state_of_the_account() -> None:
    state = AccountState(billed_rates={CALLS: RATE})
    assert load_account_state(dump_account_state(state)) == state


def test_a_metric_that_was_billed_before_is_estimated_when_costs_are_missing() -> None:
    world = World()
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD"}'}
    world.use(*each_day("2026-10-01", "2026-10-30", "2", cost="1", metric=CALLS))
    world.run()
    world.use(*each_day("2026-11-01", "2026-11-21", "2", metric=CALLS))
    [account] = world.run().accounts
    [evaluation] = account.evaluations
    assert (str(evaluation.observed), evaluation.unknown) == ("21 USD", None)
