"""A wall-clock limit for calls that have no such limit themselves."""

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class DeadlinePassedError(Exception):
    """The call did not return in time."""


def run_within(seconds: float, call: Callable[[], T], abandon: Callable[[], None]) -> T:
    """Return the result of a call, which runs in its own thread for at most so many seconds.

    A socket timeout restarts with every byte that arrives; this limit does not. When it is reached,
    `abandon` must make the call fail soon, so that its thread ends. The thread is not joined.

    Raises:
        DeadlinePassedError: the call took too long.
        BaseException: any exception of the call.
    """
    results: list[T] = []
    ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
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
