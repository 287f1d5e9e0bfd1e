from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.usage.billing_cycle import (
    cycle_containing,
    cycle_starting,
    cycles_of,
    cycles_to_evaluate,
)
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Reading, arrange
from tests.support.builders import ACCOUNT_ID, AS_OF, budget, charge, day, each_day, known

CYCLE_SPEND = '{"limit": "50 USD", "period": "billing_period"}'


def row(on: str, cost: str, cycle: str, subscription: str = "SUB1") -> Charge:
    """Make a row of Version 1: it names the start of its cycle, not the end."""
    return charge(on, cost=cost, billing_period_start=day(cycle), subscription_id=subscription)


def judged(
    *rows: Charge, anchors: dict[str, int] | None = None, as_of: datetime = AS_OF, text: str = CYCLE_SPEND
) -> list[Evaluation]:
    usage = arrange(ACCOUNT_ID, Reading("v1", rows, anchors or {}))
    return evaluate([budget(text)], known(usage, as_of))


def test_a_billing_period_counts_its_own_cycle_and_not_the_calendar_month() -> None:
    (found,) = judged(
        row("2026-11-04", "40", "2026-10-05"),
        row("2026-11-05", "30", "2026-11-05"),
        row("2026-11-21", "1", "2026-11-05"),
    )
    assert str(found.observed) == "31 USD"
    assert found.window is not None
    assert (found.window.period.start, found.window.period.end) == (day("2026-11-05"), day("2026-12-05"))
    assert found.window.estimated_end


def test_rows_that_name_no_cycle_belong_to_those_they_lie_in() -> None:
    unnamed = charge("2026-11-20", cost="100", metric="kv_read_operations", subscription_id="SUB1")
    (found,) = judged(row("2026-11-12", "1", "2026-11-11"), unnamed)
    assert (str(found.observed), found.status) == ("101 USD", Status.BREACHED)


def test_trap_3_an_answer_with_two_cycles_is_not_summed() -> None:
    rows = (row("2026-11-04", "8.75", "2026-10-05"), row("2026-11-06", "8.76", "2026-11-05"))
    newest, before = judged(*rows, as_of=day("2026-11-07"))
    assert (str(newest.observed), str(before.observed)) == ("8.76 USD", "8.75 USD")


def test_trap_13_a_cycle_that_began_on_a_short_months_last_day_ends_on_its_anchor() -> None:
    rows = (row("2026-02-28", "1", "2026-02-28"), row("2026-03-05", "1", "2026-02-28"))
    (found,) = judged(*rows, anchors={"SUB1": 31}, as_of=day("2026-03-06"))
    assert found.window is not None
    assert found.window.period.end == day("2026-03-31")


def test_trap_14_subscriptions_with_different_anchors_are_separate_and_both_reported() -> None:
    rows = (
        row("2026-11-20", "60", "2026-11-05", "SUB1"),
        row("2026-11-20", "7", "2026-11-20", "SUB2"),
        row("2026-11-21", "1", "2026-11-20", "SUB2"),
    )
    later, earlier = judged(*rows, anchors={"SUB1": 5, "SUB2": 20})
    assert (str(later.observed), later.status) == ("8 USD", Status.OK)
    assert (str(earlier.observed), earlier.status) == ("60 USD", Status.BREACHED)


def test_a_cycle_that_has_just_begun_has_no_message_yet_while_the_one_before_still_settles() -> None:
    rows = (row("2026-11-03", "1", "2026-10-05"), row("2026-11-04", "60", "2026-10-05"))
    newest, before = judged(*rows, as_of=day("2026-11-05") + timedelta(hours=9))
    assert newest.unknown is not None
    assert newest.unknown.kind is UnknownKind.NO_DATA_YET
    assert before.status is Status.BREACHED


def test_the_end_that_version_2_returns_is_no_estimate() -> None:
    rows = charge(
        "2026-11-21", cost="1", billing_period_start=day("2026-11-05"), billing_period_end=day("2026-12-05")
    )
    (found,) = judged(rows)
    assert found.window is not None
    assert not found.window.estimated_end


def test_rows_that_name_no_cycle_leave_the_billing_period_unknown() -> None:
    (found,) = judged(charge(cost="1"))
    assert found.unknown is not None
    assert (found.status, found.unknown.kind) == (Status.UNKNOWN, UnknownKind.BILLING_PERIOD_UNKNOWN)


def test_usage_that_does_not_reach_back_to_the_periods_start_proves_nothing() -> None:
    reading = Reading("v1", [row("2026-11-21", "1", "2026-11-05")], complete_from=day("2026-11-05"))
    found = evaluate([budget()], known(arrange(ACCOUNT_ID, reading), AS_OF))[0]
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.HISTORY_UNAVAILABLE


