"""What a server may send to fill the memory: a reader, in a process of its own, stays small.

A valid answer may have 128 MiB, for large accounts; an invalid one must need far less memory.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import subprocess
import sys
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.hostile.raw_server import RawServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.integration.hostile.raw_server import Conversation

_MIB = 1024 * 1024
_MOST = 32 * _MIB  # of growth
_ROOT = Path(__file__).parents[3]
# Gives, for each address, the error and by how much the process has grown at most since a good reading.
_READER = """
import json, sys
from pathlib import Path
from cloudflare_budgets.adapters.cloudflare.api import Limits
from cloudflare_budgets.errors import CloudflareBudgetsError
from tests.integration.hostile.deadlines import Reader

def peak():  # resource.getrusage would include the memory of the parent process
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    return int(line.split()[1]) * 1024

def error(url):
    try:
        Reader(url, limits=Limits(deadline=2, head=1, read=1)).read()
    except CloudflareBudgetsError as refusal:
        return str(refusal)

good, *others = sys.argv[1:]
Reader(good).read()
before = peak()
print(json.dumps([[error(url), peak() - before] for url in others]))
"""
_GOOD = json.dumps({"success": True, "errors": [], "messages": [], "result": []}).encode()
_OPENED = b'{"success": true, "errors": [], "messages": [], "result": ['


def _bomb() -> bytes:
    """Pack a hundred MiB of blanks into a hundred KiB."""
    packer = zlib.compressobj(wbits=31)
    pieces = [packer.compress(_OPENED), *(packer.compress(b" " * _MIB) for _ in range(100)), packer.flush()]
    return b"".join(pieces)


def _endless(piece: bytes, start: bytes = b"") -> Iterable[bytes]:
    yield start
    for _ in range(400 * _MIB // len(piece)):
        yield piece


def _sends(head: str, body: Callable[[], Iterable[bytes]]) -> Conversation:
    def conversation(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(f"HTTP/1.1 200 OK\r\n{head}\r\n".encode())
        for piece in body():
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_RDWR)

    return conversation


_BOMB = _bomb()
_FLOODS: Sequence[tuple[str, Callable[[], Iterable[bytes]], str]] = (
    ("Content-Encoding: gzip\r\n", lambda: [_BOMB], "compressed"),
    ("Content-Encoding: gzip, gzip\r\n", lambda: [gzip.compress(_BOMB)], "compressed"),
    ("Content-Encoding: deflate\r\n", lambda: [_BOMB], "compressed"),
    ("", lambda: _endless(b" " * _MIB, _OPENED), "larger than 134217728 bytes|in time"),
    ("", lambda: _endless(b"x" * _MIB, b'{"success": "'), "larger than 65536 characters"),
    ("", lambda: _endless(b"[" * _MIB, _OPENED), "nested too deeply"),
    ("", lambda: _endless(b'{"a":' * 200_000, _OPENED), "nested too deeply"),
    ("", lambda: _endless(b"7" * _MIB, _OPENED), "a whole number of"),
    ("", lambda: _endless(b"null," * 200_000, _OPENED), "must be an object"),
    ("Transfer-Encoding: chunked\r\n", lambda: _endless(b"7\r\n       \r\n" * 99_000), "larger|in time"),
    ("X-First: 1", lambda: _endless(b"X-Much: 1\r\n" * 99_000), "was interrupted"),
    ("X-Much: ", lambda: _endless(b"x" * _MIB), "was interrupted"),
)


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux reports the peak size of a process"
)
def test_no_large_answer_needs_more_than_32_mib() -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(RawServer(_sends("", lambda: [_GOOD])))]
        servers += [stack.enter_context(RawServer(_sends(head, body))) for head, body, _ in _FLOODS]
        ran = subprocess.run(  # noqa: S603 - this very Python
            [sys.executable, "-c", _READER, *(server.url for server in servers)],
            check=True,
            capture_output=True,
            cwd=_ROOT,
            env={"PYTHONPATH": f"{_ROOT / 'layers/cloudflare_budgets'}:{_ROOT}"},
            timeout=60,
        )
    for (error, growth), (_, _, words), server in zip(
        json.loads(ran.stdout), _FLOODS, servers[1:], strict=True
    ):
        assert error is not None, words
        assert re.search(words, error)
        assert growth <= _MOST, f"{error}: {growth / _MIB:.0f} MiB"
        assert server.connections <= 3
