"""Fresh usage is a lower bound, scaled by what was billed of it before, and nothing on settled days."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.primitives.period import DAY, Period
from cloudflare_budgets.domain.usage.fresh import FreshFigure, FreshUsage, fresh_window, remembered
from cloudflare_budgets.domain.usage.fresh_scale import Scale, provisional_days, quality_of, scale_of
from tests.support.builders import day, instant

THROUGH = day("2026-11-28")
ROWS = "d1_rows_read"
numbers = st.decimals(0, 10**15, places=3)


def figure(number: str | Decimal) -> FreshFigure:
    return FreshFigure(Decimal(number), Decimal(number))


@pytest.mark.parametrize(
    ("data_through", "as_of", "window"),
    [
        ("2026-11-28T00:00", "2026-11-29T14:33", ("2026-11-26T00:00", "2026-11-29T14:20")),
        ("2026-11-28T00:00", "2026-11-29T14:30", ("2026-11-26T00:00", "2026-11-29T14:20")),
        # Version 1 has part of the running day, so its newest row ends in the future.
        ("2026-11-30T00:00", "2026-11-29T14:33", ("2026-11-27T00:00", "2026-11-29T14:20")),
        ("2026-11-20T00:00", "2026-11-29T14:33", None),
    ],
)
def test_analytics_are_read_from_two_days_before_billing_ends_until_ten_minutes_ago(
    data_through: str, as_of: str, window: tuple[str, str] | None
) -> None:
    found = fresh_window(instant(data_through), instant(as_of), {ROWS: {THROUGH: Decimal(1)}})
    assert found == (Period(instant(window[0]), instant(window[1])) if window else None)


@pytest.mark.parametrize(
    ("data_through", "since"),
    [
        ("2026-11-28T00:00", "2026-11-23"),
        ("2026-11-30T00:00", "2026-11-24"),
        ("2026-11-26T00:00", "2026-11-24"),
    ],
)
def test_the_first_reading_begins_three_settled_days_earlier_within_a_week(
    data_through: str, since: str
) -> None:
    found = fresh_window(instant(data_through), instant("2026-11-29T14:33"), {})
    assert found == Period(day(since), instant("2026-11-29T14:20"))


@given(st.lists(numbers, min_size=1, max_size=6), st.lists(numbers, max_size=6), st.decimals(0, 1, places=3))
def test_what_is_provisional_and_billed_is_never_more_than_the_scaled_figure(
    fresh: list[Decimal], billed: list[Decimal], factor: Decimal
) -> None:
    start = THROUGH - 2 * DAY
    figures = {start + place * DAY: figure(each) for place, each in enumerate(fresh)}
    rows = {start + place * DAY: each for place, each in enumerate(billed)}
    found = provisional_days(figures, rows, Scale(factor), THROUGH)
    for each, added in found.items():
        assert 0 <= added.lower <= added.middle
        assert added.lower + rows.get(each, Decimal(0)) <= max(
            figures[each].lower * factor, rows.get(each, Decimal(0))
        )


@given(st.dictionaries(st.integers(-40, -3), numbers, max_size=8))
def test_nothing_is_provisional_on_settled_days(fresh: dict[int, Decimal]) -> None:
    figures = {THROUGH + place * DAY: figure(each) for place, each in fresh.items()}
    assert provisional_days(figures, {}, Scale(Decimal(1)), THROUGH) == {}


def test_a_difference_only_on_days_before_the_data_ends_is_no_usage() -> None:
    figures = {THROUGH - DAY: figure("5"), THROUGH: figure("0")}
    assert provisional_days(figures, {}, Scale(Decimal(1)), THROUGH) == {}
    figures[THROUGH] = figure("1")
    assert provisional_days(figures, {}, Scale(Decimal(1)), THROUGH) == {
        THROUGH - DAY: figure("5"),
        THROUGH: figure("1"),
    }


@pytest.mark.parametrize(
    ("scale", "lower"),
    [
        (Scale(Decimal("0.9"), 2), "81"),
        (Scale(Decimal("0.95"), 3), "95"),
        (Scale(Decimal("0.4"), 3, is_rough=True), "36"),
    ],
)
def test_the_margin_of_a_sample_is_subtracted_until_billed_shares_contain_its_error(
    scale: Scale, lower: str
) -> None:
    sampled = FreshFigure(Decimal(90), Decimal(100), Decimal(10))
    found = provisional_days({THROUGH: sampled}, {}, scale, THROUGH)
    assert found[THROUGH].lower == Decimal(lower)


def days(*shares: str) -> tuple[dict[datetime, Decimal], dict[datetime, Decimal]]:
    analytics = {THROUGH - (4 + place) * DAY: Decimal(100) for place in range(len(shares))}
    billed = {
        THROUGH - (4 + place) * DAY: Decimal(100) * Decimal(share) for place, share in enumerate(shares)
    }
    return analytics, billed


@pytest.mark.parametrize(
    ("metric", "shares", "factor", "is_rough"),
    [
        (ROWS, (), "0.9", False),
        ("workers_cpu_ms", ("0.8", "0.9"), "0.5", False),
        # Of fewer days than three, a share lowers the scale and never raises it.
        (ROWS, ("0.2", "1"), "0.2", False),
        ("vectorize_queried_dimensions", (), "0", False),
        # What is billed may be thousands of minutes.
        ("stream_bundle_basic_minutes_of_video_viewed_in_thousands", (), "0.0009", False),
        (ROWS, ("1.01", "0.98", "1"), "0.98", False),
        (ROWS, ("1.2", "1.1", "1.3"), "1", False),
        (ROWS, ("0.4", "0.9", "0.8"), "0.2", True),
        # Of more days than fourteen, the newest fourteen count.
        (ROWS, (*["0.9"] * 13, "0.7"), "0.7", False),
        (ROWS, (*["0.9"] * 14, "0.1"), "0.9", False),
    ],
)
def test_a_figure_is_scaled_by_the_smallest_billed_share_of_the_last_settled_days(
    metric: str,
    shares: tuple[str, ...],
    factor: str,
    is_rough: bool,  # noqa: FBT001 - a column of the table
) -> None:
    scale = scale_of(metric, *days(*shares), THROUGH)
    assert (scale.factor, scale.is_rough) == (Decimal(factor), is_rough)


def test_days_that_have_not_settled_calibrate_nothing() -> None:
    analytics = {THROUGH - place * DAY: Decimal(100) for place in range(1, 3)}
    billed = dict.fromkeys(analytics, Decimal(10))
    assert scale_of(ROWS, analytics, billed, THROUGH).days == 0


def test_complete_days_are_remembered_for_three_weeks_and_the_newest_reading_counts() -> None:
    through = THROUGH + timedelta(hours=9)
    fresh = FreshUsage(THROUGH - DAY, through, {ROWS: {THROUGH - DAY: figure("7"), THROUGH: figure("2")}})
    earlier = {ROWS: {THROUGH - place * DAY: Decimal(1) for place in range(1, 30)}}
    found = remembered(earlier, fresh)[ROWS]
    assert len(found) == 21
    assert found[THROUGH - DAY] == 7
    assert THROUGH not in found


def test_a_truncated_answer_is_not_remembered() -> None:
    fresh = FreshUsage(
        THROUGH - DAY, THROUGH, {ROWS: {THROUGH - DAY: figure("7")}}, at_least=frozenset({ROWS})
    )
    assert remembered({}, fresh) == {}


def test_two_datasets_of_one_metric_are_added_up_by_day() -> None:
    workers = FreshUsage(THROUGH, THROUGH + DAY, {"workers_standard_requests": {THROUGH: figure("5")}})
    pages = FreshUsage(THROUGH, THROUGH + DAY, {"workers_standard_requests": {THROUGH: figure("2")}})
    assert workers.merged(pages).days == {"workers_standard_requests": {THROUGH: figure("7")}}


@given(st.dictionaries(st.integers(-8, 0), numbers, max_size=6), st.dictionaries(st.integers(-8, 0), numbers))
def test_the_same_answer_twice_is_remembered_once(
    fresh: dict[int, Decimal], earlier: dict[int, Decimal]
) -> None:
    figures = {ROWS: {THROUGH + place * DAY: figure(each) for place, each in fresh.items()}}
    found = FreshUsage(THROUGH - DAY, THROUGH + DAY, figures)
    once = remembered({ROWS: {THROUGH + place * DAY: each for place, each in earlier.items()}}, found)
    assert remembered(once, found) == once


def test_the_quality_leaves_out_a_metric_whose_unit_may_be_another() -> None:
    found = FreshUsage(THROUGH - DAY, THROUGH, {})
    agreed = Scale(Decimal(1), 3, Decimal(1), Decimal("1.25"))
    minutes = Scale(Decimal("0.001"), 3, Decimal("0.001"), Decimal("0.001"))
    scales = {ROWS: agreed, "stream_bundle_basic_minutes_of_video_viewed_in_thousands": minutes}
    quality = quality_of(found, scales)
    assert (quality.least, quality.most) == (Decimal("0.8"), Decimal(1))
