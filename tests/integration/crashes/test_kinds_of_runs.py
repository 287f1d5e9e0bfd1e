"""A fault at any call of a digest, or of a run that resolves, closes a period or resends, loses nothing."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.integration.aws.mailbox import Mailbox
from tests.integration.crashes.boundaries import Boundary, Fault, Kind, Side
from tests.integration.crashes.scenes import SCENES
from tests.integration.crashes.stage import Stage, stage_on
from tests.integration.crashes.trial import Trial, every_fault
from tests.support.sizes import SIZE

pytestmark = pytest.mark.crashes
IS_LONG = SIZE.has_every_fault
FEW = 10 if SIZE.has_all_calls else 5  # faults of each kind of run, besides lost answers


@pytest.fixture
def stage(
    monkeypatch: pytest.MonkeyPatch, topic_arn: str, mailbox: Mailbox, table_properties: Mapping[str, Any]
) -> Iterator[Stage]:
    with stage_on(monkeypatch, topic_arn, mailbox, table_properties) as stage:
        yield stage


@pytest.mark.parametrize("kind", SCENES)
def test_a_fault_at_any_call_of_a_kind_of_run_loses_no_alert(
    stage: Stage, kind: str, record_property: Callable[[str, object], None]
) -> None:
    scene = SCENES[kind]
    stage.begin()
    scene.prepare(stage)
    stage.event = scene.event
    start = stage.keep()
    stage.received()
    stage.types.clear()
    boundary = Boundary()
    assert stage.run(boundary)
    expected = stage.received()
    assert set(expected.values()) == {1}
    assert stage.types >= scene.types

    trial = Trial(stage, frozenset(expected), start)
    faults = every_fault(boundary.names) if IS_LONG else list(_few(boundary.names))
    for fault in faults:
        trial.once(fault, clean=1 + IS_LONG)
    record_property("faults in digests and other kinds of runs", len(faults))


def _few(names: list[str]) -> Iterator[Fault]:
    """Yield different faults at some calls, and a lost answer of each publish and each page."""
    faults = every_fault(names)
    yield from faults[:: len(faults) // FEW]
    for call, name in enumerate(names):
        if name in {"sns.Publish", "s3.PutObject"}:
            yield Fault(call, Side.AFTER, Kind.CUT_OFF)
