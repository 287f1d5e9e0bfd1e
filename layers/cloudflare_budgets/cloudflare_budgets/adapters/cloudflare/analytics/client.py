"""Sends one GraphQL request and classifies what comes back, whatever its status.

https://developers.cloudflare.com/analytics/graphql-api/errors/
"""

import json
import traceback
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from cloudflare_budgets.adapters.cloudflare.credentials import headers_of, masked, refuse_secret
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.http.client import Answer, HttpClient, Request, Timeouts
from cloudflare_budgets.adapters.http.retries import (
    Clock,
    HttpError,
    RetryPolicy,
    TransientError,
    is_transient,
)
from cloudflare_budgets.domain.budgets.account import Credential
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.errors import CloudflareBudgetsError, RateLimitedError

# An answer has a few rows a day and dataset; 10,000 rows, the most that Cloudflare sends, need some 2 MB.
MAX_BODY = 8 * 1024 * 1024
_TIMEOUTS = Timeouts(connect=3.0, read=8.0, head=8.0)
_RETRIES = RetryPolicy(max_requests=2, max_retry_after=1.0)
_MESSAGE = 200
_NOT_PERMITTED = ("not authorized", "authorization denied", "authentication error", "unauthorized")
_EXHAUSTED = ("rate limit", "budget depleted", "excessive resources", "too many nodes")


class Refusal(StrEnum):
    """Why a request has no answer, by what the caller does next."""

    NOT_PERMITTED = "not_permitted"  # the token lacks a permission: no further request in this run
    EXHAUSTED = "exhausted"  # a rate limit: no further request in this run
    REFUSED = "refused"  # this query: the schema or the plan does not allow it
    UNAVAILABLE = "unavailable"  # no answer, or an invalid one


class AnalyticsError(Exception):
    """A request has no answer. The text never holds the credential."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


class AnalyticsClient:
    """Cloudflare's GraphQL endpoint.

    Args:
        base_url: The validated base URL of Cloudflare's API.
        clock: Time and randomness, for tests.
        pacer: Counts the requests together with those of other clients of the same credential.
    """

    def __init__(self, base_url: str, clock: Clock | None = None, pacer: Pacer | None = None) -> None:
        self._pacer = pacer
        self._url = f"{base_url}/graphql"
        self._client = HttpClient("Cloudflare's analytics", _TIMEOUTS, _RETRIES, clock)

    def deadline(self, seconds: float) -> float:
        """Return the monotonic instant that is so many seconds from now."""
        return self._client.deadline(seconds)

    def account(self, credential: Credential, query: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        """Return the account node of an answer: rows by dataset.

        Raises:
            AnalyticsError: There is no complete answer.
        """
        try:
            headers = {
                **headers_of(credential),
                "Accept": "application/json",
                "Content-Type": "application/json",
                # Requests count against the limit of the account, and dashboards against that of the user.
                "X-Rate-Limit-Type": "account-based",
            }
            if self._pacer:
                self._pacer.reserve(credential, deadline, is_optional=True)
            request = Request("POST", self._url, headers, json.dumps(query).encode())
            return self._client.send(request, lambda answer: _account(answer, credential), deadline)
        except AnalyticsError as error:
            failure = AnalyticsError(error.refusal, masked(str(error), credential))
        except RateLimitedError as error:
            failure = AnalyticsError(Refusal.EXHAUSTED, str(error))
        except (HttpError, CloudflareBudgetsError) as error:
            failure = AnalyticsError(Refusal.UNAVAILABLE, masked(str(error), credential))
        except Exception as error:  # noqa: BLE001 - an unexpected error may quote the secret too
            text = "".join(traceback.format_exception_only(error)).strip()
            failure = AnalyticsError(Refusal.UNAVAILABLE, masked(text, credential))
        # Raised outside the handler, because an answer may quote the secret, here or in the chain of errors.
        raise failure


def _account(answer: Answer, credential: Credential) -> Mapping[str, Any]:
    document = _document(answer, credential)
    messages = list(_messages(document))
    if messages or answer.status != HTTPStatus.OK:
        raise _error(answer, messages, document)
    try:
        accounts = document["data"]["viewer"]["accounts"]
    except (KeyError, TypeError) as error:
        raise AnalyticsError(Refusal.UNAVAILABLE, "the answer has no `data.viewer.accounts`") from error
    if not isinstance(accounts, list) or not accounts:
        raise AnalyticsError(Refusal.NOT_PERMITTED, "the token does not see the account")
    if not isinstance(accounts[0], dict):
        raise AnalyticsError(Refusal.UNAVAILABLE, "the account in the answer is not an object")
    return accounts[0]


def _document(answer: Answer, credential: Credential) -> Any:  # noqa: ANN401 - any JSON
    body = b""
    for piece in refuse_secret(answer.pieces(), credential):
        body += piece
        if len(body) > MAX_BODY:
            raise AnalyticsError(Refusal.UNAVAILABLE, f"the answer is larger than {MAX_BODY} bytes")
    try:
        return json.loads(body, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError) as error:
        if is_transient(answer.status):
            raise TransientError(f"it answers {answer.status}", answer.retry_after) from error
        text = f"it answers {answer.status}, and the body is not valid JSON"
        raise AnalyticsError(Refusal.UNAVAILABLE, text) from error


def _messages(document: object) -> Sequence[str]:
    """Return the messages of all errors, in the envelope of GraphQL or of the REST API."""
    errors = document.get("errors") if isinstance(document, dict) else None
    if not errors:
        failed = isinstance(document, dict) and document.get("success") is False
        return ["no reason given"] if failed else []
    found = errors if isinstance(errors, list) else [errors]
    return [_message(error) for error in found]


def _message(error: object) -> str:
    text = error.get("message") if isinstance(error, dict) else None
    return sanitize(text if isinstance(text, str) and text else "no reason given", _MESSAGE)


def _error(answer: Answer, messages: Sequence[str], document: object) -> Exception:
    said = "; ".join(messages[:2]) or "no reason given"
    text = f"Cloudflare answers {answer.status} ({said})"
    lowered = said.lower()
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or _is_budget(document) or _any(_EXHAUSTED, lowered):
        return AnalyticsError(Refusal.EXHAUSTED, text)
    denied = answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and "path" not in lowered
    if denied or _any(_NOT_PERMITTED, lowered):
        return AnalyticsError(Refusal.NOT_PERMITTED, text)
    if is_transient(answer.status):
        return TransientError(text, answer.retry_after)
    return AnalyticsError(Refusal.REFUSED, text)


def _is_budget(document: object) -> bool:
    errors = document.get("errors") if isinstance(document, dict) else None
    extensions = [each.get("extensions") for each in errors or () if isinstance(each, dict)]
    return any(isinstance(each, dict) and each.get("code") == "budget" for each in extensions)


def _any(starts: Sequence[str], text: str) -> bool:
    return any(start in text for start in starts)
