"""Several runs at the same time, one step at a time: the same chances give the same order."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

_PATIENCE = 60.0  # seconds without a step, after which something is wrong with a test


def in_turn(waiting: Sequence[int], last: int) -> int:
    """Choose the next one after the last, round and round."""
    return next((run for run in waiting if run > last), waiting[0])


def by_chance(seed: int) -> Callable[[Sequence[int], int], int]:
    """Choose anybody."""
    chance = Random(seed)
    return lambda waiting, _: chance.choice(waiting)


@dataclass
class LockStep:
    """Lets one run at a time go on, from one step to its next; `choose` says which, of those not over."""

    runs: int
    choose: Callable[[Sequence[int], int], int] = in_turn
    _turn: int = 0
    _over: set[int] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def step(self, run: int) -> None:
        """Let somebody go on, and return when it is this run's turn."""
        with self._changed:
            self._pass_on()
            self._wait(run)

    def all_of(self, work: Callable[[int], None]) -> None:
        """Do the work of each run in a thread of its own, and wait for all."""
        threads = [threading.Thread(target=self._run, args=(work, run)) for run in range(self.runs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _run(self, work: Callable[[int], None], run: int) -> None:
        with self._changed:
            self._wait(run)
        try:
            work(run)
        finally:
            with self._changed:
                self._over.add(run)
                self._pass_on()

    def _pass_on(self) -> None:
        waiting = [run for run in range(self.runs) if run not in self._over]
        if waiting:
            self._turn = self.choose(waiting, self._turn)
        self._changed.notify_all()

    def _wait(self, run: int) -> None:
        assert self._changed.wait_for(lambda: self._turn == run, _PATIENCE), f"run {run} waits in vain"
