"""Periods are read in windows that Cloudflare accepts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.cloudflare.usage.v2 import Window, windows
from cloudflare_budgets.domain.primitives.period import Period

_instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds it


def test_a_month_of_31_days_is_one_window_up_to_its_last_day() -> None:
    october = Period(_day(2026, 10, 1), _day(2026, 11, 1))
    assert list(windows(october)) == [Window(date(2026, 10, 1), date(2026, 10, 31), october)]


def test_32_days_are_two_windows_that_share_a_day_which_the_second_owns() -> None:
    period = Period(_day(2026, 10, 1), _day(2026, 11, 2))
    assert list(windows(period)) == [
        Window(date(2026, 10, 1), date(2026, 10, 31), Period(_day(2026, 10, 1), _day(2026, 10, 31))),
        Window(date(2026, 10, 31), date(2026, 11, 1), Period(_day(2026, 10, 31), _day(2026, 11, 2))),
    ]


def test_a_year_is_thirteen_windows() -> None:
    found = list(windows(Period(_day(2028, 1, 1), _day(2029, 1, 1))))
    assert len(found) == 13
    assert found[-1].last == date(2028, 12, 31)


def test_one_day_is_one_window_with_the_same_day_twice() -> None:
    day = Period(_day(2026, 11, 22), _day(2026, 11, 23))
    assert list(windows(day)) == [Window(date(2026, 11, 22), date(2026, 11, 22), day)]


def test_a_period_that_ends_within_a_day_requests_that_day_and_no_further() -> None:
    period = Period(_day(2026, 11, 1), _day(2026, 11, 22) + timedelta(hours=10))
    assert list(windows(period)) == [Window(date(2026, 11, 1), date(2026, 11, 22), period)]


@given(start=_instants, length=st.timedeltas(timedelta(seconds=1), timedelta(days=800)))
def test_windows_are_short_enough_and_use_every_instant_of_the_period_once(
    start: datetime, length: timedelta
) -> None:
    period = Period(start, start + length)
    found = list(windows(period))
    assert found[0].used.start == period.start
    assert found[-1].used.end == period.end
    for window in found:
        assert timedelta(0) <= window.last - window.first <= timedelta(days=30)
        assert window.used.start < window.used.end
        assert window.first <= window.used.start.date()
        assert window.used.end <= _day(window.last.year, window.last.month, window.last.day) + timedelta(
            days=1
        )
    for earlier, later in pairwise(found):
        assert earlier.used.end == later.used.start
        assert earlier.last == later.first


@pytest.mark.parametrize("included", [True, False])
@given(start=_instants, length=st.timedeltas(timedelta(days=1), timedelta(days=200)))
def test_whether_or_not_the_last_day_is_included_no_earlier_day_is_lost(
    included: bool,  # noqa: FBT001 - a parameter of pytest's
    start: datetime,
    length: timedelta,
) -> None:
    period = Period(start.replace(hour=0, minute=0, second=0, microsecond=0), start + length)
    got = [
        day
        for window in windows(period)
        for day in _answered(window, included=included)
        if _day(day.year, day.month, day.day) in window.used
    ]
    last = (period.end - timedelta.resolution).date()
    wanted = [
        period.start.date() + timedelta(days=n) for n in range((last - period.start.date()).days + included)
    ]
    assert got == wanted


def _answered(window: Window, *, included: bool) -> list[date]:
    return [window.first + timedelta(days=n) for n in range((window.last - window.first).days + included)]


def _day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)
