"""How many requests one Cloudflare token may send now, and when it may send more."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class RequestLimit:
    """At most `quota` requests in any `window`."""

    quota: int
    window: timedelta


# Cloudflare counts the requests of a user or account token, its dashboard included. A token that exceeds the
# limit is blocked for five minutes. https://developers.cloudflare.com/fundamentals/api/reference/limits/
DOCUMENTED = RequestLimit(1200, timedelta(minutes=5))
# After a 429 without a valid `Retry-After`.
_BLOCKED_FOR = timedelta(minutes=5)
# A longer `Retry-After` is shortened, because the token would be unused for too long.
_LONGEST = timedelta(hours=1)
# One request of six is left to the dashboard and to other tools that share the limit.
_LEFT_TO_OTHERS = 6
# So many requests are not used for analytics, so that billed usage is read first.
KEPT_FOR_BILLED_USAGE = 500
# An account needs up to nine requests for analytics and three for billed usage. Accounts up to this number
# have them within the pace of one token.
_ACCOUNTS_WITH_ANALYTICS = 40
# Multiples of the golden ratio, modulo 1, are spread evenly however many there are.
_GOLDEN_RATIO = 2_654_435_769  # of 2^32
# Requests are counted in slots of this length.
SLOT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Remaining:
    """The limit in an answer: requests that remain until the limit is reset after `resets_in`."""

    limit: RequestLimit
    requests: int
    resets_in: timedelta

    @property
    def is_low(self) -> bool:
        """Whether further requests should wait for the reset; short limits are used completely."""
        if self.limit.window < DOCUMENTED.window:
            return self.requests <= 0
        return self.requests <= self.limit.quota // _LEFT_TO_OTHERS


@dataclass(frozen=True, slots=True)
class TokenPace:
    """The recent requests of one token.

    `sent` is the number of requests by slot, counted from 1970. Until `parked_until`, no request is sent.
    """

    sent: Mapping[int, int] = field(default_factory=dict)
    parked_until: datetime | None = None

    def resumes_at(self, requests: int, now: datetime) -> datetime | None:
        """Return when so many requests may be sent; `None` if they may be sent now."""
        if self.parked_until is not None and now < self.parked_until:
            return self.parked_until
        excess = sum(self._recent(now).values()) + requests - _allowed(DOCUMENTED)
        for slot, count in sorted(self._recent(now).items()):
            if excess <= 0:
                return None
            excess -= count
            resumes = _end(slot) + DOCUMENTED.window
            if excess <= 0:
                return resumes
        return None

    def reserved(self, requests: int, now: datetime, kept: int = 0) -> "TokenPace":
        """Return the pace after requests are sent; the same pace if they may not be sent now.

        `kept` is the number of further requests that must still be possible after them.
        """
        if self.resumes_at(requests + kept, now) is not None:
            return self
        recent = self._recent(now)
        slot = _slot(now)
        return replace(self, sent={**recent, slot: recent.get(slot, 0) + requests}, parked_until=None)

    def parked(self, wait: timedelta | None, now: datetime) -> "TokenPace":
        """Return the pace after Cloudflare asks to wait."""
        until = parked_until(wait, now)
        is_longer = self.parked_until is None or until > self.parked_until
        return replace(self, parked_until=until) if is_longer else self

    def _recent(self, now: datetime) -> dict[int, int]:
        """Return the slots that overlap the window before an instant."""
        return {slot: count for slot, count in self.sent.items() if _end(slot) > now - DOCUMENTED.window}


def first_in_turn(accounts: int, as_of: datetime) -> int:
    """Return the place of the account that a run begins with: another one each hour.

    A run reads analytics of the first accounts of each token only, until the limit of its requests. Whatever
    share of the accounts that is, each account is soon in it. A few accounts keep their order.
    """
    if accounts <= _ACCOUNTS_WITH_ANALYTICS:
        return 0
    hours = int(as_of.timestamp()) // 3600
    return (hours * _GOLDEN_RATIO % 2**32) * accounts >> 32


def parked_until(wait: timedelta | None, now: datetime) -> datetime:
    """Return the end of a wait that Cloudflare asks for; `None` if it does not say how long."""
    return now + min(_BLOCKED_FOR if wait is None else wait, _LONGEST)


def _allowed(limit: RequestLimit) -> int:
    return limit.quota - limit.quota // _LEFT_TO_OTHERS


def _slot(instant: datetime) -> int:
    return int(instant.timestamp() // SLOT.total_seconds())


def _end(slot: int) -> datetime:
    return datetime.fromtimestamp((slot + 1) * SLOT.total_seconds(), UTC)
