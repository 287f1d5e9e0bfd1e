from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.messages.alerts.digest_sections import DAYS_SHOWN, sparkline
from tests.support.builders import day

THROUGH = day("2026-11-22")


def back(*numbers: int | str) -> dict[datetime, Decimal]:
    """Give numbers to the days before the 22nd, the last one to the 21st."""
    days = range(len(numbers), 0, -1)
    return {
        THROUGH - timedelta(days=each): Decimal(number) for each, number in zip(days, numbers, strict=True)
    }


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ((0, 1, 2, 3, 4, 5, 6, 7), "▁▂▃▄▅▆▇█"),
        ((5, 5, 5), "███"),
        ((0, 0), "▁▁"),
        ((100, 0, 1), "█▁▁"),
        ((-50, 100), "▁█"),
        ((-50, -100), "▁▁"),
        (("0.000000001", "0.000000002"), "▅█"),
        ((7,), "█"),
        ((), ""),
    ],
)
def test_the_highest_day_is_a_full_block(numbers: tuple[int | str, ...], line: str) -> None:
    assert sparkline(back(*numbers), THROUGH) == line


def test_no_more_than_two_weeks_are_shown_the_newest_ones() -> None:
    assert sparkline(back(900, *range(14)), THROUGH) == "▁▂▂▃▃▄▄▅▅▆▆▇▇█"


def test_a_day_without_a_number_is_zero_and_one_before_all_is_left_out() -> None:
    days = {day("2026-11-18"): Decimal(4), day("2026-11-21"): Decimal(8)}
    assert sparkline(days, THROUGH) == "▅▁▁█"


def test_days_that_are_not_over_are_left_out() -> None:
    days = back(1, 2) | {THROUGH: Decimal(1000)}
    assert sparkline(days, THROUGH) == "▅█"
    assert sparkline({THROUGH: Decimal(1)}, THROUGH) == ""


NUMBERS = st.decimals(-1_000_000_000_000_000, 1_000_000_000_000_000, places=12)


@given(st.dictionaries(st.integers(1, 40).map(lambda each: THROUGH - timedelta(days=each)), NUMBERS))
def test_a_line_has_a_block_for_each_day(days: dict[datetime, Decimal]) -> None:
    line = sparkline(days, THROUGH)
    assert set(line) <= set("▁▂▃▄▅▆▇█")
    assert len(line) == (min(DAYS_SHOWN, (THROUGH - min(days)).days) if days else 0)
    shown = [days.get(THROUGH - timedelta(days=each), Decimal(0)) for each in range(len(line), 0, -1)]
    if line and max(shown) > 0:
        assert line[shown.index(max(shown))] == "█"
