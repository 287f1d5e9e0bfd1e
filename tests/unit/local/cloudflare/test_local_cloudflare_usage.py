from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from local.cloudflare.accounts.account import Account, GivenRows, account
from local.cloudflare.accounts.catalog import METRICS
from local.cloudflare.accounts.examples import EMPTY, ORDINARY, QUIET, RATED, crowded, demo_accounts, runaway
from local.cloudflare.accounts.metering import Total
from local.cloudflare.api.focus import rows

if TYPE_CHECKING:
    from local.cloudflare.http import Row

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
FAMILIES = {
    "Workers",
    "Workers KV",
    "R2",
    "D1",
    "Durable Objects",
    "Queues",
    "Vectorize",
    "Workers AI",
    "Containers",
    "Images",
    "Stream",
    "CDN",
    "Argo Smart Routing",
}


def _rows(account: Account, first: date, last: date, now: datetime = NOW) -> list[Row]:
    return list(rows(account, first, last, now))


def _sums(found: list[Row], column: str) -> dict[tuple[object, object], Decimal]:
    sums: dict[tuple[object, object], Decimal] = defaultdict(Decimal)
    for row in found:
        value = row[column]
        assert isinstance(value, Decimal)
        sums[row["x_BillableMetricId"], row.get("x_ZoneId")] += value
    return sums


def test_the_catalog_has_some_fifty_metrics_of_every_kind_of_product() -> None:
    assert len(METRICS) >= 50
    assert len({metric.id for metric in METRICS}) == len(METRICS)
    assert {metric.family for metric in METRICS} >= FAMILIES
    assert any(metric.zoned for metric in METRICS)


def test_a_day_is_the_same_whenever_it_is_requested() -> None:
    day = date(2026, 11, 12)
    alone = _rows(RATED, day, day)

    assert alone == _rows(RATED, day, day, NOW + timedelta(days=400))
    within = _rows(RATED, date(2026, 11, 5), date(2026, 11, 20))
    assert all(row in within for row in alone)


def test_no_two_accounts_use_the_same() -> None:
    day = date(2026, 11, 12)

    ours, theirs = (_sums(_rows(one, day, day), "ConsumedQuantity") for one in (ORDINARY, RATED))
    assert ours.keys() == theirs.keys()
    assert ours != theirs


def test_the_running_day_grows_with_the_hours_and_tomorrow_does_not_exist() -> None:
    today = NOW.date()
    at_ten, at_ten_pm = (
        _sums(_rows(ORDINARY, today, today + timedelta(days=5), NOW.replace(hour=hour)), "ConsumedQuantity")
        for hour in (10, 22)
    )

    for series, quantity in at_ten.items():
        assert at_ten_pm[series] == pytest.approx(quantity * 22 / 10, rel=Decimal("0.1"))
    assert not _rows(ORDINARY, today, today, datetime(2026, 11, 22, tzinfo=UTC))


def test_requests_drop_at_the_weekend_and_storage_does_not() -> None:
    friday, sunday = (
        _sums(_rows(ORDINARY, day, day), "ConsumedQuantity")
        for day in (date(2026, 11, 13), date(2026, 11, 15))
    )

    requests, storage = ("workers_standard_requests", None), ("r2_data_storage", None)
    assert sunday[requests] < friday[requests] * Decimal("0.75")
    assert abs(sunday[storage] / friday[storage] - 1) < Decimal("0.03")


def test_zone_products_have_a_row_for_each_zone() -> None:
    day = date(2026, 11, 12)
    zoned = {metric.id for metric in METRICS if metric.zoned}

    for row in _rows(ORDINARY, day, day):
        assert ("x_ZoneId" in row) == (row["x_BillableMetricId"] in zoned)
    assert len(_rows(ORDINARY, day, day)) == len(METRICS) + 2 * len(zoned)


