"""Which anchors of billing cycles are followed back, and since when there were subscriptions."""

from datetime import date, timedelta

from cloudflare_budgets.adapters.cloudflare.usage.v1_cycles import (
    CycleAnchor,
    anchors_of,
    fetch_earlier_cycles,
)
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.subscription import Subscription
from tests.support.builders import charge, day

PERIOD = Period(day("2026-01-01"), day("2026-03-03"))


def told(name: str, start: str = "2024-01-31", end: str | None = None) -> Subscription:
    return Subscription(name, day(start), day(start), day(end) if end else None)


def row(cycle: str, name: str | None = "SUB-A") -> Charge:
    return charge("2026-03-01", billing_period_start=day(cycle), subscription_id=name)


def test_subscriptions_that_renew_on_the_same_day_are_followed_together() -> None:
    anchors = anchors_of(
        [told("A", "2024-05-31"), told("B", "2025-01-31"), told("C", "2024-02-07")], [], PERIOD
    )
    assert list(anchors) == [
        CycleAnchor(7, frozenset("C"), day("2024-02-07")),
        CycleAnchor(31, frozenset("AB"), day("2024-05-31")),
    ]


def test_a_subscription_that_only_rows_name_may_have_begun_at_any_time() -> None:
    anchors = anchors_of([told("A")], [row("2026-02-28", "A"), row("2026-02-28", "B")], PERIOD)
    assert list(anchors) == [CycleAnchor(31, frozenset("AB"), began=None)]


def test_rows_that_name_no_subscription_are_those_of_an_anchor_that_fits() -> None:
    anchors = anchors_of([told("A")], [row("2026-02-28", None)], PERIOD)
    assert list(anchors) == [CycleAnchor(31, frozenset({"A", ""}), day("2024-01-31"))]


def test_of_several_cycles_that_rows_name_the_latest_day_is_the_anchor() -> None:
    anchors = anchors_of([], [row("2026-02-28"), row("2026-01-30")], PERIOD)
    assert list(anchors) == [CycleAnchor(30, frozenset({"SUB-A"}))]


def test_an_anchor_that_has_changed_is_that_of_the_newest_cycle() -> None:
    anchors = anchors_of([], [row("2026-01-18"), row("2026-02-05")], PERIOD)
    assert list(anchors) == [CycleAnchor(5, frozenset({"SUB-A"}))]


def test_an_anchor_that_has_changed_is_followed_back_by_the_one_before() -> None:
    named = ("2026-02-18", "2026-02-05", "2026-01-05", "2025-12-05")

    def fetch(first: date, last: date) -> list[Charge]:
        starts = [start for start in named if first.isoformat() <= start <= last.isoformat()]
        return [charge(start, billing_period_start=day(start), subscription_id="SUB-A") for start in starts]

    (anchor,) = anchors_of([], [row("2026-02-18")], PERIOD)
    assert fetch_earlier_cycles(anchor, PERIOD, [row("2026-02-18")], fetch) == day("2025-12-05")


def test_subscriptions_have_ended_once_the_last_of_them_has() -> None:
    both = [told("A", end="2026-02-01"), told("B", end="2026-02-10")]
    assert list(anchors_of(both, [], PERIOD)) == [
        CycleAnchor(31, frozenset("AB"), day("2024-01-31"), ended=day("2026-02-10"))
    ]
    assert next(anchors_of([*both, told("C")], [], PERIOD)).ended is None


def test_what_ended_before_the_period_is_not_followed_and_what_ends_after_it_runs_on() -> None:
    gone = told("A", end=f"{PERIOD.start:%Y-%m-%d}")
    assert list(anchors_of([gone], [], PERIOD)) == []
    later = told("A", end=f"{PERIOD.end + timedelta(days=1):%Y-%m-%d}")
    assert next(anchors_of([later], [], PERIOD)).ended is None
