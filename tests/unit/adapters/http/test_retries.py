"""When a request is made again."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.http.retries import (
    HttpError,
    RetryPolicy,
    TransientError,
    is_transient,
    retry_after,
)

_NOW = 1_795_341_600.0
POLICY = RetryPolicy(max_requests=3, max_retry_after=20)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 520, 524, 527, 599])
def test_these_statuses_may_pass(status: int) -> None:
    assert is_transient(status)


@pytest.mark.parametrize(
    "status", [100, 103, 200, 204, 206, 301, 302, 308, 400, 401, 403, 404, 405, 410, 418, 451]
)
def test_these_statuses_stay(status: int) -> None:
    assert not is_transient(status)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("2", 2),
        (" 20 ", 20),
        ("21600", 21600),
        ("9" * 5000, 999_999_999),
        (formatdate(_NOW + 7, usegmt=True), 7),
        (formatdate(_NOW - 7, usegmt=True), 0),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("\u0661", None),
        ("", None),
        ("soon", None),
        ("Fri, 99 Foo 2026", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_a_number_or_a_date_or_as_good_as_absent(
    status: int, header: str | None, seconds: float | None
) -> None:
    assert retry_after(status, header, _NOW) == seconds


@given(st.text())
def test_no_text_in_retry_after_is_ever_an_error(header: str) -> None:
    asked = retry_after(429, header, _NOW)
    assert asked is None or asked >= 0


@pytest.mark.parametrize("status", [408, 500, 502])
def test_retry_after_counts_only_where_it_belongs(status: int) -> None:
    assert retry_after(status, "2", _NOW) is None


def test_without_a_wish_the_wait_is_drawn_by_chance_from_a_range_that_doubles() -> None:
    ranges = []

    def uniform(low: float, high: float) -> float:
        ranges.append((low, high))
        return high

    setback = TransientError("no luck")
    assert [POLICY.delay(setback, requests, 45, uniform) for requests in (1, 2)] == [1, 2]
    assert ranges == [(0, 1), (0, 2)]


def test_a_wish_that_fits_is_obeyed_to_the_second() -> None:
    assert POLICY.delay(TransientError("busy", 20), 1, 45, _lowest) == 20
    assert POLICY.delay(TransientError("busy", 0), 1, 45, _lowest) == 0


@pytest.mark.parametrize(("asked", "time_left"), [(21, 45), (300, 45), (10, 9)])
def test_a_wish_that_does_not_fit_ends_the_run_and_is_reported(asked: float, time_left: float) -> None:
    with pytest.raises(HttpError, match=f"busy; it requests a delay of {asked} s"):
        POLICY.delay(TransientError("busy", asked), 1, time_left, _lowest)


def test_three_requests_are_enough() -> None:
    with pytest.raises(HttpError, match=r"no luck \(3 requests made\)"):
        POLICY.delay(TransientError("no luck"), 3, 45, _lowest)


def test_no_request_is_begun_without_time_for_it() -> None:
    with pytest.raises(HttpError, match="no luck, and no time is left"):
        POLICY.delay(TransientError("no luck"), 1, 0.5, lambda _, high: high)
    with pytest.raises(HttpError, match="no time is left"):
        POLICY.delay(TransientError("no luck"), 1, -3, _lowest)


def _lowest(low: float, _high: float) -> float:
    return low
