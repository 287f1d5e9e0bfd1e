"""Trials: runs with faults, then runs without; everything must be sent, and copied only after a fault."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.integration.crashes.boundaries import Boundary, Fault, Kind, Side, faults_at
from tests.integration.crashes.lock_step import LockStep
from tests.integration.crashes.stage import Cached, Stage


@dataclass
class Trial:
    """Faulty runs, and then ones without; `expected` is what people must get in all.

    Each begins with what the table held at the `start`, or with an empty table.
    """

    stage: Stage
    expected: frozenset[str]
    start: Cached | None = None

    def once(self, fault: Fault, clean: int = 1) -> None:
        """Let one run have a fault."""
        self._begin()
        self._assert_everything_was_sent([self._run_alone(fault)], clean=clean)

    def after_one_another(self, first: Fault) -> int:
        """Let a run have a fault, and then another at each call of the next; count those."""
        self._begin()
        boundary = self._run_alone(first)
        kept, copies = self.stage.keep(), self.stage.received()
        for count, second in enumerate(other_faults(first)):
            self.stage.return_to(kept)
            boundaries = [boundary, self._run_alone(second)]
            self._assert_everything_was_sent(boundaries, copies)
            if not boundaries[1].was_struck:
                return count
        raise AssertionError(first)

    def at_the_same_time(self, *faults: Fault | None) -> None:
        """Let runs with a fault each go on by turns, from call to call."""
        self._begin()
        turns = LockStep(len(faults))
        boundaries = [Boundary(fault, turns, run) for run, fault in enumerate(faults)]

        def run(number: int) -> None:
            self.stage.run(boundaries[number])

        turns.all_of(run)
        self.stage.wait_after(boundaries)
        self._assert_everything_was_sent(boundaries)

    def _begin(self) -> None:
        if self.start is None:
            self.stage.begin()
        else:
            self.stage.return_to(self.start)

    def _run_alone(self, fault: Fault) -> Boundary:
        boundary = Boundary(fault)
        self.stage.run(boundary)
        self.stage.wait_after([boundary])
        return boundary

    def _assert_everything_was_sent(
        self, boundaries: Sequence[Boundary], earlier: Counter[str] | None = None, clean: int = 1
    ) -> None:
        faults = [boundary.fault for boundary in boundaries]
        for _ in range(clean):
            assert self.stage.run(), faults
        copies = (earlier or Counter()) + self.stage.received()
        lost = [self.stage.subjects[alert_id] for alert_id in self.expected - set(copies)]
        assert lost == [], faults
        others = [self.stage.subjects[alert_id] for alert_id in set(copies) - self.expected]
        # A refusal of Cloudflare or of a secret is a problem, and after a day that passes, daily problems are
        # sent again.
        is_problem = any(boundary.was_denied("cloudflare.", "ssm.GetParameter") for boundary in boundaries)
        assert others == [] or is_problem, (faults, others)
        more = {self.stage.subjects[alert_id]: count - 1 for alert_id, count in copies.items() if count > 1}
        assert sum(more.values()) <= sum(boundary.may_copy for boundary in boundaries), (faults, more)


def few_faults(names: Sequence[str]) -> Iterator[Fault]:
    """Let one thing go wrong at each call, by turns; around each publish whatever is open to doubt."""
    for call, name in enumerate(names):
        yield faults_at(call)[call % len(faults_at(call))]
        if name == "sns.Publish":
            yield from (Fault(call, Side.AFTER, kind) for kind in (Kind.KILLED, Kind.CUT_OFF))


def every_fault(names: Sequence[str]) -> list[Fault]:
    return [fault for call in range(len(names)) for fault in faults_at(call)]


def other_faults(first: Fault) -> Iterator[Fault]:
    """Find a fault for each call of another run: every fault of it meets every one, over all first ones."""
    kinds = faults_at(0)
    position = kinds.index(Fault(0, first.side, first.kind))
    for call in itertools.count():
        other = kinds[(position + first.call + call) % len(kinds)]
        yield Fault(call, other.side, other.kind)
