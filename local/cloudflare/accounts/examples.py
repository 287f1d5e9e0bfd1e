"""Example accounts that Version 2 serves, and the accounts of the demo."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from local.cloudflare.accounts.account import (
    V1,
    Account,
    Crowd,
    GivenRows,
    Metered,
    Surge,
    V1Access,
    V2Post,
    Zone,
    account,
)
from local.cloudflare.accounts.catalog import METRICS
from local.cloudflare.accounts.reporting import midnight_before
from local.cloudflare.accounts.self_serve import (
    ANCHOR_31,
    LATE,
    LOOSELY_TYPED,
    NO_INFO,
    RESTATED,
    SELF_SERVE,
    STORAGE_FOR_FREE,
    TWO_PERIODS,
    TWO_SUBSCRIPTIONS,
    UNCOVERED,
    UNREADABLE,
    self_serve_looping,
    self_serve_runaway,
    shrinking,
    vanishing,
    with_a_gap,
)

WITHIN_ALLOWANCE_ID = "b5c6d7e8f90a1b2c3d4e5f6071829304"
SPIKING_ID = "c6d7e8f90a1b2c3d4e5f6071829304b5"
BRANCHING_OUT_ID = "d7e8f90a1b2c3d4e5f6071829304b5c6"
GROWN_ID = "e8f90a1b2c3d4e5f6071829304b5c6d7"

_UPLOADS = "r2_storage_class_a_operations"
_NEWCOMER = "kv_write_operations"
_USED = {"workers_standard_requests", "kv_read_operations", "d1_rows_written", _UPLOADS}


def _unpriced(account_id: str, name: str, scale: str, *surges: Surge) -> Account:
    used = {*_USED, *(surge.metric_id for surge in surges)}
    metrics = tuple(metric for metric in METRICS if metric.id in used)
    source = Metered(name, scale=Decimal(scale), metrics=metrics, surges=surges)
    one = account(account_id, name, source)
    return replace(one, v2_post=V2Post.NO_COSTS, v1=V1(V1Access.FORBIDDEN))


# On the 22nd of a month more than four fifths of some allowance are used up, and none is used up wholly.
WITHIN_ALLOWANCE = _unpriced(WITHIN_ALLOWANCE_ID, "Within the Allowance", "1")


def spiking(now: datetime) -> Account:
    """Make the account with forty times as many R2 writes on the day before yesterday."""
    day = midnight_before(now, 2)
    upload = Surge(_UPLOADS, day, 40, until=day + timedelta(days=1))
    return _unpriced(SPIKING_ID, "One Day's Spike", "1", upload)


def branching_out(now: datetime) -> Account:
    """Make the account that began to write to KV three days ago."""
    start = midnight_before(now, 3)
    unused = Surge(_NEWCOMER, datetime(2020, 1, 1, tzinfo=UTC), 0, until=start)
    return _unpriced(BRANCHING_OUT_ID, "Branching Out", "0.3", unused, Surge(_NEWCOMER, start, 40))


def grown(now: datetime) -> Account:
    """Make the account that writes four times as much to R2 since five days ago."""
    more = Surge(_UPLOADS, midnight_before(now, 5), 4)
    return _unpriced(GROWN_ID, "Grown to Another Level", "0.3", more)


_WITH_ALLOWANCE = tuple(metric for metric in METRICS if metric.price.included)

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
    """Make the account in a loop: a thousandfold Workers requests for three days."""
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
    version_1 = (
        SELF_SERVE,
        self_serve_runaway(now),
        self_serve_looping(now),
        TWO_PERIODS,
        TWO_SUBSCRIPTIONS,
        ANCHOR_31,
    )
    shapes = (LOOSELY_TYPED, STORAGE_FOR_FREE, NO_INFO, UNCOVERED, UNREADABLE)
    reporting = (LATE, RESTATED, vanishing(now), shrinking(now), with_a_gap(now))
    return (*version_2, *posting, *changing, *version_1, *shapes, *reporting)
