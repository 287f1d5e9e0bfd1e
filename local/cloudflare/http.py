"""HTTP messages of the local Cloudflare, their delivery, and JSON with exact Decimals."""

from __future__ import annotations

import json
import os
import select
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from http import HTTPStatus
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable


Breakage: TypeAlias = "Callable[[Reply, str], Reply]"

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | Decimal | bool | None"
Row: TypeAlias = "Mapping[str, Json]"


def render(value: Json) -> str:
    """Serialize to compact JSON; every digit of a Decimal is written, and not-a-number as NaN."""
    # Looked up by exact type, because one answer holds tens of thousands of values.
    return _RENDERERS.get(type(value), _render_any)(value)


def _render_any(value: Json) -> str:
    match value:
        case str():
            return encode_basestring(value)
        case int() | Decimal():
            return str(value)
        case Mapping():
            return _render_object(value)
        case None:
            return "null"
        case _:
            return "[" + ",".join(map(render, value)) + "]"


def _render_object(value: Mapping[str, Json]) -> str:
    return "{" + ",".join([f"{encode_basestring(key)}:{render(item)}" for key, item in value.items()]) + "}"


_RENDERERS: Mapping[type, Callable[[Any], str]] = {
    str: encode_basestring,
    bool: json.dumps,
    int: str,
    Decimal: str,
    dict: _render_object,
}


def render_rows(rows: Iterable[Row]) -> bytes:
    """Write rows as a JSON list one at a time, so that a long list needs little memory."""
    text = bytearray()
    for row in rows:
        text += b"," if text else b"["
        text += render(row).encode()
    return bytes(text or b"[") + b"]"


def parse(body: bytes) -> Json:
    """Read JSON, numbers with a point as Decimal."""
    parsed: Json = json.loads(body, parse_float=Decimal)
    return parsed


Delivery: TypeAlias = "Callable[[Wire, Reply], None]"

CHUNK_BYTES = 64 * 1024
_CHUNKED_ABOVE = 1024 * 1024
_LINGER_NOT_AT_ALL = struct.pack("ii", 1, 0)
_HEARTBEAT_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Wire:
    """The connection to one client; `closing` is set when the server stops."""

    connection: socket.socket
    closing: threading.Event

    def send(self, data: bytes | memoryview) -> None:
        """Send all of `data`; raises OSError after the client has disconnected."""
        self.connection.sendall(data)

    def pause(self, seconds: float) -> None:
        """Wait; raises ConnectionAbortedError when the server stops meanwhile."""
        if self.closing.wait(seconds):
            raise ConnectionAbortedError("the local Cloudflare is stopping")

    def hold(self) -> None:
        """Send nothing until the client disconnects or the server stops."""
        while not self.closing.wait(_HEARTBEAT_SECONDS):
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return

    def reset(self) -> None:
        """Close the connection with a TCP reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT_AT_ALL)
        os.close(self.connection.detach())


def whole(wire: Wire, reply: Reply) -> None:
    """Send the reply as it is: with its length when it is short, in chunks when it is long."""
    if reply.status == HTTPStatus.NO_CONTENT:
        wire.send(head(reply))
    elif len(reply.body) <= _CHUNKED_ABOVE:
        wire.send(head(reply, ("Content-Length", str(len(reply.body)))) + reply.body)
    else:
        wire.send(head(reply, ("Transfer-Encoding", "chunked")))
        _send_chunks(wire, reply.body)


def _send_chunks(wire: Wire, body: bytes) -> None:
    view = memoryview(body)
    for start in range(0, len(view), CHUNK_BYTES):
        wire.send(chunk(view[start : start + CHUNK_BYTES]))
    wire.send(chunk(b""))


def chunk(data: bytes | memoryview) -> bytes:
    """Frame `data` as one chunk; the empty chunk is the last."""
    return b"".join((b"%x\r\n" % len(data), data, b"\r\n"))


def head(reply: Reply, *framing: tuple[str, str]) -> bytes:
    """Write status line and headers; `framing` are the headers that define the body's end."""
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {reply.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in (*reply.headers, *framing)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


_SECRET_HEADERS = frozenset({"authorization", "x-auth-key"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived: header names in lower case, repeated parameters by their last."""

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
    """What a request is about; `path` is the part below `/accounts/{account_id}/`, if any."""

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
    """Wrap a result (JSON) in the envelope of version 1, where null stands for no errors."""
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
