"""Bodies that are not the JSON they should be."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.cloudflare.calls import Reply

_MIB = 1024 * 1024
_OPENING = b'{"errors":[],"messages":[],"success":true,"result":['


def empty_body(reply: Reply, _argument: str) -> Reply:
    """Say nothing at length zero."""
    return replace(reply, body=b"")


def cut_json(reply: Reply, _argument: str) -> Reply:
    """Stop in the middle of the text and call it whole."""
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def oversized_body(reply: Reply, size: str) -> Reply:
    """Follow the answer with blanks up to so many bytes; it stays valid JSON."""
    return replace(reply, body=reply.body.ljust(int(size)))


def duplicate_keys(reply: Reply, _argument: str) -> Reply:
    """Give `result` twice, first the real one, then an empty one: most readers take the last."""
    return replace(reply, body=reply.body.rstrip(b"}") + b',"result":[]}')


def deep_nesting(reply: Reply, depth: str) -> Reply:
    """Nest lists so deeply that a recursive reader falls over."""
    levels = int(depth)
    return replace(reply, body=_OPENING + b"[" * levels + b"]" * levels + b"]}")


def byte_order_mark(reply: Reply, _argument: str) -> Reply:
    """Begin with a byte order mark."""
    return replace(reply, body=b"\xef\xbb\xbf" + reply.body)


def utf_16(reply: Reply, _argument: str) -> Reply:
    """Use another encoding than JSON's."""
    return replace(reply, body=reply.body.decode().encode("utf-16"))


def invalid_utf_8(reply: Reply, _argument: str) -> Reply:
    """Put a byte into a text that UTF-8 does not know."""
    return replace(reply, body=reply.body.replace(b'"Usage"', b'"Usage\xff"', 1))


def lone_surrogate(reply: Reply, _argument: str) -> Reply:
    """Name the account with half a character, which parses and cannot be encoded."""
    return replace(
        reply, body=reply.body.replace(b'"BillingAccountName":"', b'"BillingAccountName":"\\ud800', 1)
    )


def gzipped(reply: Reply, _argument: str) -> Reply:
    """Compress the body."""
    return replace(reply, body=gzip.compress(reply.body, mtime=0)).with_header("Content-Encoding", "gzip")


def gzip_cut(reply: Reply, _argument: str) -> Reply:
    """Compress the body and send half of that."""
    return cut_json(gzipped(reply, ""), "")


def gzip_bomb(reply: Reply, mebibytes: str) -> Reply:
    """Send a small body that unpacks to so many MiB of blanks."""
    return replace(reply, body=_bomb(int(mebibytes))).with_header("Content-Encoding", "gzip")


def encoding_claimed(reply: Reply, encoding: str) -> Reply:
    """Claim an encoding and send plain text."""
    return reply.with_header("Content-Encoding", encoding)


@lru_cache(maxsize=2)
def _bomb(mebibytes: int) -> bytes:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    blanks = b" " * _MIB
    parts = [packer.compress(_OPENING), *(packer.compress(blanks) for _ in range(mebibytes))]
    return b"".join([*parts, packer.compress(b"]}"), packer.flush()])