def test_every_anchor_has_exactly_one_cycle_at_any_time_and_the_last_one_for_72_hours_more() -> None:
    for anchor in range(1, 32):
        for offset in range(0, 800, 7):
            as_of = day("2024-01-01") + timedelta(days=offset, hours=offset % 24)
            current, *earlier = cycles_to_evaluate((), [anchor], as_of)
            assert current == cycle_containing(anchor, as_of)
            assert not earlier
            seen = cycle_containing(anchor, current.period.start - timedelta(days=1))
            again = cycles_to_evaluate([seen], [anchor], as_of)
            still_settles = seen.period.end + timedelta(hours=72) > as_of
            assert again == ([current, seen] if still_settles else [current])


def test_the_end_of_a_cycle_shows_the_anchor_of_the_one_that_follows() -> None:
    for anchor in range(1, 32):
        period = cycle_containing(anchor, day("2026-01-01")).period
        while period.end < day("2029-01-01"):
            named = charge(billing_period_start=period.start, billing_period_end=period.end)
            (found,) = cycles_of([named], {})
            following = cycle_containing(anchor, period.end).period
            assert cycle_containing(found.anchor_day, period.end).period == following
            period = following


@given(st.integers(1, 31), st.integers(0, 3 * 365))
def test_without_their_ends_two_cycles_of_a_subscription_show_each_others_anchor(
    anchor: int, offset: int
) -> None:
    newer = cycle_containing(anchor, day("2026-01-01") + timedelta(days=offset))
    older = cycle_containing(anchor, newer.period.start - timedelta(days=1))
    rows = [charge(billing_period_start=cycle.period.start) for cycle in (newer, older)]
    assert cycles_of(rows, {}) == (older, newer)


def test_cycles_of_other_subscriptions_show_no_anchor() -> None:
    rows = [row("2026-03-01", "1", "2026-02-28"), row("2026-03-01", "1", "2026-01-31", "SUB2")]
    assert [cycle.anchor_day for cycle in cycles_of(rows, {})] == [31, 28]


def test_on_the_day_after_a_short_months_cycle_no_cycle_is_evaluated_that_never_was() -> None:
    named: dict[str, Any] = {
        "billing_period_start": day("2027-02-28"),
        "billing_period_end": day("2027-03-31"),
    }
    rows = each_day("2027-02-28", "2027-03-30", "1", "1", **named)
    found = judged(*rows, as_of=day("2027-03-31") + timedelta(hours=10))
    starts = [f"{one.window.period.start:%m-%d}" for one in found if one.window]
    assert starts == ["03-31", "02-28"]


def test_cycles_are_found_in_rows_with_the_anchor_that_fits_their_start() -> None:
    rows = [row("2026-11-21", "1", "2026-11-05"), row("2026-11-20", "1", "2026-11-05")]
    assert cycles_of(rows, {"SUB1": 5}) == (cycle_starting(day("2026-11-05"), 5),)
    assert cycles_of(rows, {"SUB1": 9}) == (cycle_starting(day("2026-11-05")),)
    assert cycles_of([charge()], {}) == ()


def test_every_row_is_looked_at_for_the_cycle_that_it_names() -> None:
    october, november = day("2026-10-05"), day("2026-11-05")
    ends: dict[str, Any] = {"billing_period_start": october, "billing_period_end": november}
    rows = [charge(), charge(**ends), charge(**ends), row("2026-11-21", "1", "2026-11-05")]
    assert [cycle.period.start for cycle in cycles_of(rows, {})] == [october, november]


def test_an_end_in_a_row_overrides_a_computed_one_wherever_it_stands() -> None:
    ends: dict[str, Any] = {
        "billing_period_start": day("2026-11-05"),
        "billing_period_end": day("2026-12-04"),
    }
    rows = [row("2026-11-20", "1", "2026-11-05"), charge(**ends)]
    for order in (rows, rows[::-1]):
        (cycle,) = cycles_of(order, {"SUB1": 5})
        assert (cycle.period.end, cycle.estimated) == (day("2026-12-04"), False)


def test_a_second_anchor_without_rows_has_a_cycle_of_its_own_and_a_known_one_none_beside_it() -> None:
    named = cycles_of([row("2026-11-21", "1", "2026-11-05")], {"SUB1": 5})
    assert cycles_to_evaluate(named, [5], AS_OF) == list(named)
    assert cycles_to_evaluate(named, [5, 20], AS_OF) == [cycle_containing(20, AS_OF), *named]
