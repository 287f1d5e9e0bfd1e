"""Waiting for what the local AWS does in its own time, such as writing a function's log when it has ended."""

import time
from collections.abc import Callable

_PATIENCE = 30.0  # seconds


def eventually(is_so: Callable[[], bool]) -> bool:
    """Tell whether something comes about; it is asked until it does."""
    deadline = time.monotonic() + _PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
