"""The accounts that live on the local Cloudflare, as values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from local.cloudflare.catalog import METRICS

if TYPE_CHECKING:
    from local.cloudflare.catalog import Metric
    from local.cloudflare.json_text import Row

ORDINARY_ID = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
RATED_ID = "1b2c3d4e5f60718293a4b5c6d7e8f90a"
RUNAWAY_ID = "2c3d4e5f60718293a4b5c6d7e8f90a1b"
QUIET_ID = "3d4e5f60718293a4b5c6d7e8f90a1b2c"
EMPTY_ID = "4e5f60718293a4b5c6d7e8f90a1b2c3d"
CLOSED_ID = "5f60718293a4b5c6d7e8f90a1b2c3d4e"
CROWDED_ID = "60718293a4b5c6d7e8f90a1b2c3d4e5f"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Both ways in: an API token, and the older pair of e-mail address and key."""

    token: str
    email: str
    key: str

    @classmethod
    def of(cls, account_id: str) -> Credentials:
        """Derive credentials in Cloudflare's formats: a token of 40 characters, a key of 37 hex digits."""
        digest = hashlib.sha256(account_id.encode()).hexdigest()
        return cls(
            token=f"local_{digest[:34]}", email=f"owner-{account_id[:4]}@example.com", key=digest[-37:]
        )


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone and its share, in percent, of what the account's zone products use."""

    id: str
    name: str
    percent: int


@dataclass(frozen=True, slots=True)
class Surge:
    """From `since` on, one metric runs `factor` times as fast."""

    metric_id: str
    since: datetime
    factor: int


@dataclass(frozen=True, slots=True)
class Metered:
    """Usage that follows from a seed: each day of each metric is the same whenever it is asked for."""

    seed: str
    scale: Decimal = Decimal(1)
    metrics: tuple[Metric, ...] = METRICS
    zones: tuple[Zone, ...] = ()
    surges: tuple[Surge, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenRows:
    """Exactly these rows, those of the days asked for; one without a readable day is always sent."""

    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many rows in a calendar month, split by zone and spread over the days that have begun."""

    rows_per_month: int


Source: TypeAlias = Metered | GivenRows | Crowd


@dataclass(frozen=True, slots=True)
class Account:
    """An account, what it uses and what Cloudflare lets it see.

    `rated` rows carry costs, which the documented GET does not give yet. `v2_open` is false for the many
    accounts that Cloudflare has not let in. Whether the last day of a range belongs to it is undocumented, so
    both exist.
    """

    id: str
    name: str
    credentials: Credentials
    source: Source
    rated: bool = False
    v2_open: bool = True
    last_day_included: bool = True


def account(account_id: str, name: str, source: Source) -> Account:
    """Make an account with credentials of its own."""
    return Account(account_id, name, Credentials.of(account_id), source)


_SHOP_ZONES = (
    Zone("a1a2a3a4a5a6a7a8a9a0b1b2b3b4b5b6", "example.com", 70),
    Zone("b1b2b3b4b5b6b7b8b9b0c1c2c3c4c5c6", "shop.example.net", 25),
    Zone("c1c2c3c4c5c6c7c8c9c0d1d2d3d4d5d6", "docs.example.org", 5),
)
_WITH_ALLOWANCE = tuple(metric for metric in METRICS if metric.price.included)

ORDINARY = account(ORDINARY_ID, "Ordinary Company", Metered("ordinary", zones=_SHOP_ZONES))
RATED = replace(account(RATED_ID, "Rated Company", Metered("rated", zones=_SHOP_ZONES)), rated=True)
QUIET = account(
    QUIET_ID,
    "Quiet Hobby",
    Metered("quiet", scale=Decimal("0.01"), metrics=_WITH_ALLOWANCE, zones=_SHOP_ZONES[:1]),
)
EMPTY = account(EMPTY_ID, "Empty Shell", GivenRows())
CLOSED = replace(account(CLOSED_ID, "Ordinary Self-Serve", Metered("closed")), v2_open=False)


def runaway(now: datetime) -> Account:
    """Make the account with a loop in it: Workers requests a thousandfold since 06:00 UTC three days ago."""
    since = datetime.combine(now.date() - timedelta(days=3), time(6), UTC)
    loop = Surge("workers_standard_requests", since, 1000)
    source = Metered("runaway", scale=Decimal("0.5"), zones=_SHOP_ZONES[:1], surges=(loop,))
    return replace(account(RUNAWAY_ID, "Runaway Loop", source), rated=True)


def crowded(rows_per_month: int) -> Account:
    """Make the benchmark's account, with that many rows in the month so far."""
    return account(CROWDED_ID, "Crowded Platform", Crowd(rows_per_month))


def demo_accounts(now: datetime) -> tuple[Account, ...]:
    """List the accounts that a local Cloudflare starts with at `now`."""
    return (ORDINARY, RATED, runaway(now), QUIET, EMPTY, CLOSED)