def test_the_runaway_meter_jumps_a_thousandfold_within_a_day() -> None:
    looping = runaway(NOW)
    found = _rows(looping, date(2026, 11, 18), date(2026, 11, 20))
    days = [
        row["ConsumedQuantity"] for row in found if row["x_BillableMetricId"] == "workers_standard_requests"
    ]

    before, jump, after = (Decimal(str(quantity)) for quantity in days)
    assert jump > 500 * before
    assert 700 < after / before < 1300


@pytest.mark.parametrize("month", range(1, 11))
def test_the_quiet_account_stays_inside_every_allowance(month: int) -> None:
    last = date(2026, month + 1, 1) - timedelta(days=1)
    found = _rows(replace(QUIET, rated=True), date(2026, month, 1), last)

    assert found
    assert sum(_sums(found, "BilledCost").values()) == 0
    assert sum(_sums(found, "ListCost").values()) > 0


def test_the_empty_account_has_no_rows() -> None:
    assert not _rows(EMPTY, date(2026, 11, 1), NOW.date())


def test_the_days_costs_add_up_to_the_cost_of_the_month() -> None:
    found = _rows(RATED, date(2026, 10, 1), date(2026, 10, 31))
    quantities, costs = _sums(found, "ConsumedQuantity"), _sums(found, "BilledCost")

    for metric in METRICS:
        if metric.price.allowance == "day":
            continue
        for series in (series for series in costs if series[0] == metric.id):
            assert costs[series] == Total().plus(metric.price, quantities[series]).cost


def test_a_cost_does_not_depend_on_where_the_range_begins() -> None:
    whole = _rows(RATED, date(2026, 10, 20), date(2026, 11, 10))

    assert [row for row in whole if str(row["ChargePeriodStart"]) >= "2026-11-08"] == _rows(
        RATED, date(2026, 11, 8), date(2026, 11, 10)
    )


def test_the_allowance_begins_anew_each_month() -> None:
    found = _rows(RATED, date(2026, 10, 25), date(2026, 11, 5))
    costs = {
        str(row["ChargePeriodStart"])[:10]: row["BilledCost"]
        for row in found
        if row["x_BillableMetricId"] == "workers_cpu_ms"
    }

    assert costs["2026-10-30"] != 0
    assert costs["2026-11-01"] == 0


def test_days_follow_one_another_without_a_gap() -> None:
    found = _rows(ORDINARY, date(2026, 10, 28), date(2026, 11, 3))
    periods = [
        (row["ChargePeriodStart"], row["ChargePeriodEnd"])
        for row in found
        if row["x_BillableMetricId"] == "d1_rows_read"
    ]

    assert len(periods) == 7
    assert all(earlier[1] == later[0] for earlier, later in pairwise(periods))


@pytest.mark.parametrize("count", [1, 21, 2000, 5003])
def test_a_crowd_has_exactly_as_many_rows_as_were_ordered(count: int) -> None:
    crowd = crowded(count)

    keys = {
        (row["x_BillableMetricId"], row["x_ZoneId"], row["ChargePeriodStart"])
        for row in _rows(crowd, date(2026, 11, 1), NOW.date())
    }
    assert len(keys) == count
    assert len(_rows(crowd, date(2026, 10, 1), date(2026, 10, 31))) == count


def test_given_rows_are_given_back_for_their_days() -> None:
    dated: Row = {"ChargePeriodStart": "2026-11-02T00:00:00Z", "ConsumedQuantity": Decimal(-1)}
    undated: Row = {"ChargePeriodStart": "someday"}
    given = account("0" * 32, "Given", GivenRows((dated, undated)))

    assert _rows(given, date(2026, 11, 1), date(2026, 11, 30)) == [dated, undated]
    assert _rows(given, date(2026, 11, 3), date(2026, 11, 30)) == [undated]


def test_the_names_of_demo_accounts_are_distinct() -> None:
    accounts = demo_accounts(NOW)

    assert len({account.id for account in accounts}) == len(accounts)
    assert len({account.credentials.token for account in accounts}) == len(accounts)
    assert all(len(account.credentials.token) == 40 for account in accounts)
