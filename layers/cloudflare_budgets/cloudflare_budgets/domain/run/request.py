"""What a run is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from cloudflare_budgets.domain.budgets.account import is_account_id
from cloudflare_budgets.domain.primitives.json_input import shown

# A schedule's event may be late by its retries; what differs by more was asked for by hand.
REPLAY = timedelta(days=1)
_KEYS = ("action", "account_id", "as_of", "dry_run")
# The calendar ends too near to other years for the periods around them.
_YEARS = range(2000, 3000)


class InvalidRequestError(ValueError):
    """The event that started the run asks for something that there is not."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked to do.

    `as_of` is the instant it judges by, in UTC. `account_id` restricts it to one account.
    A dry run decides everything, sends nothing and stores nothing. With `digest` everybody is also told
    where every budget stands.
    """

    as_of: datetime
    account_id: str | None = None
    dry_run: bool = False
    digest: bool = False

    def is_live(self, now: datetime) -> bool:
        """Tell whether what a run finds holds now: a dry run changes nothing, a replay is of another day."""
        return not self.dry_run and abs(now - self.as_of) <= REPLAY


def parse_request(event: object, now: datetime) -> Request:
    """Read the event that started the run.

    That is EventBridge Scheduler's `{"action": "check"}` or `{"action": "digest"}`, with the optional keys
    `account_id`, `as_of` (RFC 3339) and `dry_run`, or the classic "Scheduled Event", whose `time` becomes
    `as_of`.

    Raises:
        InvalidRequestError: a key is unknown or its value is of no use; nothing was done.
    """
    if not isinstance(event, Mapping):
        _refuse("the document", shown(event), 'an object such as {"action": "check"}')
    if event.get("detail-type") == "Scheduled Event":
        return Request(_instant("time", event.get("time"), now))
    for key in event:
        if key not in _KEYS:
            _refuse(shown(key), "an unknown key", f"one of {', '.join(_KEYS)}")
    action = event.get("action")
    if action not in ("check", "digest"):
        _refuse("action", shown(action), '"check" or "digest"')
    account_id, dry_run = event.get("account_id"), event.get("dry_run", False)
    if account_id is not None and not (isinstance(account_id, str) and is_account_id(account_id)):
        _refuse("account_id", shown(account_id), "32 hex digits in lower case")
    if account_id is not None and action == "digest":
        _refuse("account_id", shown(account_id), "none: a digest tells of every account")
    if not isinstance(dry_run, bool):
        _refuse("dry_run", shown(dry_run), "true or false")
    return Request(_instant("as_of", event.get("as_of"), now), account_id, dry_run, action == "digest")


def _instant(key: str, found: object, now: datetime) -> datetime:
    if found is None:
        return now
    try:
        instant = datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        _refuse(key, shown(found), 'an RFC 3339 instant with its zone, such as "2026-11-22T10:00:00Z"')
    if instant.year not in _YEARS:
        _refuse(key, shown(found), f"an instant of the years {_YEARS[0]} to {_YEARS[-1]}")
    return instant.astimezone(UTC)


def _refuse(key: str, found: str, expected: str) -> NoReturn:
    message = f"event: {key}: found {found}, expected {expected}"
    raise InvalidRequestError(message)
