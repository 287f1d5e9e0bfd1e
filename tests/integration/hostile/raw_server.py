"""A server that sends exactly the bytes that a test gives."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType

Conversation: TypeAlias = "Callable[[socket.socket, bytes], None]"

EMPTY_ANSWER = json.dumps({"success": True, "errors": [], "messages": [], "result": []}).encode()


class RawServer:
    """Listens on 127.0.0.1 between `with` and its end, for one connection after the other.

    Args:
        conversations: What to do with the first request, the second and so on; the last is repeated.
            Each gets the connection and the head of the request.
        tls: The TLS context, if connections are encrypted.
        until: What a request's head ends with.
    """

    def __init__(
        self, *conversations: Conversation, tls: ssl.SSLContext | None = None, until: bytes = b"\r\n\r\n"
    ) -> None:
        self._conversations = conversations
        self._until = until
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self.requests: list[bytes] = []
        self.connections = 0

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """The address to read usage from."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for connection in tuple(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                self.connections += 1
                self._connections.append(connection)
                with connection, contextlib.suppress(OSError):
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True)
        with connection:
            while head := self._head(connection):
                turn = min(len(self.requests), len(self._conversations) - 1)
                self.requests.append(head)
                self._conversations[turn](connection, head)
                if b"Connection: close" in head:
                    return

    def _head(self, connection: socket.socket) -> bytes:
        head = b""
        while self._until not in head:
            piece = connection.recv(65536)
            if not piece:
                return b""
            head += piece
        return head


def says(*pieces: bytes, then_closes: bool = True) -> Conversation:
    """Make a conversation of fixed bytes."""

    def conversation(connection: socket.socket, _head: bytes) -> None:
        for piece in pieces:
            connection.sendall(piece)
        if then_closes:
            connection.shutdown(socket.SHUT_RDWR)

    return conversation


def answer(body: bytes = EMPTY_ANSWER, *headers: str, status: str = "200 OK") -> bytes:
    """Write an answer with a length."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body
