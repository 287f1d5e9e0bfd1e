"""Every state that a system can reach, in whatever order things happen; the shortest way to a wrong one."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Explored(Generic[State]):
    """How many states there are, how many of them are ends, and the way to the first wrong one, if any."""

    states: int
    ends: int
    wrong: str | None = None
    trace: tuple[str, ...] = ()


def explore(
    start: State,
    steps: Callable[[State], Iterable[tuple[str, State]]],
    wrong: Callable[[State, bool], str | None],
) -> Explored[State]:
    """Visit states breadth first.

    `steps` names what can happen in a state and what it leads to; where nothing can, it is an end.
    `wrong` says what is wrong with a state, told whether it is an end.
    """
    came_by: dict[State, tuple[State, str] | None] = {start: None}
    waiting = deque([start])
    ends = 0
    while waiting:
        state = waiting.popleft()
        is_end = True
        for name, following in steps(state):
            is_end = False
            if following not in came_by:
                came_by[following] = (state, name)
                waiting.append(following)
        ends += is_end
        fault = wrong(state, is_end)
        if fault is not None:
            return Explored(len(came_by), ends, fault, _trace(came_by, state))
    return Explored(len(came_by), ends)


def _trace(came_by: dict[State, tuple[State, str] | None], state: State) -> tuple[str, ...]:
    names: list[str] = []
    while (before := came_by[state]) is not None:
        state, name = before
        names.append(name)
    return tuple(reversed(names))
