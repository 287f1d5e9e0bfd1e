"""Wires a check without AWS: files, Cloudflare, SQLite and a channel."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.check.delivery import Delivery
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.configuration_ports import ConfigurationSource
from cloudflare_budgets.ports import AlertTopic, FreshUsageSource, UsageSource
from cloudflare_budgets_cli.sqlite.database import SqliteDatabase
from cloudflare_budgets_cli.sqlite.outbox import SqliteOutbox
from cloudflare_budgets_cli.sqlite.state_store import SqliteStateStore

# A person waits for a check, and nothing ends it early.
_TIME_LEFT = timedelta(hours=1)
# After this time, a check that claimed an alert counts as ended.
_LEASE = timedelta(minutes=15)


def dependencies(  # noqa: PLR0913 - what a check reads from and acts on
    configuration: ConfigurationSource,
    usage: UsageSource,
    topic: AlertTopic,
    database: SqliteDatabase,
    clock: Callable[[], datetime],
    *,
    fresh: FreshUsageSource | None = None,
    sleep: Callable[[float], None] = lambda _: None,
) -> Dependencies:
    """Return everything a check needs; `prefix` names budgets in messages as files do."""
    state = SqliteStateStore(database, clock)
    delivery = Delivery(
        outbox=SqliteOutbox(database, _LEASE),
        topic=topic,
        owner=uuid.uuid4().hex,
        clock=clock,
        time_left=lambda: _TIME_LEFT,
        sleep=sleep,
    )
    return Dependencies(
        prefix="",
        configuration=configuration,
        usage=usage,
        fresh=fresh,
        accounts=state,
        runs=state,
        standings=state,
        delivery=delivery,
        time_left=lambda: _TIME_LEFT,
        prices=shipped_prices(),
    )
