"""The request of a run, and what the run may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from cloudflare_budgets.domain.budgets.account import is_account_id
from cloudflare_budgets.domain.primitives.json_input import shown
from cloudflare_budgets.domain.primitives.period import midnight, utc_text

# The event of a schedule may be late by its retries; a run for a more distant instant is a replay.
REPLAY = timedelta(days=1)
# The clocks of a scheduler and of the function may differ by this much. A later instant is refused: the run
# would report the end of a period that is not over.
AHEAD = timedelta(minutes=5)
_KEYS = ("action", "account_id", "as_of", "dry_run")
# Outside these years, the periods around an instant may lie outside the calendar.
_YEARS = range(2000, 3000)


class InvalidRequestError(ValueError):
    """Raised when the event that started the run is invalid."""


@dataclass(frozen=True, slots=True)
class Request:
    """The request of a run.

    `as_of` is the instant that it evaluates, in UTC. `account_id` restricts it to one account. A dry run
    evaluates everything, sends nothing and stores nothing. `digest` also sends the standing of all budgets.
    """

    as_of: datetime
    account_id: str | None = None
    dry_run: bool = False
    digest: bool = False


@dataclass(frozen=True, slots=True)
class RunMode:
    """What a run may do with its findings; decided once, from its request and the current time.

    `sends`: alerts are sent, not only previewed. `resolves`: the run evaluates the current day, so that a
    condition that it does not find is over. `saves_state`: later runs build on its findings.
    `covers_all`: it checks every account.
    """

    sends: bool = True
    resolves: bool = True
    saves_state: bool = True
    covers_all: bool = True

    @property
    def is_replay(self) -> bool:
        """Whether the run evaluates another day: its problems are reported, but not sent."""
        return not self.resolves and not self.saves_state


LIVE = RunMode()


def run_mode(request: Request, now: datetime) -> RunMode:
    """Decide what a run may do: a dry run sends nothing, a replay saves nothing."""
    return RunMode(
        sends=not request.dry_run,
        resolves=midnight(now) == midnight(request.as_of),
        saves_state=not request.dry_run and abs(now - request.as_of) <= REPLAY,
        covers_all=request.account_id is None,
    )


def parse_request(event: object, now: datetime) -> Request:
    """Parse the event that started the run.

    The event is EventBridge Scheduler's `{"action": "check"}` or `{"action": "digest"}`, with the optional
    keys `account_id`, `as_of` (RFC 3339) and `dry_run`, or the classic "Scheduled Event", whose `time`
    becomes `as_of`.

    Raises:
        InvalidRequestError: a key is unknown, or its value is invalid, such as an instant later than now.
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
        _refuse("account_id", shown(account_id), "no account_id: a digest covers every account")
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
    if instant > now + AHEAD:
        _refuse(key, shown(found), f"an instant that is not later than now, {utc_text(now)}")
    return instant.astimezone(UTC)


def _refuse(key: str, found: str, expected: str) -> NoReturn:
    message = f"event: {key}: found {found}, expected {expected}"
    raise InvalidRequestError(message)
