"""Concurrent runs in threads, one step at a time, in an order that a seed repeats."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

_PATIENCE = 60.0  # seconds that a run waits for its turn before the test fails


def in_turn(waiting: Sequence[int], last: int) -> int:
    """Choose the run after the last one, round and round."""
    return next((run for run in waiting if run > last), waiting[0])


def by_chance(seed: int) -> Callable[[Sequence[int], int], int]:
    """Choose runs at random, always the same ones for the same seed."""
    chance = Random(seed)
    return lambda waiting, _: chance.choice(waiting)


@dataclass
class LockStep:
    """Lets one run at a time continue to its next step.

    `choose` gets the runs that have not ended and the last one, and returns the run that continues. Only the
    run that has the turn touches the fields, so they need no lock.
    """

    runs: int
    choose: Callable[[Sequence[int], int], int] = in_turn
    _turn: int = 0
    _over: set[int] = field(default_factory=set)
    _gates: list[threading.Semaphore] = field(init=False)  # one a run, so that each step wakes one thread

    def __post_init__(self) -> None:
        """Close the gate of each run."""
        self._gates = [threading.Semaphore(0) for _ in range(self.runs)]

    def step(self, run: int) -> None:
        """Give the turn away, and return when it is this run's turn again."""
        self._pass_on()
        self._wait(run)

    def all_of(self, work: Callable[[int], None]) -> None:
        """Do the work of each run in its own thread, and wait until all have ended."""
        threads = [threading.Thread(target=self._run, args=(work, run)) for run in range(self.runs)]
        for thread in threads:
            thread.start()
        self._gates[self._turn].release()
        for thread in threads:
            thread.join()

    def _run(self, work: Callable[[int], None], run: int) -> None:
        self._wait(run)
        try:
            work(run)
        finally:
            self._over.add(run)
            self._pass_on()

    def _pass_on(self) -> None:
        waiting = [run for run in range(self.runs) if run not in self._over]
        if waiting:
            self._turn = self.choose(waiting, self._turn)
            self._gates[self._turn].release()

    def _wait(self, run: int) -> None:
        assert self._gates[run].acquire(timeout=_PATIENCE), f"run {run} waits in vain"
