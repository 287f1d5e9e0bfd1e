"""Claim, publish, confirm, in every order in which runs can crash, be cut off and outlive their leases.

The size `slow` visits the states of more things going wrong at the same time.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.model.explorer import Explored, explore
from tests.model.protocol import ALONE, EARLY, LATE, Order, Protocol, Wrong
from tests.model.rows import Rules
from tests.model.state import Budget, State
from tests.support.sizes import SIZE

pytestmark = pytest.mark.model
IS_LONG = SIZE.has_large_models
ONE = (ALONE,) * 5  # runs, three of them at a time
SEVERAL = (EARLY, LATE, LATE)


def explored(protocol: Protocol) -> Explored[State]:
    return explore(protocol.start, protocol.steps, protocol.wrong)


@dataclass(frozen=True, slots=True)
class Size:
    """What is visited, and how many states that are at least."""

    protocol: Protocol
    states: int


SIZES = {
    "one alert, nothing goes wrong": Size(Protocol(ONE), 80),
    "one alert": Size(Protocol(ONE, budget=Budget(1, 1, 1, 1)), 30_000),
    "several thresholds, nothing goes wrong": Size(Protocol(SEVERAL), 500),
    "several thresholds, two runs": Size(Protocol(SEVERAL[:2], budget=Budget(1, 1, 1, 1)), 15_000),
    "several thresholds, a crash and a lost call": Size(Protocol(SEVERAL, budget=Budget(1, 1)), 10_000),
    "several thresholds, a zombie": Size(Protocol(SEVERAL, budget=Budget(zombies=1, refusals=1)), 25_000),
}
LONG_SIZES = {
    "one alert, all twice": Size(Protocol(ONE, budget=Budget(2, 2, 2, 2)), 300_000),
    "several thresholds, all once": Size(Protocol(SEVERAL, budget=Budget(1, 1, 1)), 150_000),
    "several thresholds, a crash, a zombie, a refusal": Size(
        Protocol(SEVERAL, budget=Budget(crashes=1, zombies=1, refusals=1)), 100_000
    ),
    "several thresholds, four runs": Size(Protocol((*SEVERAL, LATE), budget=Budget(1, 1)), 30_000),
}


@pytest.mark.parametrize("name", [*SIZES, *(LONG_SIZES if IS_LONG else ())])
def test_nothing_is_lost_and_copies_are_explained_in_whatever_order_things_happen(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    size = (SIZES | LONG_SIZES)[name]
    found = explored(size.protocol)
    assert found.wrong is None, found.trace
    assert found.states >= size.states, found.states
    record_property("states of the alert protocol", found.states)


@pytest.mark.parametrize("budget", [Budget(), Budget(1), Budget(0, 1), Budget(0, 0, 1), Budget(1, 1, 1)])
def test_as_many_copies_as_are_allowed_can_be_made(budget: Budget) -> None:
    def has_most(state: State, is_end: bool) -> str | None:  # noqa: FBT001 - the explorer calls it
        is_most = state.copies[0] == 1 + budget.crashes + budget.faults + budget.zombies
        return "most" if is_end and is_most else None

    protocol = Protocol(ONE, budget=budget)
    assert explore(protocol.start, protocol.steps, has_most).wrong == "most"


# What is changed, what is then wrong, and the last thing that happens.
BROKEN = {
    "mark, then send": (
        Protocol((ALONE,) * 2, order=Order.MARK_THEN_SEND, budget=Budget(crashes=1)),
        Wrong.LOST,
        "0 confirm 0, 0 crashes",
    ),
    "send, then mark": (Protocol((ALONE,) * 2, order=Order.SEND_THEN_MARK), Wrong.COPIES, "1 publish 0"),
    "a lease shorter than a run": (
        Protocol((ALONE,) * 2, lease_outlasts_run=False, overlooked=frozenset({Wrong.STOLEN})),
        Wrong.COPIES,
        "lease of 0 ends, 1 claim 0, 1 publish 0",
    ),
    "a confirmation fenced by the owner": (
        Protocol((ALONE,) * 3, rules=Rules(confirm_is_fenced=True), budget=Budget(zombies=1, refusals=1)),
        Wrong.CLAIMED_AGAIN,
        "0 confirm_alone 0, 1 publish 0: refused, 1 release 0, 1 claim 0",
    ),
    "a release that anybody may do": (
        Protocol((ALONE,) * 3, rules=Rules(release_is_fenced=False), budget=Budget(zombies=1, refusals=1)),
        Wrong.STOLEN,
        "0 publish 0: refused, 0 release 0, 2 claim 0",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_protocol_that_is_broken_is_found_out(name: str) -> None:
    protocol, wrong, happens = BROKEN[name]
    found = explored(replace(protocol, runs_are_alike=False))
    assert found.wrong is wrong
    assert happens in ", ".join(found.trace)
