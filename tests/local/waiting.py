"""Waiting for asynchronous work of the local AWS, such as writing the log of a function."""

import time
from collections.abc import Callable

_TIMEOUT = 60.0


def eventually(is_so: Callable[[], bool], seconds: float = _TIMEOUT) -> bool:
    """Return whether a condition becomes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
