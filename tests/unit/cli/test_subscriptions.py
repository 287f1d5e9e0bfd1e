"""Waiting for the confirmation of a mail."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest

from cloudflare_budgets_cli.stack.subscriptions import POLL_SECONDS, wait_until_confirmed

ADDRESS = ["you@example.com"]


class Clock:
    """A clock that only sleeping moves; `interrupts_at` is the number of the sleep that Ctrl+C ends."""

    def __init__(self, interrupts_at: int | None = None) -> None:
        self.now, self.sleeps, self._interrupts_at = 0.0, 0, interrupts_at

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        if self.sleeps == self._interrupts_at:
            raise KeyboardInterrupt
        self.now += seconds


def answers(*found: Sequence[str]) -> Callable[[], Sequence[str]]:
    rest: Iterator[Sequence[str]] = iter(found)
    return lambda: next(rest)


def test_waiting_ends_with_the_confirmation() -> None:
    clock = Clock()
    pending = answers(ADDRESS, ADDRESS, [])
    assert wait_until_confirmed(pending, timedelta(minutes=15), clock.time, clock.sleep) == []
    assert clock.now == 2 * POLL_SECONDS


def test_nothing_is_waited_for_if_every_address_is_confirmed() -> None:
    clock = Clock()
    assert wait_until_confirmed(answers([]), timedelta(minutes=15), clock.time, clock.sleep) == []
    assert clock.sleeps == 0


@pytest.mark.parametrize("minutes", [0, 1])
def test_waiting_ends_at_the_limit_and_names_who_is_pending(minutes: int) -> None:
    clock = Clock()
    found = wait_until_confirmed(lambda: ADDRESS, timedelta(minutes=minutes), clock.time, clock.sleep)
    assert found == ADDRESS
    assert clock.now == 60 * minutes


def test_an_interrupt_ends_only_the_waiting() -> None:
    clock = Clock(interrupts_at=2)
    assert wait_until_confirmed(lambda: ADDRESS, timedelta(minutes=15), clock.time, clock.sleep) == ADDRESS
    assert clock.sleeps == 2
