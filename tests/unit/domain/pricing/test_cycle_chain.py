"""Which billing cycle a day of usage is priced in, when rows name several."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.pricing.cycle_chain import CycleChain
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.billing_cycle import Cycle
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.history import records_of
from tests.support.builders import (
    AS_OF,
    budget,
    charge,
    day,
    each_day,
    judged,
    known,
    price,
    prices,
    usage_since,
)

SPEND = '{"limit": "500 USD"}'
LISTED = prices(price("1", "100"))
Named = dict[str, Any]


def cycle(start: str, end: str, subscription: str | None = None) -> Named:
    return {
        "billing_period_start": day(start),
        "billing_period_end": day(end),
        "sub_account_id": subscription,
    }


OCTOBER, NOVEMBER, CHANGED = (
    cycle("2026-10-05", "2026-11-05"),
    cycle("2026-11-05", "2026-12-05"),
    cycle("2026-11-18", "2026-12-18"),
)


def spent(*rows: Charge) -> Decimal:
    found = judged(SPEND, usage_since("2026-10-01", *rows), prices=LISTED)
    assert found.observed is not None
    return found.observed.number


def cycles_at(rows: list[Charge], *days: str) -> list[str]:
    pools = known(usage_since("2026-10-01", *rows), prices=LISTED).pools.of
    (pool,) = {id(pool): pool for pool in pools.values()}.values()
    found = [pool.cycle_at(day(on)) for on in days]
    return [f"{each.start:%m-%d} {each.end:%m-%d}" for each in found]


@st.composite
def chains(draw: st.DrawFn) -> CycleChain:
    starts = draw(st.sets(st.integers(0, 24 * 300), max_size=6))
    return CycleChain(
        tuple(
            Cycle(
                Period(
                    day("2026-01-01") + timedelta(hours=start),
                    day("2026-01-01") + timedelta(hours=start + draw(st.integers(1, 24 * 100))),
                ),
                draw(st.integers(1, 31)),
            )
            for start in sorted(starts)
        )
    )


@given(chains())
def test_every_day_is_in_exactly_one_cycle(chain: CycleChain) -> None:
    days = [day("2025-12-01") + timedelta(days=index) for index in range(450)]
    assert all(on in chain.at(on) for on in days)
    periods = sorted({chain.at(on) for on in days}, key=lambda period: period.start)
    assert all(earlier.end <= later.start for earlier, later in pairwise(periods))


@given(chains())
def test_a_named_cycle_begins_when_it_says_and_ends_no_later(chain: CycleChain) -> None:
    for each in chain.named:
        found = chain.at(each.period.start)
        assert (found.start, found.end <= each.period.end) == (each.period.start, True)


def test_a_plan_that_was_changed_ends_one_cycle_and_begins_another() -> None:
    rows = [
        *each_day("2026-10-18", "2026-11-04", "4", **OCTOBER),
        *each_day("2026-11-05", "2026-11-17", "3", **NOVEMBER),
        *each_day("2026-11-18", "2026-11-21", "3", **CHANGED),
    ]
    assert spent(*rows) == 0
    shown = cycles_at(rows, "2026-10-04", "2026-11-04", "2026-11-05", "2026-11-17", "2026-11-18")
    assert shown == ["09-05 10-05", "10-05 11-05", "11-05 11-18", "11-05 11-18", "11-18 12-18"]


def test_on_the_day_of_the_change_both_cycles_may_have_rows() -> None:
    rows = [
        *each_day("2026-10-18", "2026-11-04", "4", **OCTOBER),
        *each_day("2026-11-05", "2026-11-18", "7", **NOVEMBER),
        *each_day("2026-11-18", "2026-11-21", "7", **CHANGED),
    ]
    assert spent(*rows) == 0


def test_what_stopped_before_the_change_shares_the_earlier_cycle_with_what_went_on() -> None:
    stopped: Named = {"x_zone_id": "a", **NOVEMBER}
    rows = (charge("2026-11-06", "80", **stopped), charge("2026-11-07", "80", **NOVEMBER))
    assert spent(*rows, charge("2026-11-19", "10", **CHANGED)) == 60


def test_cycles_side_by_side_that_rows_do_not_distinguish_give_one_allowance_a_month() -> None:
    rows = [
        *each_day("2026-10-18", "2026-11-04", "1", **OCTOBER),
        *each_day("2026-10-20", "2026-11-19", "5", **cycle("2026-10-20", "2026-11-20")),
        *each_day("2026-11-05", "2026-11-21", "1", **NOVEMBER),
        *each_day("2026-11-20", "2026-11-21", "5", **cycle("2026-11-20", "2026-12-20")),
    ]
    assert cycles_at(rows, "2026-10-19", "2026-11-06", "2026-11-21") == [
        "09-20 10-20",
        "10-20 11-20",
        "11-20 12-20",
    ]


def test_subscriptions_have_cycles_of_their_own() -> None:
    rows = (
        charge("2026-11-04", "100", **cycle("2026-10-05", "2026-11-05", "A")),
        charge("2026-11-06", "100", **cycle("2026-11-05", "2026-12-05", "A")),
        charge("2026-11-19", "100", **cycle("2026-10-20", "2026-11-20", "B")),
        charge("2026-11-21", "101", **cycle("2026-11-20", "2026-12-20", "B")),
    )
    assert spent(*rows) == 1


def test_a_zone_of_a_subscription_that_only_earlier_runs_saw_is_in_that_subscriptions_cycles() -> None:
    october = cycle("2026-10-20", "2026-11-20", "A")
    gone = charge("2026-10-25", "90", x_zone_id="gone", **october)
    before = records_of(usage_since("2026-10-01", gone), AS_OF)
    rows = (
        charge("2026-11-10", "30", **october),
        charge("2026-11-21", "1", **cycle("2026-11-21", "2026-12-21", "B")),
    )
    found = judged(SPEND, usage_since("2026-11-01", *rows), prices=LISTED, history=before)
    assert str(found.observed) == "20 USD"


def test_a_february_costs_what_the_cycle_before_its_end_makes_of_it() -> None:
    as_of = datetime(2027, 3, 2, 10, tzinfo=UTC)
    earlier = each_day("2027-01-01", "2027-01-30", "5")
    rows = [
        *each_day("2027-01-31", "2027-02-27", "5", **cycle("2027-01-31", "2027-02-28")),
        *each_day("2027-02-28", "2027-03-01", "5", **cycle("2027-02-28", "2027-03-31")),
    ]
    its_knowledge = known(
        usage_since("2027-01-31", *rows, as_of=as_of),
        as_of,
        prices=prices(price("1", "140")),
        history=records_of(usage_since("2027-01-01", *earlier, as_of=as_of), as_of),
    )
    february = evaluate([budget(SPEND)], its_knowledge)[1]
    assert str(february.observed) == "0 USD"
