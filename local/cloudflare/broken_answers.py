"""Answers that are well-formed and still not the usage asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.cloudflare.access import AUTHENTICATION_ERROR, INVALID_TOKEN, could_not_route
from local.cloudflare.calls import Reply, envelope_of_failure, failure, success
from local.cloudflare.parameters import Invalid
from local.cloudflare.v2 import NOT_OPEN

if TYPE_CHECKING:
    from local.cloudflare.json_text import Json

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
