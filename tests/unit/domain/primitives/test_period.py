from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.primitives.period import (
    SETTLING_TIME,
    Period,
    PeriodKind,
    midnight,
    period_containing,
    periods_to_evaluate,
    reading_text,
    utc_text,
)
from tests.support.builders import day

CALENDAR_KINDS = [kind for kind in PeriodKind if kind is not PeriodKind.BILLING_PERIOD]
instants = st.integers(0, 16 * 365 * 86_400).map(
    lambda seconds: day("2020-01-01") + timedelta(seconds=seconds)
)


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        (PeriodKind.DAY, "2026-11-22", "2026-11-23"),
        (PeriodKind.WEEK, "2026-11-16", "2026-11-23"),
        (PeriodKind.MONTH, "2026-11-01", "2026-12-01"),
        (PeriodKind.QUARTER, "2026-10-01", "2027-01-01"),
        (PeriodKind.YEAR, "2026-01-01", "2027-01-01"),
    ],
)
def test_each_kind_of_period_begins_and_ends_as_the_calendar_says(
    kind: PeriodKind, start: str, end: str
) -> None:
    found = period_containing(kind, datetime(2026, 11, 22, 23, 59, tzinfo=UTC))
    assert found == Period(day(start), day(end))


@given(st.sampled_from(CALENDAR_KINDS), instants)
def test_periods_tile_time_without_gap_or_overlap(kind: PeriodKind, instant: datetime) -> None:
    period = period_containing(kind, instant)
    assert instant in period
    assert period.end not in period
    assert period_containing(kind, period.end).start == period.end
    assert period_containing(kind, period.start - timedelta(microseconds=1)).end == period.start


@given(st.sampled_from(CALENDAR_KINDS), instants)
def test_a_period_is_evaluated_until_it_has_settled_and_no_longer(kind: PeriodKind, as_of: datetime) -> None:
    periods = list(periods_to_evaluate(kind, as_of))
    assert as_of in periods[0]
    assert all(newer.start == older.end for newer, older in pairwise(periods))
    assert all(period.end + SETTLING_TIME > as_of for period in periods)
    next_older = period_containing(kind, periods[-1].start - timedelta(days=1))
    assert next_older.end + SETTLING_TIME <= as_of


def test_yesterday_and_the_days_before_still_settle_for_a_daily_budget() -> None:
    starts = [
        period.start
        for period in periods_to_evaluate(PeriodKind.DAY, day("2026-11-22") + timedelta(hours=10))
    ]
    assert starts == [day("2026-11-22"), day("2026-11-21"), day("2026-11-20"), day("2026-11-19")]


def test_a_period_settles_for_three_days() -> None:
    over = day("2026-12-04")
    assert len(list(periods_to_evaluate(PeriodKind.MONTH, over - timedelta(microseconds=1)))) == 2
    assert len(list(periods_to_evaluate(PeriodKind.MONTH, over))) == 1


def test_an_instant_in_another_zone_falls_into_the_utc_day() -> None:
    evening_in_new_york = datetime.fromisoformat("2026-11-30T22:00:00-05:00")
    assert period_containing(PeriodKind.MONTH, evening_in_new_york).start == day("2026-12-01")
    assert utc_text(evening_in_new_york) == "2026-12-01T03:00:00Z"


def test_a_midnight_in_another_zone_is_no_midnight_in_utc() -> None:
    assert midnight(datetime.fromisoformat("2026-11-30T00:00:00-05:00")) == day("2026-11-30")
    assert midnight(datetime.fromisoformat("2026-11-30T00:00:00+05:00")) == day("2026-11-29")
    assert midnight(datetime(2026, 11, 30, 0, 0, 0, 1, tzinfo=UTC)) == day("2026-11-30")


def test_no_calendar_contains_a_billing_period() -> None:
    with pytest.raises(ValueError, match="Cloudflare's cycle"):
        period_containing(PeriodKind.BILLING_PERIOD, day("2026-11-22"))


def test_a_text_for_people_names_the_hour_only_within_a_day() -> None:
    assert reading_text(day("2026-12-01")) == "1 Dec 2026"
    assert reading_text(day("2026-12-01") + timedelta(hours=9, minutes=5)) == "1 Dec 2026, 09:05 UTC"
