"""The price list that ships: whole, dated, and silent about what is doubtful."""

import csv
import re
from datetime import date
from decimal import Decimal

import pytest

from cloudflare_budgets.adapters.price_list_file import FILE, shipped_prices
from cloudflare_budgets.domain.pricing.price import IncludedPer, Price
from cloudflare_budgets.domain.primitives.amount import is_bounded
from cloudflare_budgets.domain.usage.charge import metric_slug

PRICES = shipped_prices()
EVERY = pytest.mark.parametrize("price", PRICES.prices.values(), ids=lambda price: price.metric_id)


def found(metric_id: str, name: str | None = None) -> Price:
    price = PRICES.find(metric_id, name)
    assert price is not None
    return price


def test_no_metric_stands_twice_in_the_file() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for row in rows for name in (row["metric_id"], *row["aliases"].split(";")) if name]
    assert len(names) == len(set(names))
    assert len(rows) == len(PRICES.prices)


@EVERY
def test_every_metric_is_named_as_version_1_names_it(price: Price) -> None:
    assert metric_slug(price.name) == price.metric_id


@EVERY
def test_every_price_says_where_and_when_it_was_read(price: Price) -> None:
    assert price.source
    assert date(2026, 3, 1) <= date.fromisoformat(price.seen) <= date(2026, 11, 22)


@EVERY
def test_every_price_is_a_price_or_says_why_not(price: Price) -> None:
    assert price.units
    assert price.per > 0
    assert all(tier.amount > 0 and is_bounded(tier.amount) for tier in price.tiers)
    assert price.reason_unpriced is None or re.match("[a-z]", price.reason_unpriced)


@pytest.mark.parametrize(
    ("metric_id", "reason"),
    [
        ("observability_logs", "millions of events"),
        ("dynamic_workers", "not billed yet"),
        ("stream_bundle_basic_minutes_of_video_viewed_in_thousands", "thousands of minutes"),
        ("images_delivered_in_hundred_thousands", "hundred thousands"),
        ("fast_twitch_neurons", "how much of it is included"),
        ("zaraz_loads", "how much of it is included"),
        ("browser_run_average_concurrent_browsers", "mean of daily peaks"),
    ],
)
def test_trap_22_what_is_doubtful_has_a_reason_and_no_estimate(metric_id: str, reason: str) -> None:
    price = found(metric_id)
    assert price.reason_unpriced is not None
    assert reason in (price.reason_unpriced or "")


def test_only_these_are_doubtful() -> None:
    assert len([price for price in PRICES.prices.values() if price.reason_unpriced]) == 7


def test_the_units_of_both_versions_count_in_any_case() -> None:
    assert found("workers_standard_requests").counts("Requests")
    assert found("workers_standard_requests").counts("count")
    assert found("r2_data_storage").counts("GB-Months")
    assert not found("r2_data_storage").counts("Count")
    assert not found("workers_standard_requests").counts("")


@pytest.mark.parametrize(
    ("metric_id", "name", "known"),
    [
        ("browser_rendering_browser_hours", None, "browser_run_browser_hours"),
        ("0f1e", "D1 - Rows Read (first 25 billion included)", "d1_rows_read"),
        ("0f1e", "Browser Rendering - Browser Hours (first 10 are included)", "browser_run_browser_hours"),
        ("durable_objects_storage", None, "durable_objects_storage"),
    ],
)
def test_a_metric_is_found_by_id_by_alias_and_by_the_slug_of_its_name(
    metric_id: str, name: str | None, known: str
) -> None:
    assert found(metric_id, name).metric_id == known


@pytest.mark.parametrize("metric_id", ["r2_infrequent_access", "workers_standard", "kv_storage_bytes", ""])
def test_trap_24_names_are_compared_whole(metric_id: str) -> None:
    assert PRICES.find(metric_id, None) is None
    assert PRICES.find(metric_id, metric_id) is None


def test_the_allowances_that_are_not_simply_the_accounts_each_month() -> None:
    daily = [each.metric_id for each in PRICES.prices.values() if each.included_per is IncludedPer.DAY]
    zoned = [each.metric_id for each in PRICES.prices.values() if each.each_zone]
    assert daily == ["regular_twitch_neurons"]
    assert zoned == ["smart_shield_argo_accelerated_gigabytes"]
    assert found("regular_twitch_neurons").included == Decimal(10_000)
