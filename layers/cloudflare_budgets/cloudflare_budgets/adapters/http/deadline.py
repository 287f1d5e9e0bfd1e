"""A limit on the wall clock for calls that have none of their own."""

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class DeadlinePassedError(Exception):
    """The call did not come back in time."""


def run_within(seconds: float, call: Callable[[], T], abandon: Callable[[], None]) -> T:
    """Run a call in a thread of its own, and give up on it after so many seconds.

    Timeouts of sockets start anew with every byte that drips in; this one does not. `abandon` is to
    make the call fail soon, so that its thread ends; nobody waits for it.

    Raises:
        DeadlinePassedError: the call was given up.
        BaseException: whatever the call raised.
    """
    results: list[T] = []
    ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            ended.put(error)
        else:
            ended.put(None)

    threading.Thread(target=run, daemon=True).start()
    try:
        error = ended.get(timeout=max(0.0, seconds))
    except queue.Empty:
        abandon()
        raise DeadlinePassedError from None
    if error is not None:
        raise error
    return results[0]
