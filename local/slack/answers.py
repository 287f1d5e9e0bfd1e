"""What the local Slack answers, when it is told to."""

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to one request: its status, Slack's word, and how it comes.

    `retry_after` is in seconds, as is `delay`, after which the answer comes. With `keeps` the message is
    posted all the same, as when only the answer goes wrong.
    """

    status: int
    word: str = ""
    retry_after: int | None = None
    delay: float = 0.0
    keeps: bool = False


OK = Answer(HTTPStatus.OK, "ok")
NO_SERVICE = Answer(HTTPStatus.NOT_FOUND, "no_service")


def rate_limited(retry_after: int) -> Answer:
    """Ask to wait for so many seconds."""
    return Answer(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", retry_after=retry_after)


def out_of_order() -> Answer:
    """Fail as Slack does when something of its own is broken."""
    return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, "rollup_error")


def channel_not_found() -> Answer:
    """Say that the channel is gone."""
    return Answer(HTTPStatus.NOT_FOUND, "channel_not_found")


def channel_is_archived() -> Answer:
    """Say that the channel was archived."""
    return Answer(HTTPStatus.GONE, "channel_is_archived")


def action_prohibited() -> Answer:
    """Say that an administrator does not allow it."""
    return Answer(HTTPStatus.FORBIDDEN, "action_prohibited")


def slow(seconds: float) -> Answer:
    """Post the message, and say so late."""
    return Answer(HTTPStatus.OK, "ok", delay=seconds, keeps=True)
