"""Living through a story with the real check, hour by hour."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.unit.simulation.oracle import Oracle
from tests.unit.simulation.stage import Stage
from tests.unit.simulation.story import BRIEF, Fault, Plan, Story

# A day counts as complete from this long after its end on, and usage as old from that long after its own.
_SETTLE_LAG, _OLD = timedelta(hours=6), timedelta(hours=54)


@dataclass
class Life:
    """A story while it is lived.

    `messages` are what was sent, and when. `trace` is a line for each run, where one is wanted.
    """

    story: Story
    takes_every_tick: bool = False
    traces: bool = False
    runs: int = 0
    messages: list[tuple[str, str]] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    oracle: Oracle = field(init=False)
    _stage: Stage = field(init=False)
    _plans: dict[str, Plan] = field(default_factory=dict)
    _shown: int = 0
    _edited: int = 0
    _lived: object = None

    def __post_init__(self) -> None:
        self._stage = Stage(self.story)
        self.oracle = Oracle(self._stage)

    def live(self) -> None:
        """Take every tick at which anything can be otherwise than at the one before.

        Raises:
            AssertionError: an alert was lost, false, or sent twice, or a run failed for no reason.
        """
        missed, doubled = frozenset(self.story.missed), frozenset(self.story.doubled)
        for hour in range(self.story.hours):
            if hour in missed:
                continue
            now = self.story.tick(hour)
            faults = self._go_on_to(now)
            happened = self._state(now, faults)
            if happened == self._lived and not faults & BRIEF and not self.takes_every_tick:
                continue
            self._lived = happened
            self._stage.break_down(faults)
            for _ in range(2 if hour in doubled else 1):
                self._run(now, faults)
        left = [row.alert for row in self._stage.table.rows.values() if row.state == "CLAIMED"]
        assert not left, f"still owed: {left}"

    def _go_on_to(self, now: datetime) -> frozenset[Fault]:
        """Let happen what happens until an instant; give what is out of order then."""
        versions, edits = self.story.versions, self.story.edits
        while self._shown < len(versions) and versions[self._shown].shown_from <= now:
            self._stage.cloudflare.show(versions[self._shown])
            self._shown += 1
        while self._edited < len(edits) and edits[self._edited].at <= now:
            edit = edits[self._edited]
            self._plans.pop(edit.name, None)
            if edit.plan:
                self._plans[edit.name] = edit.plan
            self._edited += 1
        self._stage.configure(self._plans)
        return frozenset(out.fault for out in self.story.outages if out.start <= now < out.end)

    def _state(self, now: datetime, faults: frozenset[Fault]) -> object:
        """Give all that a run's outcome depends on, but for what earlier runs did."""
        through = self._stage.through(now)
        complete = min(through, now - _SETTLE_LAG).date()
        return self._shown, self._edited, faults, now.date(), complete, now - through > _OLD

    def _run(self, now: datetime, faults: frozenset[Fault]) -> None:
        self.runs += 1
        world = self._stage.world
        world.now = now
        before = len(world.topic.published)
        report = world.run()
        sent = world.topic.published[before:]
        self.messages += [(message.alert["alert_id"], f"{now:%m-%d %H}") for message in sent]
        if self.traces:
            said = [*report.failures, *(message.subject for message in sent)]
            self.trace.append(f"{now:%Y-%m-%d %H:%M} {', '.join(faults) or 'all is well'}: {'; '.join(said)}")
        assert not report.failures or faults, f"failed for no reason: {report.failures}"
        is_clean = not report.failures and Fault.NOBODY not in faults
        self.oracle.hear(now, self._plans, faults, is_clean=is_clean)
