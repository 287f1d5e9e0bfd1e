"""A run that fails at any call to AWS or Cloudflare: nothing is lost, a copy needs a crash or a lost answer.

The size `slow` tries every fault at every call, in two runs after one another and at the same time.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.integration.aws.mailbox import Mailbox
from tests.integration.crashes.boundaries import Boundary, Fault, Kind, Side, faults_at
from tests.integration.crashes.stage import Stage, stage_on
from tests.integration.crashes.trial import Trial, every_fault, few_faults, other_faults
from tests.support.sizes import SIZE

pytestmark = pytest.mark.crashes
IS_LONG = SIZE.has_every_fault
PARTS = 40  # of the long form: moto keeps every table until its end
PAIRS = 80  # at least this number of consecutive faults in each part; the total is printed at the end

Record = Callable[[str, object], None]

# Every call of a first run, by service. Update this list when a call is added or removed.
CALLS = {"ssm": 5, "cloudflare": 4, "dynamodb": 17, "sns": 5}
REQUESTS_OF_ANALYTICS = 9
MESSAGES = 3  # two budgets of which one has a spike of the same metric, and a budget that is invalid


@pytest.fixture
def stage(
    monkeypatch: pytest.MonkeyPatch, topic_arn: str, mailbox: Mailbox, table_properties: Mapping[str, Any]
) -> Iterator[Stage]:
    with stage_on(monkeypatch, topic_arn, mailbox, table_properties) as stage:
        yield stage


@pytest.fixture
def names(stage: Stage) -> list[str]:
    """Every call of a run without a fault."""
    stage.begin()
    boundary = Boundary()
    assert stage.run(boundary)
    return boundary.names


@pytest.fixture
def trial(stage: Stage, names: list[str]) -> Trial:  # noqa: ARG001 - the run that they are the calls of
    told = stage.received()
    assert set(told.values()) == {1}
    return Trial(stage, frozenset(told))


def test_every_call_that_leaves_a_run_is_known(stage: Stage, names: list[str]) -> None:
    assert len(stage.received()) == MESSAGES
    assert dict(Counter(name.partition(".")[0] for name in names)) == CALLS


@pytest.fixture
def fresh_trial(
    monkeypatch: pytest.MonkeyPatch, topic_arn: str, mailbox: Mailbox, table_properties: Mapping[str, Any]
) -> Iterator[tuple[Trial, list[str]]]:
    """A trial whose runs read analytics too, and every call of a run without a fault."""
    with stage_on(monkeypatch, topic_arn, mailbox, table_properties, "auto") as stage:
        stage.begin()
        boundary = Boundary()
        assert stage.run(boundary)
        told = stage.received()
        assert set(told.values()) == {1}
        yield Trial(stage, frozenset(told)), boundary.names


def test_a_fault_at_any_call_of_a_run_that_reads_analytics_loses_no_alert(
    fresh_trial: tuple[Trial, list[str]], record_property: Record
) -> None:
    trial, names = fresh_trial
    assert sum(name.startswith("analytics.") for name in names) >= REQUESTS_OF_ANALYTICS
    faults = every_fault(names) if IS_LONG else list(few_faults(names))
    if not SIZE.has_all_calls:  # the other calls fail in a run without analytics, below
        faults = [fault for fault in faults if names[fault.call].startswith("analytics.")]
    for fault in faults:
        trial.once(fault, clean=1 + IS_LONG)
    record_property("faults in a run that reads analytics", len(faults))


def test_a_run_without_an_answer_of_analytics_is_complete(fresh_trial: tuple[Trial, list[str]]) -> None:
    trial, names = fresh_trial
    calls = [call for call, name in enumerate(names) if name.startswith("analytics.")]
    kinds = (Kind.CUT_OFF, Kind.BROKEN, Kind.THROTTLED, Kind.DENIED)
    for number, call in enumerate(calls):
        for kind in kinds if SIZE.has_all_calls else (kinds[number % len(kinds)],):
            trial.stage.begin()
            assert trial.stage.run(Boundary(Fault(call, Side.BEFORE, kind)))
            trial.stage.received()


def test_a_fault_at_any_call_loses_no_alert(trial: Trial, names: list[str], record_property: Record) -> None:
    faults = every_fault(names) if IS_LONG else list(few_faults(names))
    for fault in faults:
        trial.once(fault, clean=1 + IS_LONG)
    record_property("faults in a run", len(faults))


def test_a_fault_in_one_of_two_concurrent_runs_loses_no_alert(
    trial: Trial, names: list[str], record_property: Record
) -> None:
    faults = every_fault(names) if IS_LONG else faults_at(names.index("sns.Publish"))
    for fault in faults:
        trial.at_the_same_time(fault, None)
    record_property("faults in one of two runs at the same time", len(faults))


@pytest.mark.parametrize("part", range(PARTS) if IS_LONG else [])
def test_two_consecutive_faults_lose_no_alert(
    trial: Trial, names: list[str], part: int, record_property: Record
) -> None:
    tried = sum(trial.after_one_another(first) for first in every_fault(names)[part::PARTS])
    assert tried >= PAIRS
    record_property("pairs of faults in runs after one another", tried)


@pytest.mark.parametrize("part", range(PARTS) if IS_LONG else [])
def test_two_simultaneous_faults_lose_no_alert(
    trial: Trial, names: list[str], part: int, record_property: Record
) -> None:
    pairs = [
        (first, second)
        for first in every_fault(names)[part::PARTS]
        for second in itertools.islice(other_faults(first), first.call % 8, len(names), 8)
    ]
    for first, second in pairs:
        trial.at_the_same_time(first, second)
    record_property("pairs of faults in runs at the same time", len(pairs))
