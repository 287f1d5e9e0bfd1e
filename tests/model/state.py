"""Runs that deliver the same alerts at the same time, as a value: rows, runs, and who was told."""

from enum import Enum, auto
from typing import NamedTuple

from tests.model.rows import CLAIMED, NOBODY, Alert, Row, Rows

NOTHING: frozenset[int] = frozenset()


class Step(Enum):
    """The call that a run makes next."""

    SWEEP = auto()
    CLAIM = auto()
    PUBLISH = auto()
    RELEASE = auto()
    CONFIRM = auto()
    CONFIRM_ALONE = auto()
    SETTLE = auto()


_SENDING = frozenset({Step.PUBLISH, Step.CONFIRM, Step.CONFIRM_ALONE})


class Run(NamedTuple):
    """A run: what it makes next, for the first of its alerts; what it mentions, or has to settle."""

    step: Step
    alerts: tuple[Alert, ...]
    lower: frozenset[int] = NOTHING
    attempt: int = 0

    def next_alert(self, *, is_told: bool) -> "Run | None":
        """Go on; what an alert that is still owed tells alongside is not told by one of its own."""
        held = NOTHING if is_told else self.alerts[0].alongside
        alerts = tuple(alert for alert in self.alerts[1:] if alert.key not in held)
        return Run(Step.CLAIM, alerts) if alerts else None


class Budget(NamedTuple):
    """How often something may happen, or has happened: crashes, lost calls, zombies; refused messages."""

    crashes: int = 0
    faults: int = 0
    zombies: int = 0
    refusals: int = 0


class State(NamedTuple):
    """Everything: the rows, who runs, what is left, and what people got.

    `written` are the alerts whose sender saw its confirmation done. `stolen` counts claims taken from
    a run that still lived, `unsaid` copies that did not say that they may be some.
    """

    rows: Rows
    runs: tuple[Run | None, ...]
    started: int = 0
    spent: Budget = Budget()
    copies: tuple[int, ...] = ()
    told: frozenset[int] = NOTHING
    written: frozenset[int] = NOTHING
    stolen: int = 0
    rewritten: bool = False
    unsaid: bool = False


def is_sending(state: State, row: Row, key: int) -> bool:
    run = state.runs[row.owner] if row.owner != NOBODY else None
    return run is not None and run.step in _SENDING and run.alerts[0].key == key


def canonical(state: State) -> State:
    """Give states that differ only in the runs' places one form."""
    owned = [
        tuple(key for key, row in enumerate(state.rows) if row and row.owner == slot)
        for slot in range(len(state.runs))
    ]
    order = sorted(
        range(len(state.runs)),
        key=lambda slot: (state.runs[slot] is None, hash(state.runs[slot]), owned[slot]),
    )
    if order == sorted(order):
        return state
    place = {slot: position for position, slot in enumerate(order)} | {NOBODY: NOBODY}
    rows = tuple(row and row._replace(owner=place[row.owner]) for row in state.rows)
    return state._replace(rows=rows, runs=tuple(state.runs[slot] for slot in order))


def owed(rows: Rows) -> list[Alert]:
    return [
        Alert(key, row.lower)
        for key, row in enumerate(rows)
        if row is not None and row.state == CLAIMED and row.is_over
    ]


def put(rows: Rows, key: int, row: Row) -> Rows:
    return (*rows[:key], row, *rows[key + 1 :])


def at(state: State, slot: int, run: Run | None) -> State:
    runs = (*state.runs[:slot], run, *state.runs[slot + 1 :])
    if run is not None:
        return state._replace(runs=runs)
    rows = tuple(row._replace(owner=NOBODY) if row and row.owner == slot else row for row in state.rows)
    return state._replace(runs=runs, rows=rows)
