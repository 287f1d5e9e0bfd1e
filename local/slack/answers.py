"""Responses that a test can make the local Slack return."""

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to one request.

    Attributes:
        status: HTTP status.
        word: Slack's error code, sent as the body.
        retry_after: value of the header `Retry-After`, in seconds.
        delay: seconds before the response is sent.
        keeps: whether the message is posted although the response reports a failure or is late.
    """

    status: int
    word: str = ""
    retry_after: int | None = None
    delay: float = 0.0
    keeps: bool = False


OK = Answer(HTTPStatus.OK, "ok")
NO_SERVICE = Answer(HTTPStatus.NOT_FOUND, "no_service")


def rate_limited(retry_after: int) -> Answer:
    """Return 429 with `Retry-After` in seconds."""
    return Answer(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", retry_after=retry_after)


def out_of_order() -> Answer:
    """Return 500, as Slack does on an internal error."""
    return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, "rollup_error")


def channel_not_found() -> Answer:
    """Return 404: the channel does not exist."""
    return Answer(HTTPStatus.NOT_FOUND, "channel_not_found")


def channel_is_archived() -> Answer:
    """Return 410: the channel is archived."""
    return Answer(HTTPStatus.GONE, "channel_is_archived")


def action_prohibited() -> Answer:
    """Return 403: an administrator forbids posting."""
    return Answer(HTTPStatus.FORBIDDEN, "action_prohibited")


def slow(seconds: float) -> Answer:
    """Post the message and respond after so many seconds."""
    return Answer(HTTPStatus.OK, "ok", delay=seconds, keeps=True)
