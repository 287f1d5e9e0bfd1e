"""Unit tests open no socket, and their threads connect to nothing."""

import socket
import threading
from typing import Any, Self

import pytest
import pytest_socket


class _Guarded(socket.socket):
    """A socket that only other threads may open: a local server of an earlier test may still run."""

    def __new__(cls, *args: Any, **keys: Any) -> Self:  # noqa: ANN401 - as a socket is opened
        if threading.current_thread() is threading.main_thread():
            raise pytest_socket.SocketBlockedError
        return super().__new__(cls, *args, **keys)


@pytest.fixture(autouse=True)
def _no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", socket.socket.connect)  # removes the guard after the test
    pytest_socket.socket_allow_hosts([])
    monkeypatch.setattr(socket, "socket", _Guarded)
