"""Months in which analytics and billing differ: provisional crossings are confirmed, none is lost."""

from collections.abc import Callable

import pytest

from tests.support.sizes import SIZE
from tests.unit.simulation.fresh.life import Life
from tests.unit.simulation.fresh.month import a_first_use, a_month

pytestmark = pytest.mark.simulation
MONTHS = SIZE.fresh_months
# With the whole of what analytics count, some of these would not be confirmed.
NEW_METRICS = range(95, 395 if MONTHS > 200 else 110)
AT_A_TIME = 20 if MONTHS <= 200 else 2_000


@pytest.mark.parametrize("first", range(0, MONTHS, AT_A_TIME))
def test_billing_confirms_provisional_crossings_and_every_threshold_is_sent_once(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    provisional, false = 0, []
    for seed in range(first, first + AT_A_TIME):
        life = Life(a_month(seed))
        life.live()
        total, limit = life.month.total(), life.month.limit
        percents = [each.percent for each in life.crossed]
        reached = [percent for percent in life.month.percents if total * 100 >= limit * percent]
        assert max(percents, default=0) >= max(reached, default=0), f"lost in month {seed}"
        assert life.ended or len(percents) == len(set(percents)), f"repeated in month {seed}"
        provisional += sum(each.is_provisional for each in life.crossed)
        if life.ended or any(total * 100 < limit * percent for percent in percents):
            false.append(seed)
    assert provisional >= AT_A_TIME // 2
    assert len(false) <= AT_A_TIME // 1_000, f"not confirmed in months {false}"
    record_property("months with analytics", AT_A_TIME)
    record_property("provisional crossings in them", provisional)
    record_property("months whose provisional crossing billing did not confirm", len(false))


@pytest.mark.parametrize("seed", [1, 6, 11])
def test_checks_that_are_left_out_report_nothing(seed: int) -> None:
    some, all_checks = Life(a_month(seed)), Life(a_month(seed))
    some.live()
    all_checks.live(checks_always=True)
    assert (some.crossed, some.ended) == (all_checks.crossed, all_checks.ended)
    assert some.checks < all_checks.checks


# The row of the day of the crossing appears later than the rows of the two days after it.
@pytest.mark.parametrize("seed", [4305, 6533, 8388, 9731])
def test_a_late_row_does_not_end_the_crossing_of_its_day(seed: int) -> None:
    life = Life(a_month(seed))
    life.live()
    assert life.crossed[0].is_provisional
    assert life.ended == 0


def test_thresholds_that_are_still_reached_are_not_sent_again_after_a_higher_one_was_not_confirmed() -> None:
    life = Life(a_month(2493))
    life.live()
    assert life.ended == 1
    assert [each.percent for each in life.crossed] == [50, 80, 100, 100]


@pytest.mark.parametrize(
    ("metric", "kind"), [("d1_rows_written", "estimate"), ("durable_objects_storage_rows_read", "exact")]
)
def test_billing_confirms_crossings_of_a_new_metric_that_analytics_count_within_a_tenth(
    metric: str, kind: str
) -> None:
    provisional = 0
    for seed in NEW_METRICS:
        life = Life(a_first_use(seed, metric, kind, (0.9, 1.1)))
        life.live()
        total, limit = life.month.total(), life.month.limit
        assert bool(life.crossed) == (total >= limit), f"month {seed}"
        assert life.ended == 0, f"month {seed}"
        provisional += any(each.is_provisional for each in life.crossed)
    assert provisional >= len(NEW_METRICS) // 5
