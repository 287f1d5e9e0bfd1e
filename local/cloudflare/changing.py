"""Accounts of Version 2 whose costs neither version gives: they are estimated, from usage that may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from local.cloudflare.account import Account, Metered, Surge, account
from local.cloudflare.catalog import METRICS
from local.cloudflare.versions import V1, V1Access, V2Post

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
