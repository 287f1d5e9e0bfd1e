"""Counts the calls of a check to AWS, by operation."""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any

from botocore.client import BaseClient

_CALLS: Counter[str] = Counter()
_Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
_make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined] # noqa: SLF001 - the only place


def _counted(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
    _CALLS[operation] += 1
    return _make_api_call(client, operation, arguments)


BaseClient._make_api_call = _counted  # type: ignore[attr-defined] # noqa: SLF001 - through which each call goes


def with_calls(handler: _Handler) -> _Handler:
    """Return a handler whose reply also has `calls`: the number of calls by operation."""

    @wraps(handler)
    def counting(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - as Lambda gives it
        _CALLS.clear()
        return handler(event, context) | {"calls": dict(_CALLS)}

    return counting
