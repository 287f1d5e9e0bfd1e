"""Connections that deliver too little or too late; each connection closes afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.cloudflare.http import CHUNK_BYTES, Wire, chunk, head, whole

if TYPE_CHECKING:
    from local.cloudflare.http import Reply


_CLOSE = ("Connection", "close")
_CHUNKED = ("Transfer-Encoding", "chunked")


def closed_at_once(_wire: Wire, _reply: Reply) -> None:
    """Close the connection without sending a byte."""


def reset_at_once(wire: Wire, _reply: Reply) -> None:
    """Reset the connection without sending a byte."""
    wire.reset()


def reset_midway(wire: Wire, reply: Reply) -> None:
    """Reset the connection after half of the body."""
    wire.send(head(reply, _length(reply)) + _half(reply))
    wire.reset()


def silence(wire: Wire, _reply: Reply) -> None:
    """Keep the connection open and send nothing."""
    wire.hold()


def dripping_head(wire: Wire, reply: Reply, seconds: float) -> None:
    """Send the head byte by byte."""
    _drip(wire, head(reply, _length(reply)), seconds)
    wire.send(reply.body)


def dripping_body(wire: Wire, reply: Reply, seconds: float) -> None:
    """Send the head at once and the body byte by byte."""
    wire.send(head(reply, _length(reply)))
    _drip(wire, reply.body, seconds)


def truncated_body(wire: Wire, reply: Reply) -> None:
    """Announce the whole length and close after half of the body."""
    wire.send(head(reply, _length(reply)) + _half(reply))


def stalled_body(wire: Wire, reply: Reply) -> None:
    """Announce the whole length, send half of the body, then send nothing."""
    truncated_body(wire, reply)
    wire.hold()


def close_delimited_cut(wire: Wire, reply: Reply) -> None:
    """Promise no length and hang up after half, which looks like the end."""
    wire.send(head(reply, _CLOSE) + _half(reply))


def short_length(wire: Wire, reply: Reply) -> None:
    """Promise ten bytes less than there are."""
    wire.send(head(reply, ("Content-Length", str(len(reply.body) - 10)), _CLOSE) + reply.body)


def two_lengths(wire: Wire, reply: Reply) -> None:
    """Promise two different lengths."""
    wire.send(head(reply, _length(reply), ("Content-Length", str(len(reply.body) + 1))) + reply.body)


def chunks_cut(wire: Wire, reply: Reply) -> None:
    """Hang up before the last chunk."""
    wire.send(head(reply, _CHUNKED) + chunk(_half(reply)))


def bad_chunk_size(wire: Wire, reply: Reply) -> None:
    """Give a chunk a size that is no number."""
    wire.send(head(reply, _CHUNKED) + b"many\r\n" + reply.body + b"\r\n")


def endless_chunks(wire: Wire, reply: Reply) -> None:
    """Send blanks until the client has had enough."""
    wire.send(head(reply, _CHUNKED))
    while not wire.closing.is_set():
        wire.send(chunk(b" " * CHUNK_BYTES))


def endless_continue(wire: Wire, _reply: Reply) -> None:
    """Send 100 Continue until the client has had enough."""
    while not wire.closing.is_set():
        wire.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def early_hints(wire: Wire, reply: Reply) -> None:
    """Send 103 Early Hints before the answer."""
    wire.send(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
    whole(wire, reply)


def garbage_status_line(wire: Wire, _reply: Reply) -> None:
    """Begin with something that is not HTTP."""
    wire.send(b"220 mail.example.com ESMTP ready\r\n\r\n")


def no_head(wire: Wire, reply: Reply) -> None:
    """Send the body alone."""
    wire.send(reply.body)


def closed_afterwards(wire: Wire, reply: Reply) -> None:
    """Answer well, promise nothing about the connection and close it."""
    whole(wire, reply)


def _drip(wire: Wire, data: bytes, seconds: float) -> None:
    for place in range(len(data)):
        wire.send(data[place : place + 1])
        wire.pause(seconds)


def _length(reply: Reply) -> tuple[str, str]:
    return ("Content-Length", str(len(reply.body)))


def _half(reply: Reply) -> bytes:
    return reply.body[: len(reply.body) // 2]
