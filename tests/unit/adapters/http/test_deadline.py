"""Calls that do not come back."""

from __future__ import annotations

import threading
import time

import pytest

from cloudflare_budgets.adapters.http.deadline import DeadlinePassedError, run_within


def test_a_finished_call_returns_its_result() -> None:
    assert run_within(5, lambda: 42, _never) == 42


def test_what_a_call_raises_is_raised_here() -> None:
    def call() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        run_within(5, call, _never)


def test_a_call_that_hangs_is_given_up_in_time_and_stopped() -> None:
    stop = threading.Event()
    ended = threading.Event()

    def call() -> None:
        stop.wait()
        ended.set()

    begun = time.monotonic()
    with pytest.raises(DeadlinePassedError):
        run_within(0.05, call, stop.set)
    assert time.monotonic() - begun < 1
    assert ended.wait(5)


def test_no_time_is_no_error_of_its_own() -> None:
    stop = threading.Event()
    with pytest.raises(DeadlinePassedError):
        run_within(-1, stop.wait, stop.set)


def _never() -> None:
    raise AssertionError("nothing was to be given up")
