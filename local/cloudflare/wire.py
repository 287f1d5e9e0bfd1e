"""One connection to a client: how a reply goes out, and what can be done to the connection instead."""

from __future__ import annotations

import os
import select
import socket
import struct
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from local.cloudflare.calls import Reply

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
        """Send all of `data`; raises OSError once the client has gone."""
        self.connection.sendall(data)

    def pause(self, seconds: float) -> None:
        """Wait; raises ConnectionAbortedError when the server stops meanwhile."""
        if self.closing.wait(seconds):
            raise ConnectionAbortedError("the local Cloudflare is stopping")

    def hold(self) -> None:
        """Say nothing until the client hangs up or the server stops."""
        while not self.closing.wait(_HEARTBEAT_SECONDS):
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return

    def reset(self) -> None:
        """Hang up with a TCP reset instead of a goodbye."""
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
    """Write the status line and headers; `framing` says how the body's end is to be found."""
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {reply.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in (*reply.headers, *framing)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
