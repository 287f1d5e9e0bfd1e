"""Connections to Cloudflare: verified, direct, and cut when nobody waits for them any more."""

import contextlib
import socket
import ssl
import threading
import weakref
from collections.abc import Iterator
from http.client import HTTPException

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from cloudflare_budgets.adapters.http.retries import TransientError
from cloudflare_budgets.errors import UsageUnavailableError

# The first that fits: each is a kind of one further down.
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (NameResolutionError, "its name is not found"),
    (NewConnectionError, "nobody answers at its address"),
    (ConnectTimeoutError, "it is not made in time"),
    (ReadTimeoutError, "nothing comes for too long"),
)


class Connections:
    """Makes the pool that requests go through, and remembers its connections so that they can be cut."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: weakref.WeakSet[HTTPConnection] = weakref.WeakSet()
        # A connection lets go of its socket before an answer that ends with it is read.
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def pool(self) -> PoolManager:
        """Make a pool that trusts certifi's authorities alone and ignores proxies in the environment."""
        manager = PoolManager(
            num_pools=1,
            maxsize=1,
            retries=False,
            cert_reqs=ssl.CERT_REQUIRED,
            ca_certs=certifi.where(),
            ssl_minimum_version=ssl.TLSVersion.TLSv1_2,
        )
        manager.pool_classes_by_scheme = self._pool_classes()
        return manager

    def cut(self) -> None:
        """End every connection under the hands of whoever waits on it, in whatever thread."""
        with self._lock:
            opened = [connection.sock for connection in self._connections]
            made = list(self._sockets)
        for open_socket in (*opened, *made):
            if open_socket is not None:
                with contextlib.suppress(OSError):
                    open_socket.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _remembered(self, connection: HTTPConnection) -> Iterator[None]:
        with self._lock:
            self._connections.add(connection)
        yield
        with self._lock:
            self._sockets.add(connection.sock)

    def _pool_classes(self) -> dict[str, type[HTTPConnectionPool]]:
        remembered = self._remembered

        # At any other level http.client prints the headers of every request.
        class Plain(HTTPConnection):
            debuglevel = 0

            def connect(self) -> None:
                with remembered(self):
                    super().connect()

        class Encrypted(HTTPSConnection):
            debuglevel = 0

            def connect(self) -> None:
                with remembered(self):
                    super().connect()

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        return {"http": PlainPool, "https": EncryptedPool}


@contextlib.contextmanager
def network_faults_translated() -> Iterator[None]:
    """Turn what the network does wrong into this package's errors.

    In words of our own, and without the cause: urllib3's texts quote what the server sent.

    Raises:
        TransientError: another request may do better.
        UsageUnavailableError: it will not, for the server cannot prove who it is.
    """
    try:
        yield
    except SSLError as error:
        raise _tls_failure(error) from None
    except (HTTPError, HTTPException, OSError) as error:
        raise TransientError(f"the connection to Cloudflare fails: {_words_for(error)}") from None


def _tls_failure(error: SSLError) -> UsageUnavailableError:
    cause = error.args[0] if error.args else error
    if isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return TransientError("the connection to Cloudflare fails: it was closed")
    if isinstance(cause, ssl.SSLCertVerificationError):
        return UsageUnavailableError(f"Cloudflare's certificate is not accepted: {cause.verify_message}")
    reason = getattr(cause, "reason", None) or type(cause).__name__
    return UsageUnavailableError(f"no secure connection to Cloudflare: {reason}")


def _words_for(error: Exception) -> str:
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    cause = error.args[-1] if error.args and isinstance(error.args[-1], Exception) else error
    return f"it broke off ({type(cause).__name__})"
