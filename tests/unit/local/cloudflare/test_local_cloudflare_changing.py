from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from local.cloudflare.accounts.account import Metered
from local.cloudflare.accounts.examples import WITHIN_ALLOWANCE, branching_out, grown, spiking
from local.cloudflare.accounts.metering import days_of_use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.cloudflare.accounts.account import Account

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
UPLOADS = "r2_storage_class_a_operations"
WRITES = "kv_write_operations"


def days_of(account: Account, metric_id: str) -> Mapping[date, Decimal]:
    found = days_of_use(account, date(2026, 10, 1), NOW.date() - timedelta(days=1), NOW)
    return {used.day: used.quantity for used in found if used.metric.id == metric_id}


def without_surges(account: Account) -> Account:
    assert isinstance(account.source, Metered)
    return replace(account, source=replace(account.source, surges=()))


def test_within_the_allowance_nothing_costs_anything_while_most_of_one_is_used() -> None:
    used: dict[str, Decimal] = defaultdict(Decimal)
    cost = Decimal(0)
    shares = {}
    for one in days_of_use(WITHIN_ALLOWANCE, date(2026, 11, 1), NOW.date(), NOW):
        used[one.metric.id] += one.quantity
        cost += one.cost
        shares[one.metric.id] = used[one.metric.id] / one.metric.price.included

    assert cost == 0
    assert Decimal("0.8") < max(shares.values()) < 1


def test_a_surge_ends_where_it_is_said_to_end() -> None:
    days = days_of(spiking(NOW), UPLOADS)
    peak = date(2026, 11, 20)

    assert max(days, key=lambda day: days[day]) == peak
    usual = days_of(without_surges(spiking(NOW)), UPLOADS)
    assert {day for day in days if days[day] != usual[day]} == {peak}
    assert 39 < days[peak] / usual[peak] < 41


def test_a_metric_hidden_by_an_empty_surge_begins_when_it_ends() -> None:
    days = days_of(branching_out(NOW), WRITES)

    assert list(days) == [date(2026, 11, day) for day in (19, 20, 21)]


def test_a_level_that_has_changed_stays() -> None:
    days = days_of(grown(NOW), UPLOADS)
    before = [days[date(2026, 11, day)] for day in range(10, 14)]
    since = [days[date(2026, 11, day)] for day in range(17, 21)]

    assert 3 < sum(since) / sum(before) < 5
