"""What arrives at the local Cloudflare and what goes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from local.cloudflare.json_text import render, render_rows
from local.cloudflare.wire import Delivery, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local.cloudflare.json_text import Json, Row

_SECRET_HEADERS = frozenset({"authorization", "x-auth-key"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived; header names in lower case, and of a repeated parameter the last counts."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @classmethod
    def of(cls, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes = b"") -> Request:
        """Take apart the request target, e.g. `/client/v4/accounts?from=2026-11-01`."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return cls(method, parts.path, query, {name.lower(): value for name, value in headers}, body)

    def redacted(self) -> Request:
        """Copy the request without the secrets, for the record."""
        headers = {name: "***" if name in _SECRET_HEADERS else value for name, value in self.headers.items()}
        return replace(self, headers=headers)


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about; the path is the one below `/accounts/{account_id}/`, if it is there at all."""

    method: str
    account_id: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply and the way it is delivered."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    deliver: Delivery = whole

    def with_header(self, name: str, value: str) -> Reply:
        """Copy the reply with this header set."""
        others = tuple(header for header in self.headers if header[0].lower() != name.lower())
        return replace(self, headers=(*others, (name, value)))


def success(result: bytes) -> Reply:
    """Wrap a result, already JSON text, in the envelope of a success."""
    return Reply(HTTPStatus.OK, b'{"errors":[],"messages":[],"result":%b,"success":true}' % result)


def success_with_nulls(result: bytes) -> Reply:
    """Wrap a result, already JSON text, in the envelope of Version 1, where null stands for no errors."""
    return Reply(HTTPStatus.OK, b'{"success":true,"errors":null,"messages":null,"result":%b}' % result)


def success_with_rows(rows: Iterable[Row]) -> Reply:
    """Wrap rows in the envelope of a success."""
    return success(render_rows(rows))


def failure(status: int, *errors: Json) -> Reply:
    """Wrap errors, each with a `message` and mostly a `code`, in the envelope of a failure."""
    return Reply(status, envelope_of_failure(*errors))


def envelope_of_failure(*errors: Json) -> bytes:
    """Write the envelope of a failure, whatever its status."""
    return render({"errors": errors, "messages": [], "result": None, "success": False}).encode()
