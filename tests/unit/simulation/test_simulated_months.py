"""Months on a fake clock, hour by hour: late and restated days, edits and outages; each breach told once."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.support.sizes import SIZE
from tests.unit.simulation.drawing import a_story
from tests.unit.simulation.life import Life
from tests.unit.simulation.shrinking import explained

pytestmark = pytest.mark.simulation
MONTHS = SIZE.simulated_months
AT_A_TIME = 50 if MONTHS <= 200 else 500  # among which everything that can happen does


@pytest.mark.parametrize("first", range(0, MONTHS, AT_A_TIME))
def test_every_breach_of_a_month_is_reported_exactly_once_and_no_other(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    kinds: Counter[str] = Counter()
    messages = 0
    seeds = range(first, min(first + AT_A_TIME, MONTHS))
    for seed in seeds:
        life = Life(a_story(seed))
        try:
            life.live()
        except AssertionError:
            pytest.fail(explained(life.story), pytrace=False)
        kinds += life.oracle.kinds
        messages += len(life.messages)
    assert {"threshold_crossed", "resolved", "fall", "period_closed", "problem"} <= kinds.keys()
    record_property("simulated months", len(seeds))
    record_property("messages in simulated months", messages)


@pytest.mark.parametrize("seed", [3, 14])
def test_the_ticks_that_are_left_out_would_have_changed_nothing(seed: int) -> None:
    story = a_story(seed)
    short, whole = Life(story), Life(story, takes_every_tick=True)
    short.live()
    whole.live()
    assert short.messages == whole.messages
    assert short.runs < whole.runs / 4
