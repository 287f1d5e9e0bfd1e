"""Every call of a run that leaves the process, and what can go wrong before it and after it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum, auto
from itertools import product
from typing import Protocol


class Side(StrEnum):
    """Whether the other side never heard of a call, or did what it was asked."""

    BEFORE = auto()
    AFTER = auto()


class Kind(StrEnum):
    """What goes wrong."""

    KILLED = auto()  # the process ends
    CUT_OFF = auto()  # no answer comes
    BROKEN = auto()  # a 5xx, whether or not the other side did it
    THROTTLED = auto()
    DENIED = auto()


_REFUSALS = frozenset({Kind.THROTTLED, Kind.DENIED})  # the other side surely did nothing


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, at the call with this number, counted from 0."""

    call: int
    side: Side
    kind: Kind


def faults_at(call: int) -> list[Fault]:
    """List everything that can go wrong at a call."""
    return [
        Fault(call, side, kind)
        for kind, side in product(Kind, Side)
        if side is Side.BEFORE or kind not in _REFUSALS
    ]


class Turns(Protocol):
    """Decides when a run that is about to call, or has been answered, goes on."""

    def step(self, run: int) -> None:
        """Return when it is this run's turn."""


@dataclass
class Boundary:
    """The calls of one run, by name in `names`, and the fault that strikes at one of them."""

    fault: Fault | None = None
    turns: Turns | None = None
    run: int = 0
    names: list[str] = field(default_factory=list)

    @property
    def may_copy(self) -> bool:
        """Whether the fault may make a copy: it ended the run, left something open, or kept a
        message that had gone out from being confirmed.
        """
        if self.fault is None or not self.was_struck:
            return False
        follows_publish = self.fault.call > 0 and self.names[self.fault.call - 1] == "sns.Publish"
        return self.fault.kind not in _REFUSALS or follows_publish

    @property
    def was_struck(self) -> bool:
        """Whether the run came as far as the fault."""
        return self.fault is not None and self.fault.call < len(self.names)

    def was_denied(self, *calls: str) -> bool:
        """Whether the fault denied one of the calls that begin so."""
        if self.fault is None or not self.was_struck or self.fault.kind is not Kind.DENIED:
            return False
        return self.names[self.fault.call].startswith(calls)

    def leaving(self, name: str) -> Kind | None:
        """Count a call, and return the fault that occurs before it arrives."""
        self._take_turn()
        self.names.append(name)
        return self._struck(Side.BEFORE)

    def returning(self) -> Kind | None:
        """Return the fault that occurs after the call took effect."""
        kind = self._struck(Side.AFTER)
        self._take_turn()
        return kind

    def _take_turn(self) -> None:
        if self.turns is not None:
            self.turns.step(self.run)

    def _struck(self, side: Side) -> Kind | None:
        fault = self.fault
        strikes = fault is not None and (fault.call, fault.side) == (len(self.names) - 1, side)
        return fault.kind if fault and strikes else None


class Seat(threading.local):
    """The boundary of the run that this thread is at, if any."""

    boundary: Boundary | None = None


SEAT = Seat()


@contextmanager
def at(boundary: Boundary) -> Iterator[Boundary]:
    """Let this thread's calls pass a boundary."""
    SEAT.boundary = boundary
    try:
        yield boundary
    finally:
        SEAT.boundary = None
