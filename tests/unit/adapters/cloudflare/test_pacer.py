"""Requests of one token wait for each other, in one process and in several."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.cloudflare.pacer import MemoryPaceStore, Pacer, fingerprint, remaining_of
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.domain.budgets.account import ApiToken, GlobalApiKey, Secret
from cloudflare_budgets.domain.run.pace import DOCUMENTED, Remaining, RequestLimit, TokenPace
from cloudflare_budgets.errors import RateLimitedError, StateUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = ApiToken(Secret("x" * 40))
OTHER = ApiToken(Secret("y" * 40))
START = 1_795_341_600.0
FIVE_MINUTES = timedelta(minutes=5)


@dataclass
class Watch:
    """A clock that only sleeping and the test move."""

    seconds: float = START
    slept: list[float] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, lambda: self.seconds, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


class BrokenStore:
    def update(self, token: str, change: Callable[[TokenPace], TokenPace]) -> TokenPace:  # noqa: ARG002
        raise StateUnavailableError("no table")


def _send(pacer: Pacer, requests: int, token: ApiToken = TOKEN) -> None:
    for _ in range(requests):
        pacer.reserve(token, math.inf)


def test_a_token_sends_a_thousand_requests_and_is_then_left_to_the_next_run() -> None:
    watch = Watch()
    pacer = Pacer(clock=lambda: watch.clock)

    _send(pacer, 1000)

    with pytest.raises(RateLimitedError, match="not used until 2026-11-22T10:05:30Z; the next run begins"):
        _send(pacer, 1)


def test_optional_requests_are_refused_while_necessary_ones_are_sent() -> None:
    watch = Watch()
    pacer = Pacer(block=5, clock=lambda: watch.clock)
    _send(pacer, 500)

    with pytest.raises(RateLimitedError):
        pacer.reserve(TOKEN, math.inf, is_optional=True)

    _send(pacer, 500)


def test_another_token_is_not_affected() -> None:
    watch = Watch()
    pacer = Pacer(clock=lambda: watch.clock)
    _send(pacer, 1000)

    _send(pacer, 1000, OTHER)


def test_a_short_wait_is_waited_for() -> None:
    watch = Watch()
    pacer = Pacer(clock=lambda: watch.clock)
    pacer.park(TOKEN, 15)

    _send(pacer, 1)

    assert watch.slept == [15]


def test_a_wait_that_ends_after_the_deadline_is_left_to_the_next_run() -> None:
    watch = Watch()
    pacer = Pacer(clock=lambda: watch.clock)
    pacer.park(TOKEN, 15)

    with pytest.raises(RateLimitedError):
        pacer.reserve(TOKEN, watch.seconds + 14)
    assert watch.slept == []


def test_a_429_parks_only_its_token_until_the_retry_time() -> None:
    watch = Watch()
    pacer = Pacer(clock=lambda: watch.clock)

    until = pacer.park(TOKEN, 300)

    assert until == datetime.fromtimestamp(START, UTC) + FIVE_MINUTES
    with pytest.raises(RateLimitedError) as found:
        _send(pacer, 1)
    assert found.value.until == until
    _send(pacer, 1, OTHER)
    watch.seconds += 300
    _send(pacer, 1)


def test_processes_that_share_a_store_share_the_limit() -> None:
    watch, store = Watch(), MemoryPaceStore()
    pacers = [Pacer(store, 10, lambda: watch.clock) for _ in range(4)]
    for pacer in pacers:
        _send(pacer, 250)

    for pacer in pacers:
        with pytest.raises(RateLimitedError):
            _send(pacer, 1)


def test_a_block_that_was_not_used_in_its_half_minute_is_not_used_later() -> None:
    watch, store = Watch(), MemoryPaceStore()
    early, late = (Pacer(store, 10, lambda: watch.clock) for _ in range(2))
    _send(early, 1)
    watch.seconds += 290
    _send(late, 990)

    with pytest.raises(RateLimitedError):
        pacer_must_reserve_again(early)


def pacer_must_reserve_again(pacer: Pacer) -> None:
    _send(pacer, 1)


def test_a_parked_token_is_not_used_by_another_process() -> None:
    watch, store = Watch(), MemoryPaceStore()
    first, second = (Pacer(store, 10, lambda: watch.clock) for _ in range(2))
    _send(second, 1)

    first.park(TOKEN, 300)

    _send(second, 9)  # its block
    with pytest.raises(RateLimitedError):
        _send(second, 1)


def test_headers_that_announce_the_limit_park_the_token() -> None:
    watch = Watch()
    pacer = Pacer(clock=lambda: watch.clock)

    pacer.observe(TOKEN, '"default";r=201;t=120', '"default";q=1200;w=300')
    _send(pacer, 1)
    pacer.observe(TOKEN, '"default";r=200;t=120', '"default";q=1200;w=300')

    with pytest.raises(RateLimitedError):
        _send(pacer, 1)


def test_parking_works_without_the_store_and_reserving_does_not() -> None:
    pacer = Pacer(BrokenStore())

    pacer.park(TOKEN, 300)

    with pytest.raises(StateUnavailableError):
        _send(pacer, 1)


def test_a_fingerprint_does_not_contain_the_secret() -> None:
    assert fingerprint(TOKEN) == fingerprint(ApiToken(Secret("x" * 40))) != fingerprint(OTHER)
    assert "xxxx" not in fingerprint(TOKEN)
    assert len(fingerprint(GlobalApiKey("a@example.com", Secret("k" * 37)))) == 16


@pytest.mark.parametrize(
    ("rate_limit", "policy", "expected"),
    [
        (
            '"default";r=50;t=30',
            '"default";q=100;w=60',
            [Remaining(RequestLimit(100, timedelta(minutes=1)), 50, timedelta(seconds=30))],
        ),
        (
            '"a"; r=1; t=2, "b";r=3;t=4',
            '"b";q=5;w=6',
            [
                Remaining(DOCUMENTED, 1, timedelta(seconds=2)),
                Remaining(RequestLimit(5, timedelta(seconds=6)), 3, timedelta(seconds=4)),
            ],
        ),
        (None, None, []),
        ("", "", []),
        ('"default";r=-1;t=30', None, []),
        ('"default";r=' + "9" * 5000 + ";t=1", None, []),
        ("1200", "nonsense", []),
    ],
)
def test_headers_are_parsed_and_invalid_items_skipped(
    rate_limit: str | None, policy: str | None, expected: list[Remaining]
) -> None:
    assert list(remaining_of(rate_limit, policy)) == expected
