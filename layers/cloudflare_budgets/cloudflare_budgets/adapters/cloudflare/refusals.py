"""Translates Cloudflare's status codes and error objects into errors of this package."""

import re
from collections.abc import Mapping
from http import HTTPStatus

from cloudflare_budgets.adapters.cloudflare.values import shown
from cloudflare_budgets.adapters.http.retries import HttpError, TransientError, is_transient
from cloudflare_budgets.domain.primitives.json_input import loads
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.errors import (
    AccessDeniedError,
    AccountUnknownError,
    CloudflareBudgetsError,
    UsageRefusedError,
    UsageUnavailableError,
    UsageUnreadableError,
)

MAX_ERRORS = 3

_PERMISSION = "it needs the permission Account > Billing > Read"
_CLOSED = (
    "Cloudflare has not opened this version of its usage API to the account (Version 2 is closed to many)"
)
_CHECK_ID = "check the account id in the name of the parameter"
_UNKNOWN = f"the account does not exist: {_CHECK_ID}; or the API has moved"
_MEANINGS: dict[int, tuple[type[CloudflareBudgetsError], str]] = {
    HTTPStatus.UNAUTHORIZED: (
        AccessDeniedError,
        f"the credential is wrong, expired or revoked; {_PERMISSION}",
    ),
    HTTPStatus.FORBIDDEN: (
        AccessDeniedError,
        (
            f"the credential may not read the usage of this account: {_CHECK_ID}; {_PERMISSION}; "
            f"if both are right, {_CLOSED}"
        ),
    ),
    HTTPStatus.NOT_FOUND: (AccountUnknownError, _UNKNOWN),
    HTTPStatus.GONE: (AccountUnknownError, _UNKNOWN),
    HTTPStatus.BAD_REQUEST: (UsageRefusedError, "it rejects the request as invalid"),
}


def refusal(status: int, body: bytes, asked_wait: float | None = None) -> CloudflareBudgetsError | HttpError:
    """Return the error for an answer that is not 200, with Cloudflare's code and message.

    `asked_wait` is the delay in seconds that the answer requests.
    """
    said = f"Cloudflare answers {status}{_quoted(_errors_in(body))}"
    if is_transient(status):
        return TransientError(said, asked_wait)
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return UsageUnavailableError(f"{said}: this status does not answer a request for usage")
    if status < HTTPStatus.BAD_REQUEST:
        return UsageRefusedError(f"{said}: redirects are not followed")
    error, meaning = _MEANINGS.get(status, (UsageRefusedError, "it refuses the request"))
    return error(f"{said}: {meaning}")


def check_success(success: object, errors: object) -> None:
    """Check the members `success` and `errors` of an answer with status 200.

    Raises:
        UsageRefusedError: Cloudflare reports a failure.
        UsageUnreadableError: the members are missing or have other types than documented.
    """
    if success is False or _reports_any(errors):
        raise UsageRefusedError(f"Cloudflare answers 200 and reports a failure{_quoted(errors)}")
    if success is not True:
        raise UsageUnreadableError(f"`success` of Cloudflare's answer is {shown(success)}, but must be true")
    if errors is not None and not isinstance(errors, list):
        raise UsageUnreadableError(f"`errors` of Cloudflare's answer is {shown(errors)}, but must be a list")


# Members of an answer, and of its `result_info`, that are empty or false in a complete answer. The usage API
# documents no pages, so an answer that has more of them is refused.
_MORE = (
    *("truncated", "is_truncated", "incomplete", "partial", "has_more", "more"),
    *("cursor", "next", "next_cursor", "next_page", "next_page_token"),
)
_INCOMPLETE = re.compile(r"\b(incomplete|partial|truncated)", re.IGNORECASE)


def check_complete(envelope: Mapping[str, object]) -> None:
    """Check that an answer does not announce that rows are missing.

    Raises:
        UsageUnreadableError: the answer announces more pages, or says that it is incomplete.
    """
    sign = _sign_of_more(envelope, "") or _sign_of_more(envelope.get("result_info"), "result_info.")
    messages = envelope.get("messages")
    for entry in messages if isinstance(messages, list) else []:
        text = entry.get("message") if isinstance(entry, dict) else entry
        if isinstance(text, str) and _INCOMPLETE.search(text):
            sign = f"the message {shown(text)}"
    if sign:
        raise UsageUnreadableError(f"Cloudflare's answer is incomplete: it has {sign}")


def _sign_of_more(info: object, path: str) -> str | None:
    if not isinstance(info, Mapping):
        return None
    cursors = info.get("cursors")
    if isinstance(cursors, dict) and cursors.get("after"):
        return f"`{path}cursors.after`"
    if _whole(info.get("total_pages")) > 1:
        return f"`{path}total_pages` {shown(info['total_pages'])}"
    if "count" in info and _whole(info.get("total_count")) > _whole(info["count"]):
        return f"`{path}total_count` {shown(info['total_count'])}"
    return next((f"`{path}{name}`" for name in _MORE if info.get(name)), None)


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else 0


def _reports_any(errors: object) -> bool:
    # The example in the API documentation has code 0 beside `success: true`. Real codes start at 1000.
    entries = errors if isinstance(errors, list) else []
    return any(not isinstance(entry, dict) or entry.get("code") != 0 for entry in entries)


def _errors_in(body: bytes) -> object:
    try:
        document = loads(body.decode())
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return document.get("errors") if isinstance(document, dict) else None


def _quoted(errors: object) -> str:
    entries = errors if isinstance(errors, list) else []
    quotes = [_quote(entry) for entry in entries[:MAX_ERRORS] if isinstance(entry, dict)]
    return f" ({'; '.join(quotes)})" if quotes else ""


def _quote(error: dict[str, object]) -> str:
    code, message = error.get("code"), error.get("message")
    parts = [f"code {code}"] if type(code) is int else []
    parts += [sanitize(message)] if isinstance(message, str) else []
    return ", ".join(parts) or "no reason given"
