"""Responses that are not the requested usage: well-formed ones, and invalid JSON."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.cloudflare.api.access import AUTHENTICATION_ERROR, INVALID_TOKEN, could_not_route
from local.cloudflare.api.parameters import Invalid
from local.cloudflare.api.v2 import NOT_OPEN
from local.cloudflare.http import Reply, envelope_of_failure, failure, success

if TYPE_CHECKING:
    from local.cloudflare.http import Json


_TOO_MANY: Json = {"message": "More than 1200 requests per 300 seconds reached"}
_INTERNAL: Json = {"code": 10001, "message": "internal error"}
_NO_ERRORS = re.compile(rb'"errors":(\[\]|null)')
_HTML = ("Content-Type", "text/html; charset=UTF-8")
_PAGE = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"


def invalid_token(_reply: Reply, _argument: str) -> Reply:
    """Answer as to a token that was revoked."""
    return failure(HTTPStatus.UNAUTHORIZED, INVALID_TOKEN)


def authentication_error(_reply: Reply, _argument: str) -> Reply:
    """Answer as to a token without the permission."""
    return failure(HTTPStatus.FORBIDDEN, AUTHENTICATION_ERROR)


def v2_not_open(_reply: Reply, _argument: str) -> Reply:
    """Answer as to an account that Cloudflare has not let in."""
    return failure(HTTPStatus.FORBIDDEN, NOT_OPEN)


def not_found(_reply: Reply, _argument: str) -> Reply:
    """Answer as if the endpoint had moved."""
    return failure(HTTPStatus.NOT_FOUND, could_not_route("/client/v4"))


def refused_parameters(_reply: Reply, _argument: str) -> Reply:
    """Answer as to a range that the endpoint does not take."""
    return Invalid("from and to").refusal()


def too_many_requests(_reply: Reply, retry_after: str) -> Reply:
    """Refuse for the rate, with the given Retry-After or none."""
    reply = failure(HTTPStatus.TOO_MANY_REQUESTS, _TOO_MANY)
    return reply.with_header("Retry-After", retry_after) if retry_after else reply


def server_error(_reply: Reply, status: str) -> Reply:
    """Answer with the page that Cloudflare's edge shows for a failing origin."""
    return Reply(int(status), _PAGE.format(f"Error {status}").encode(), (_HTML,))


def html_page(_reply: Reply, _argument: str) -> Reply:
    """Answer 200 with a page, as a captive portal would."""
    return Reply(HTTPStatus.OK, _PAGE.format("Welcome").encode(), (_HTML,))


def no_content(_reply: Reply, _argument: str) -> Reply:
    """Answer 204."""
    return Reply(HTTPStatus.NO_CONTENT)


def partial_content(reply: Reply, _argument: str) -> Reply:
    """Answer 206 with the first half of the body."""
    half = reply.body[: len(reply.body) // 2]
    answer = replace(reply, status=HTTPStatus.PARTIAL_CONTENT, body=half)
    return answer.with_header("Content-Range", f"bytes 0-{len(half) - 1}/{len(reply.body)}")


def redirect(_reply: Reply, location: str) -> Reply:
    """Send the caller elsewhere."""
    return Reply(HTTPStatus.FOUND, b"", (("Location", location),))


def success_false(_reply: Reply, _argument: str) -> Reply:
    """Fail inside a 200."""
    return Reply(HTTPStatus.OK, envelope_of_failure(_INTERNAL))


def success_with_errors(reply: Reply, _argument: str) -> Reply:
    """Succeed and report an error at once."""
    error = b'"errors":[{"code":10001,"message":"internal error"}]'
    return replace(reply, body=_NO_ERRORS.sub(error, reply.body, count=1))


def result(_reply: Reply, text: str) -> Reply:
    """Succeed with another result."""
    return success(text.encode())


_MIB = 1024 * 1024
_OPENING = b'{"errors":[],"messages":[],"success":true,"result":['


def empty_body(reply: Reply, _argument: str) -> Reply:
    """Send an empty body with length zero."""
    return replace(reply, body=b"")


def cut_json(reply: Reply, _argument: str) -> Reply:
    """Send the first half of the text with a matching length."""
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def oversized_body(reply: Reply, size: str) -> Reply:
    """Follow the answer with blanks up to so many bytes; it stays valid JSON."""
    return replace(reply, body=reply.body.ljust(int(size)))


def duplicate_keys(reply: Reply, _argument: str) -> Reply:
    """Give `result` twice, first the real one, then an empty one: most readers take the last."""
    return replace(reply, body=reply.body.rstrip(b"}") + b',"result":[]}')


def deep_nesting(reply: Reply, depth: str) -> Reply:
    """Nest lists so deeply that a recursive parser fails."""
    levels = int(depth)
    return replace(reply, body=_OPENING + b"[" * levels + b"]" * levels + b"]}")


def byte_order_mark(reply: Reply, _argument: str) -> Reply:
    """Begin with a byte order mark."""
    return replace(reply, body=b"\xef\xbb\xbf" + reply.body)


def utf_16(reply: Reply, _argument: str) -> Reply:
    """Use another encoding than JSON's."""
    return replace(reply, body=reply.body.decode().encode("utf-16"))


def invalid_utf_8(reply: Reply, _argument: str) -> Reply:
    """Put a byte that is invalid in UTF-8 into a string."""
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
