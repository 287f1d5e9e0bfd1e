"""Planner, worker, sender and audit that fail at any call: nothing is lost, a copy needs a death or a fault.

Here the real handlers run, between queues that deliver a message again after it was hidden. The size `slow`
tries every fault at every call of the first hour, and in pairs.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

import pytest

from tests.integration.aws.mailbox import Mailbox
from tests.integration.crashes.boundaries import Boundary, Fault, Kind, Side, at
from tests.integration.crashes.lock_step import LockStep, by_chance
from tests.integration.crashes.many_accounts.hours import Hours, hours_on, record
from tests.integration.crashes.trial import Trial, every_fault
from tests.support.sizes import SIZE

pytestmark = pytest.mark.crashes
IS_LONG = SIZE.has_every_fault
PARTS = 20  # of the long form
TRIALS = SIZE.interleavings // 40  # an AWS in memory takes its time
FEW = 8 if SIZE.has_all_calls else 4  # faults of the short form, beside those around the first publish

# Every call of a first hour, by service. Update this list when a call is added or removed.
CALLS = {"ssm": 19, "cloudflare": 9, "dynamodb": 68, "sns": 8, "sqs": 16}
MESSAGES = 5  # two budgets for two accounts, and a budget that is invalid

Record = Callable[[str, object], None]


@pytest.fixture
def hours(
    monkeypatch: pytest.MonkeyPatch, topic_arn: str, mailbox: Mailbox, table_properties: Mapping[str, Any]
) -> Iterator[Hours]:
    with hours_on(monkeypatch, topic_arn, mailbox, table_properties) as hours:
        yield hours


@pytest.fixture
def names(hours: Hours) -> list[str]:
    """Every call of a first hour without a fault."""
    hours.begin()
    boundary = Boundary()
    assert hours.run(boundary)
    return boundary.names


@pytest.fixture
def trial(hours: Hours, names: list[str]) -> Trial:  # noqa: ARG001 - the hour that they are the calls of
    told = hours.received()
    assert set(told.values()) == {1}
    return Trial(hours, frozenset(told))


def test_every_call_that_leaves_an_hour_is_known(hours: Hours, names: list[str]) -> None:
    assert len(hours.received()) == MESSAGES
    assert dict(Counter(name.partition(".")[0] for name in names)) == CALLS


def test_a_fault_at_any_call_of_an_hour_loses_no_alert(
    trial: Trial, names: list[str], record_property: Record
) -> None:
    faults = every_fault(names) if IS_LONG else list(_few(names))
    for fault in faults:
        trial.once(fault, clean=1 + IS_LONG)
    record_property("faults in hours of many accounts", len(faults))


def _few(names: list[str]) -> Iterator[Fault]:
    """Yield different faults at calls chosen by chance, and deaths and a lost answer around a publish."""
    yield from Random(FEW).sample(every_fault(names), FEW)
    first = names.index("sns.Publish")
    yield Fault(first, Side.BEFORE, Kind.KILLED)
    yield from (Fault(first, Side.AFTER, kind) for kind in (Kind.KILLED, Kind.CUT_OFF))


@pytest.mark.parametrize("part", range(PARTS) if IS_LONG else [])
def test_two_faults_in_consecutive_hours_lose_no_alert(
    trial: Trial, names: list[str], part: int, record_property: Record
) -> None:
    tried = sum(trial.after_one_another(first) for first in every_fault(names)[part :: PARTS * 10])
    record_property("pairs of faults in hours of many accounts", tried)


@pytest.mark.model
def test_handlers_at_the_same_time_send_each_alert_once(hours: Hours, record_property: Record) -> None:
    hours.begin()
    assert hours.run()
    alone = hours.received()
    for seed in range(TRIALS):
        hours.begin()
        at_the_same_time(hours, by_chance(seed))
        hours.deliver("jobs")
        hours.deliver("alerts")
        assert hours.run(), seed
        assert hours.received() == alone, seed
    record_property("interleavings of planner, workers, senders and audit", TRIALS)


def at_the_same_time(hours: Hours, choose: Callable[[Sequence[int], int], int]) -> None:
    """Let a planner, workers, senders and an audit run from call to call, as `choose` says."""
    hours.invoke("check_budgets", hours.event)
    hours.invoke("plan_checks", {"action": "plan"})
    first, second = hours.receive("jobs"), hours.receive("jobs")
    announced = {
        "Records": [record({"MessageId": "1", "ReceiptHandle": "1", "Body": "{}", "Attributes": {}})]
    }
    work = (
        partial(hours.consume, "jobs", first),
        partial(hours.consume, "jobs", second),
        partial(hours.consume, "jobs", first),  # a job that is delivered twice
        partial(hours.invoke, "send_alerts", announced),
        partial(hours.invoke, "send_alerts", announced),
        partial(hours.invoke, "plan_checks", {"action": "plan"}),
        partial(hours.invoke, "check_budgets", hours.event),
    )
    turns = LockStep(len(work), choose)

    def run(number: int) -> None:
        with at(Boundary(None, turns, number)):
            work[number]()

    turns.all_of(run)
