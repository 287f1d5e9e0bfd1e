"""The spread of a level: days around the median, and rare days far from the level."""

from decimal import Decimal

from cloudflare_budgets.domain.timeseries.level import level_of


def spread_of(*numbers: int) -> Decimal:
    return level_of([Decimal(number) for number in numbers]).spread


def test_rare_days_far_from_the_level_widen_the_range() -> None:
    # The median of the deviations is zero, but the days to come contain such days too.
    assert spread_of(*[100] * 14) == 0
    assert spread_of(*[100] * 8, 250, *[100] * 5) > Decimal("0.15")


def test_however_far_a_rare_day_is_it_widens_the_range_alike() -> None:
    assert spread_of(*[100] * 8, 900, *[100] * 5) == spread_of(*[100] * 8, 90_000, *[100] * 5)
