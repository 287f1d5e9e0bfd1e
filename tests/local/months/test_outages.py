"""Outages of hours to weeks at a month's end, on the clock of a deployed stack: all is reported once."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest

from tests.local.months.stage import DAY, HOUR, OUTAGES, Stage
from tests.support.sizes import SIZE

pytestmark = pytest.mark.simulation
# A run is complete although usage is refused, or alerts are held.
COMPLETE = {"the token", "the subscribers"}
LENGTHS = (timedelta(hours=6), timedelta(days=3), timedelta(days=20))
STORIES = [
    pytest.param(what, length, id=f"{what} for {length}")
    for what, length in product(OUTAGES, LENGTHS if SIZE.has_every_fault else LENGTHS[-1:])
]


@pytest.mark.parametrize(("what", "length"), STORIES)
def test_a_crossing_and_an_end_within_an_outage_are_reported_once_afterwards(
    moved_stack: Stage, what: str, length: timedelta
) -> None:
    stage = moved_stack
    month, end = stage.next_month()
    # The limit is reached by the last day, which is shown when the month is over.
    stage.costs[end - DAY] = Decimal(20)
    assert stage.check_at(month + 5 * DAY)
    assert stage.check_at(end - 3 * DAY)

    begin = end - 2 * DAY + 12 * HOUR
    with stage.outage_of(what):
        during = [stage.check_at(begin + length * part) for part in (0.01, 0.99)]
    assert during[-1] is (what in COMPLETE or (length < DAY and what == "the topic"))
    assert stage.told("period_closed", month) == []
    later = max(begin + length, end + 2 * DAY)
    for now in (begin + length + HOUR, later + DAY, later + 2 * DAY):
        assert stage.check_at(now), stage.failures[-1]

    assert stage.thresholds(month) == {"50%", "80%", "100%"}
    assert stage.thresholds(end) == stage.reached(end, end + 31 * DAY)
    assert len(stage.told("period_closed", month)) == 1
    assert max(Counter(each["alert_id"] for each in stage.mails).values()) == 1
    kinds = {each["problem"]["kind"] for each in stage.mails if each["type"] == "problem"}
    assert kinds <= {"access_denied", "prices_outdated", "digest_missing", "no_operations_subscriber"}
