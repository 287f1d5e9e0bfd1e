"""Example accounts that pay by card: Version 1 serves them, Version 2 is closed to them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from local.cloudflare.accounts.account import V1, Account, Credentials, Metered, Surge, V1Access, Zone
from local.cloudflare.accounts.catalog import CATEGORIES, METRICS
from local.cloudflare.accounts.reporting import Drop, Reporting, Restatement, Stop, midnight_before
from local.cloudflare.accounts.subscriptions import Subscription

_PRICED = tuple(metric for metric in METRICS if metric.price.amount)
_ZONES = (
    Zone("d1d2d3d4d5d6d7d8d9d0e1e2e3e4e5e6", "example.org", 80),
    Zone("e1e2e3e4e5e6e7e8e9e0f1f2f3f4f5f6", "blog.example.org", 20),
)
_REQUESTS = "workers_standard_requests"
_MORNING_AFTER = timedelta(hours=8)


def self_serve(name: str, anchor: date, reporting: Reporting | None = None, v1: V1 | None = None) -> Account:
    """Make a self-serve account with one subscription that began on `anchor`, in UTC.

    The name gives its id and usage. By default, a day is reported at 08:00 UTC of the next.
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
    """Developer products renew on the 5th, others on the 20th; those of the 31st are over."""
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
SELF_SERVE_LOOPING_ID = _id_of("Self-Serve Loop")
SELF_SERVE_RUNAWAY_ID = _id_of("Self-Serve Runaway")


def self_serve_runaway(now: datetime) -> Account:
    """Make the account in a loop: a thousandfold Workers requests for three days.

    Its cycle began about seventeen days ago, and the running day is reported.
    """
    one = self_serve("Self-Serve Runaway", _anchor_before(now), Reporting())
    loop = Surge(_REQUESTS, midnight_before(now, 3) + timedelta(hours=6), 1000)
    source = Metered("self-serve runaway", Decimal("0.5"), _PRICED, _ZONES, surges=(loop,))
    return replace(one, source=source)


def self_serve_looping(now: datetime) -> Account:
    """Make the account whose Worker calls itself for 50 minutes, which bills show tomorrow.

    Its cycle began about seventeen days ago.
    """
    one = self_serve("Self-Serve Loop", _anchor_before(now))
    loop = Surge(_REQUESTS, now - timedelta(minutes=50), 50_000)
    source = Metered("self-serve loop", Decimal("0.5"), _PRICED, _ZONES, surges=(loop,))
    return replace(one, source=source)


def vanishing(now: datetime) -> Account:
    """Make the account whose Workers requests are not reported any more since two days ago."""
    stop = Stop(_REQUESTS, midnight_before(now, 2))
    return self_serve("Vanished Metric", _anchor_before(now), Reporting(stops=(stop,)))


def shrinking(now: datetime) -> Account:
    """Make the account whose usage until yesterday is reported at 60 percent from today on."""
    drop = Drop(midnight_before(now, 0), percent=60)
    return self_serve("Shrinking Total", _anchor_before(now), Reporting(drops=(drop,)))


def with_a_gap(now: datetime) -> Account:
    """Make the account where the fourth and fifth day before today are missing."""
    missing = tuple(now.date() - timedelta(days=days) for days in (5, 4))
    return self_serve("Missing Days", _anchor_before(now), Reporting(missing_days=missing))


def _anchor_before(now: datetime) -> date:
    return now.date() - timedelta(days=365 + 17)
