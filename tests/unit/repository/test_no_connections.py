"""Unit tests cannot reach anything outside their process."""

import socket
import threading

import pytest
import pytest_socket


@pytest.mark.filterwarnings("ignore:A test tried to use:UserWarning")
def test_a_unit_test_cannot_open_a_socket() -> None:
    with pytest.raises(pytest_socket.SocketBlockedError):
        socket.create_connection(("127.0.0.1", 9), timeout=1)


@pytest.mark.filterwarnings("ignore:A test tried to use:UserWarning")
def test_a_thread_of_a_unit_test_cannot_connect() -> None:
    blocked: list[type[Exception]] = []

    def connect() -> None:
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        except Exception as error:  # noqa: BLE001 - whatever it is
            blocked.append(type(error))

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()
    assert blocked == [pytest_socket.SocketConnectBlockedError]
