"""The price list that ships: whole, dated, and silent about what is doubtful."""

import csv
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from cloudflare_budgets.adapters.price_list_file import FILE, shipped_prices
from cloudflare_budgets.domain.pricing.price import IncludedPer, Price
from cloudflare_budgets.domain.pricing.rated import Rated
from cloudflare_budgets.domain.pricing.rating import cost_of
from cloudflare_budgets.domain.primitives.amount import is_bounded
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import metric_slug

PRICES = shipped_prices()
START = datetime(2026, 11, 5, tzinfo=UTC)
CYCLE = Period(START, datetime(2026, 12, 5, tzinfo=UTC))
EVERY = pytest.mark.parametrize("price", PRICES.prices.values(), ids=lambda price: price.metric_id)


def found(metric_id: str, name: str | None = None) -> Price:
    price = PRICES.find(metric_id, name)
    assert price is not None
    return price


def test_no_metric_stands_twice_in_the_file() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [f"{row['metric_id']} from {row['valid_from']}" for row in rows]
    names += [alias for row in rows for alias in row["aliases"].split(";") if alias]
    assert len(names) == len(set(names))
    assert {row["metric_id"] for row in rows} == set(PRICES.prices)


@EVERY
def test_every_metric_is_named_as_version_1_names_it(price: Price) -> None:
    assert metric_slug(price.name) == price.metric_id


@EVERY
def test_every_price_says_where_and_when_it_was_read(price: Price) -> None:
    assert price.source
    assert date(2026, 3, 1) <= date.fromisoformat(price.seen) <= date(2026, 11, 30)


@EVERY
def test_every_price_is_a_price_or_says_why_not(price: Price) -> None:
    assert price.units
    assert price.per > 0
    assert all(tier.amount >= 0 and is_bounded(tier.amount) for tier in price.tiers)
    assert price.reason_unpriced is None or re.match("[a-z]", price.reason_unpriced)


def test_every_listed_metric_has_a_price_on_each_day() -> None:
    starts = [version.valid_from for price in PRICES.prices.values() for version in price.versions]
    for price in PRICES.prices.values():
        begun = min(version.valid_from or START for version in price.versions)
        for day in {begun, *(start for start in starts if start and start >= begun)}:
            version = price.at(day)
            assert version is not None, price.metric_id
            assert version.reason_unpriced is None


def test_trap_22_a_doubtful_scale_or_allowance_returns_a_range_instead_of_a_figure() -> None:
    def cost(metric_id: str, quantity: int, day: datetime = START) -> Rated:
        return cost_of(found(metric_id).as_of(day), {day: Decimal(quantity)}, CYCLE)

    assert cost("observability_logs", 21) == Rated(Decimal(0), Decimal(0), Decimal("0.60"))
    # More than 5 billion events a day do not exist, so these are not millions of events.
    assert cost("observability_logs", 6000).high == 0
    assert cost("observability_logs", 6000, datetime(2026, 12, 1, tzinfo=UTC)) == Rated()
    assert cost("fast_twitch_neurons", 2000) == Rated(Decimal(0), Decimal(0), Decimal("0.25"))
    assert cost("images_delivered_in_hundred_thousands", 250_000).number == 2
    assert cost("images_delivered_in_hundred_thousands", 99_999).number == 0
    assert cost("stream_bundle_basic_minutes_of_video_viewed_in_thousands", 198).number == 1
    assert cost("dynamic_workers", 715) == Rated()


def test_concurrent_browsers_cost_what_cloudflares_page_says() -> None:
    peaks = {START + timedelta(days=count): Decimal(10 if count < 15 else 20) for count in range(30)}
    assert cost_of(found("browser_run_average_concurrent_browsers"), peaks, CYCLE).number == 10


@pytest.mark.parametrize(
    ("metric_id", "name", "family", "known"),
    [
        ("0f1e", "R2 SQL - Data Scanned (first 10 GB included)", "R2", "r2_sql_data_scanned"),
        ("workflows_state_storage", None, "Workflows", "workflows_storage"),
        ("0f1e", "Telemetry Ingested", "Observability", "observability_telemetry_ingested"),
        ("0f1e", "Zaraz - Events", None, "zaraz_events"),
        ("0f1e", "Pipelines - Sink (Parquet)", "Pipelines", None),
        ("storage", "Storage", "Durable Objects", None),
    ],
)
def test_a_metric_without_a_recorded_id_is_found_by_family_and_wording(
    metric_id: str, name: str | None, family: str | None, known: str | None
) -> None:
    price = PRICES.find(metric_id, name, family)
    assert (price.metric_id if price else None) == known


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
