"""Example accounts of the local Cloudflare."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from local.cloudflare.accounts.account import (
    V1,
    Account,
    Credentials,
    Crowd,
    GivenRows,
    Metered,
    Source,
    Surge,
    V1Access,
    V2Post,
    Zone,
    account,
)
from local.cloudflare.accounts.catalog import CATEGORIES, METRICS
from local.cloudflare.accounts.reporting import Drop, Reporting, Restatement, Stop
from local.cloudflare.accounts.subscriptions import Subscription

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
    """Make the account that wrote forty times as much to R2 on one day, the day before yesterday."""
    day = _midnight(now, 2)
    upload = Surge(_UPLOADS, day, 40, until=day + timedelta(days=1))
    return _unpriced(SPIKING_ID, "One Day's Spike", "1", upload)


def branching_out(now: datetime) -> Account:
    """Make the account that began to write to KV three days ago."""
    start = _midnight(now, 3)
    unused = Surge(_NEWCOMER, datetime(2020, 1, 1, tzinfo=UTC), 0, until=start)
    return _unpriced(BRANCHING_OUT_ID, "Branching Out", "0.3", unused, Surge(_NEWCOMER, start, 40))


def grown(now: datetime) -> Account:
    """Make the account that writes four times as much to R2 since five days ago."""
    more = Surge(_UPLOADS, _midnight(now, 5), 4)
    return _unpriced(GROWN_ID, "Grown to Another Level", "0.3", more)


def _midnight(now: datetime, days_ago: int) -> datetime:
    return datetime.combine(now.date() - timedelta(days=days_ago), time(), UTC)


_WITH_ALLOWANCE = tuple(metric for metric in METRICS if metric.price.included)

_PRICED = tuple(metric for metric in METRICS if metric.price.amount)
_ZONES = (
    Zone("d1d2d3d4d5d6d7d8d9d0e1e2e3e4e5e6", "example.org", 80),
    Zone("e1e2e3e4e5e6e7e8e9e0f1f2f3f4f5f6", "blog.example.org", 20),
)
_REQUESTS = "workers_standard_requests"
_MORNING_AFTER = timedelta(hours=8)


def self_serve(name: str, anchor: date, reporting: Reporting | None = None, v1: V1 | None = None) -> Account:
    """Make a self-serve account with one subscription that began on `anchor`, in UTC.

    The name gives its id and usage. Unless told otherwise, a day is reported at 08:00 UTC of the next.
    """
    account_id = _id_of(name)
    return Account(
        account_id,
        name,
        Credentials.of(account_id),
        Metered(name, metrics=_PRICED, zones=_ZONES),
        (Subscription(_id_of(f"{name} subscription"), "Pay as you go", CATEGORIES, anchor),),
        v2_open=False,
        v1=v1 or V1(),
        reporting=reporting or Reporting(lateness=_MORNING_AFTER),
    )


def _id_of(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def _two_subscriptions() -> Account:
    """Developer products renew on the 5th, the others on the 20th; these were on the 31st, and cancelled."""
    one = self_serve("Two Subscriptions", date(2024, 3, 5))
    developer, *others = CATEGORIES
    subscriptions = (
        Subscription(_id_of("developer"), "Workers Paid", (developer,), date(2024, 3, 5)),
        Subscription(_id_of("first"), "Cancelled", tuple(others), date(2024, 1, 31), date(2026, 2, 28)),
        Subscription(_id_of("second"), "Applications", tuple(others), date(2026, 3, 20)),
    )
    return replace(one, subscriptions=subscriptions)


SELF_SERVE = self_serve("Self-Serve Shop", date(2026, 3, 5))
ANCHOR_31 = self_serve("Anchored on the 31st", date(2025, 1, 31))
TWO_PERIODS = self_serve("Two Periods", date(2025, 4, 8), v1=V1(previous_cycle_days=20))
TWO_SUBSCRIPTIONS = _two_subscriptions()
LATE = self_serve("Late Reports", date(2025, 6, 5), Reporting(lateness=timedelta(hours=30)))
RESTATED = self_serve(
    "Restated Days",
    date(2025, 6, 5),
    Reporting(restatement=Restatement(4, lowest_percent=80, highest_percent=110)),
)
LOOSELY_TYPED = self_serve(
    "Loosely Typed", date(2025, 6, 5), v1=V1(numbers_as_text=True, names_account=False)
)
STORAGE_FOR_FREE = self_serve("Storage for Free", date(2025, 6, 5), v1=V1(prices_storage=False))
NO_INFO = self_serve("No Info", date(2025, 6, 5), v1=V1(has_info=False))
UNCOVERED = self_serve("Not Covered", date(2025, 6, 5), v1=V1(V1Access.NOT_COVERED))
UNREADABLE = self_serve("Both Versions Forbidden", date(2025, 6, 5), v1=V1(V1Access.FORBIDDEN))
SELF_SERVE_RUNAWAY_ID = _id_of("Self-Serve Runaway")


def self_serve_runaway(now: datetime) -> Account:
    """Make the account with a loop in it: Workers requests a thousandfold since 06:00 UTC three days ago.

    Its cycle began about seventeen days ago, and the running day is reported.
    """
    one = self_serve("Self-Serve Runaway", _anchor_before(now), Reporting())
    loop = Surge(_REQUESTS, _midnight(now, 3) + timedelta(hours=6), 1000)
    source = Metered("self-serve runaway", Decimal("0.5"), _PRICED, _ZONES, surges=(loop,))
    return replace(one, source=source)


def vanishing(now: datetime) -> Account:
    """Make the account whose Workers requests are not reported any more since two days ago."""
    stop = Stop(_REQUESTS, _midnight(now, 2))
    return self_serve("Vanished Metric", _anchor_before(now), Reporting(stops=(stop,)))


def shrinking(now: datetime) -> Account:
    """Make the account whose usage until yesterday's end is reported at 60 percent from today on."""
    drop = Drop(_midnight(now, 0), percent=60)
    return self_serve("Shrinking Total", _anchor_before(now), Reporting(drops=(drop,)))


def with_a_gap(now: datetime) -> Account:
    """Make the account where the fourth and fifth day before today are missing."""
    missing = tuple(now.date() - timedelta(days=days) for days in (5, 4))
    return self_serve("Missing Days", _anchor_before(now), Reporting(missing_days=missing))


def _anchor_before(now: datetime) -> date:
    return now.date() - timedelta(days=365 + 17)


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
