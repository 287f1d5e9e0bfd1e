"""The accounts that live on the local Cloudflare, and all there is to make others of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from local.cloudflare.account import (
    Account,
    Credentials,
    Crowd,
    GivenRows,
    Metered,
    Source,
    Surge,
    Zone,
    account,
)
from local.cloudflare.catalog import METRICS
from local.cloudflare.changing import WITHIN_ALLOWANCE, branching_out, grown, spiking
from local.cloudflare.self_serve import (
    ANCHOR_31,
    LATE,
    LOOSELY_TYPED,
    NO_INFO,
    RESTATED,
    SELF_SERVE,
    SELF_SERVE_RUNAWAY_ID,
    STORAGE_FOR_FREE,
    TWO_PERIODS,
    TWO_SUBSCRIPTIONS,
    UNCOVERED,
    UNREADABLE,
    self_serve,
    self_serve_runaway,
    shrinking,
    vanishing,
    with_a_gap,
)
from local.cloudflare.versions import V2Post

__all__ = [
    "ANCHOR_31",
    "CLOSED",
    "CLOSED_ID",
    "CROWDED_ID",
    "EMPTY",
    "EMPTY_ID",
    "LATE",
    "LOOSELY_TYPED",
    "NO_INFO",
    "ORDINARY",
    "ORDINARY_ID",
    "POST_FORBIDDEN",
    "POST_NOT_ALLOWED",
    "POST_WITHOUT_COSTS",
    "POST_WITHOUT_METRIC",
    "QUIET",
    "QUIET_ID",
    "RATED",
    "RATED_ID",
    "RESTATED",
    "RUNAWAY_ID",
    "SELF_SERVE",
    "SELF_SERVE_RUNAWAY_ID",
    "STORAGE_FOR_FREE",
    "TWO_PERIODS",
    "TWO_SUBSCRIPTIONS",
    "UNCOVERED",
    "UNREADABLE",
    "WITHIN_ALLOWANCE",
    "Account",
    "Credentials",
    "Crowd",
    "GivenRows",
    "Metered",
    "Source",
    "Surge",
    "Zone",
    "account",
    "branching_out",
    "crowded",
    "demo_accounts",
    "grown",
    "runaway",
    "self_serve",
    "self_serve_runaway",
    "shrinking",
    "spiking",
    "vanishing",
    "with_a_gap",
]

ORDINARY_ID = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
RATED_ID = "1b2c3d4e5f60718293a4b5c6d7e8f90a"
RUNAWAY_ID = "2c3d4e5f60718293a4b5c6d7e8f90a1b"
QUIET_ID = "3d4e5f60718293a4b5c6d7e8f90a1b2c"
EMPTY_ID = "4e5f60718293a4b5c6d7e8f90a1b2c3d"
CLOSED_ID = "5f60718293a4b5c6d7e8f90a1b2c3d4e"
CROWDED_ID = "60718293a4b5c6d7e8f90a1b2c3d4e5f"

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


def _posting(v2_post: V2Post, account_id: str) -> Account:
    name = f"Post {v2_post.replace('_', ' ').title()}"
    return replace(account(account_id, name, Metered(v2_post)), v2_post=v2_post)


POST_WITHOUT_COSTS = _posting(V2Post.NO_COSTS, "718293a4b5c6d7e8f90a1b2c3d4e5f60")
POST_WITHOUT_METRIC = _posting(V2Post.NO_METRIC, "8293a4b5c6d7e8f90a1b2c3d4e5f6071")
POST_FORBIDDEN = _posting(V2Post.FORBIDDEN, "93a4b5c6d7e8f90a1b2c3d4e5f607182")
POST_NOT_ALLOWED = _posting(V2Post.NOT_ALLOWED, "a4b5c6d7e8f90a1b2c3d4e5f60718293")


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
    version_2 = (ORDINARY, RATED, runaway(now), QUIET, EMPTY, CLOSED)
    posting = (POST_WITHOUT_COSTS, POST_WITHOUT_METRIC, POST_FORBIDDEN, POST_NOT_ALLOWED)
    changing = (WITHIN_ALLOWANCE, spiking(now), branching_out(now), grown(now))
    version_1 = (SELF_SERVE, self_serve_runaway(now), TWO_PERIODS, TWO_SUBSCRIPTIONS, ANCHOR_31)
    shapes = (LOOSELY_TYPED, STORAGE_FOR_FREE, NO_INFO, UNCOVERED, UNREADABLE)
    reporting = (LATE, RESTATED, vanishing(now), shrinking(now), with_a_gap(now))
    return (*version_2, *posting, *changing, *version_1, *shapes, *reporting)
