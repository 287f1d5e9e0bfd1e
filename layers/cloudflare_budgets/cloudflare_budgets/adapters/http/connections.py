"""Connections: TLS verified, without proxies, closed by another thread after a deadline."""

import contextlib
import socket
import threading
import weakref
from collections.abc import Iterator

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from cloudflare_budgets.adapters.http.tls import tls_context


class Connections:
    """Creates a connection pool and tracks its connections, so that a thread can close them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: weakref.WeakSet[HTTPConnection] = weakref.WeakSet()
        # A connection drops its socket before it reads an answer that ends with the connection.
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def pool(self) -> PoolManager:
        """Return a pool that trusts certifi's authorities only and ignores environment proxies."""
        manager = PoolManager(
            num_pools=1,
            maxsize=1,
            retries=False,
            ssl_context=tls_context(certifi.where()),
        )
        manager.pool_classes_by_scheme = self._pool_classes()
        return manager

    def cut(self) -> None:
        """Shut down every connection, so that a thread that waits on one gets an error."""
        with self._lock:
            opened = [connection.sock for connection in self._connections]
            made = list(self._sockets)
        for open_socket in (*opened, *made):
            if open_socket is not None:
                with contextlib.suppress(OSError):
                    open_socket.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _tracked(self, connection: HTTPConnection) -> Iterator[None]:
        with self._lock:
            self._connections.add(connection)
        yield
        with self._lock:
            self._sockets.add(connection.sock)

    def _pool_classes(self) -> dict[str, type[HTTPConnectionPool]]:
        tracked = self._tracked

        # At any other level http.client prints the headers of every request.
        class Plain(HTTPConnection):
            debuglevel = 0

            def connect(self) -> None:
                with tracked(self):
                    super().connect()

        class Encrypted(HTTPSConnection):
            debuglevel = 0

            def connect(self) -> None:
                with tracked(self):
                    super().connect()

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        return {"http": PlainPool, "https": EncryptedPool}
