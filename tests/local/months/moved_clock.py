"""Moves the clock of the process that imports this module, by the seconds in a file.

`FunctionClock` ships it to a deployed function in a layer of the test. A `.pth` file imports it before the
handler, so that every later `from datetime import datetime` gets the moved clock.
"""

import datetime as dt
import sys
import time
from pathlib import Path
from typing import Any

_OFFSET = Path(Path(__file__).with_name("offset_path").read_text())
_real_time = time.time
_Real: Any = dt.datetime


def moved_time() -> float:
    """Return the moved time as `time.time` does."""
    return _real_time() + float(_OFFSET.read_text())


class _AnyDatetime(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _Real)


class MovedDatetime(dt.datetime, metaclass=_AnyDatetime):
    """`datetime.datetime` with a moved clock; its instances are ordinary ones."""

    def __new__(cls, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - those of datetime
        return _Real.__new__(_Real, *arguments, **named)

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:  # noqa: ANN401 - an ordinary datetime
        # The local AWS refuses a request that is signed with another time than its own.
        caller = sys._getframe(1).f_globals["__name__"]  # noqa: SLF001 - the only way to know the caller
        return _Real.fromtimestamp(_real_time() if caller.startswith("botocore") else moved_time(), tz)


dt.datetime = MovedDatetime  # type: ignore[misc]
time.time = moved_time
