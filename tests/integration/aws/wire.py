"""The wire between a client of AWS and AWS: what goes over it, and what goes wrong there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from botocore.client import BaseClient
from botocore.exceptions import ReadTimeoutError


class Kill(BaseException):
    """The process ends here: nothing may catch it."""


def timeout() -> Exception:
    """Make the error of an answer that does not come."""
    return ReadTimeoutError(endpoint_url="https://aws.invalid/")


@dataclass
class Wire:
    """One entry in `sent` for every attempt that is made, by operation.

    A fault in `before` keeps attempts from reaching AWS, one in `after` keeps the answer from coming
    back. Each is a list by operation: one fault an attempt, `None` for an attempt without.
    """

    sent: list[str] = field(default_factory=list)
    before: dict[str, list[BaseException | None]] = field(default_factory=dict)
    after: dict[str, list[BaseException | None]] = field(default_factory=dict)

    def going(self, event_name: str, **_: object) -> None:
        operation = event_name.rpartition(".")[2]
        self.sent.append(operation)
        _raise_next(self.before.get(operation))

    def coming_back(self, event_name: str, **_: object) -> None:
        _raise_next(self.after.get(event_name.rpartition(".")[2]))


def _raise_next(faults: list[BaseException | None] | None) -> None:
    fault = faults.pop(0) if faults else None
    if fault is not None:
        raise fault


@contextmanager
def wire_of(client: BaseClient) -> Iterator[Wire]:
    """Watch a client's wire. moto answers between the two handlers, so `after` means: AWS did it."""
    wire = Wire()
    events = client.meta.events
    events.register_first("before-send", wire.going)
    events.register_last("before-send", wire.coming_back)
    try:
        yield wire
    finally:
        events.unregister("before-send", wire.going)
        events.unregister("before-send", wire.coming_back)


Answer = dict[str, Any] | Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class _Status:
    status_code: int


@contextmanager
def answered(client: BaseClient, operation: str, answer: Answer) -> Iterator[list[Any]]:
    """Answer every call of an operation, with an error if it has the key `Error`; give the calls' bodies."""
    calls: list[Any] = []
    event = f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"

    def handler(params: dict[str, Any], **_: object) -> tuple[_Status, dict[str, Any]]:
        calls.append(params["body"])
        found = answer() if callable(answer) else answer
        return _Status(400 if "Error" in found else 200), {"ResponseMetadata": {}, **found}

    hook = cast("Callable[..., None]", handler)  # the stubs declare no hooks that answer
    client.meta.events.register(event, hook)
    try:
        yield calls
    finally:
        client.meta.events.unregister(event, hook)


def error(code: str) -> dict[str, Any]:
    """Make the answer of AWS that is an error."""
    return {"Error": {"Code": code, "Message": "words of AWS"}}
