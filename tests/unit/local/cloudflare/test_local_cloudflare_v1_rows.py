from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from local.cloudflare.accounts.catalog import METRICS
from local.cloudflare.accounts.examples import RATED
from local.cloudflare.accounts.metering import days_of_use
from local.cloudflare.accounts.self_serve import (
    LOOSELY_TYPED,
    SELF_SERVE,
    STORAGE_FOR_FREE,
    self_serve_runaway,
)
from local.cloudflare.api.v1 import get_usage
from local.cloudflare.http import Request

if TYPE_CHECKING:
    from local.cloudflare.accounts.account import Account

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
FIRST_DAY = {"from": "2026-11-05", "to": "2026-11-05"}


def _rows(account: Account, query: dict[str, str] | None = None) -> list[dict[str, Any]]:
    reply = get_usage(Request("GET", "", query or {}, {}), account, NOW)
    rows: list[dict[str, Any]] = json.loads(reply.body, parse_float=Decimal)["result"]
    return rows


def _metric(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["ServiceName"].startswith(name)]


def _slug(service_name: str) -> str:
    outside_brackets = re.sub(r"\((?!in )[^)]*\)", "", service_name)
    return re.sub(r"[^a-z0-9]+", "_", outside_brackets.lower()).strip("_")


def test_a_row_has_the_columns_and_words_of_version_1() -> None:
    [row] = _metric(_rows(SELF_SERVE, FIRST_DAY), "R2 Storage Class A")
    name = "R2 Storage Class A Operations (First 1M included)"

    assert isinstance(row.pop("ConsumedQuantity"), int)
    assert row == {
        "ServiceProviderName": "Cloudflare, Inc.",
        "InvoiceIssuerName": "Cloudflare, Inc.",
        "HostProviderName": "Cloudflare, Inc.",
        "BillingAccountId": SELF_SERVE.id,
        "BillingAccountName": SELF_SERVE.name,
        "ServiceName": name,
        "ServiceFamilyName": "R2",
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeDescription": f"{name} usage measured in Count",
        "ChargePeriodStart": "2026-11-05T00:00:00Z",
        "ChargePeriodEnd": "2026-11-06T00:00:00Z",
        "BillingPeriodStart": "2026-11-05T00:00:00Z",
        "BillingCurrency": "USD",
        "ConsumedUnit": "",
        "PricingUnit": "Count",
        "PricingQuantity": 0,
        "CumulatedPricingQuantity": 0,
        "ListCost": 0,
        "ContractedCost": 0,
        "EffectiveCost": 0,
        "BilledCost": 0,
        "CumulatedContractedCost": 0,
        "SubscriptionId": SELF_SERVE.subscriptions[0].id,
    }


def test_only_zone_products_have_the_zone_keys() -> None:
    zoned = {metric.service_name for metric in METRICS if metric.zoned}

    for row in _rows(SELF_SERVE):
        assert ("ZoneId" in row) == ("ZoneName" in row) == (row["ServiceName"] in zoned)


def test_only_what_is_counted_has_no_unit() -> None:
    units = {row["ServiceName"].split(" (")[0]: row["ConsumedUnit"] for row in _rows(SELF_SERVE)}

    assert {name: units[name] for name in ("R2 Data Storage", "Durable Objects Compute Duration")} == {
        "R2 Data Storage": "GB-months",
        "Durable Objects Compute Duration": "GB-seconds",
    }
    assert units["Workers CPU ms"] == units["D1 - Rows Read"] == ""
    assert all(row["PricingUnit"] == (row["ConsumedUnit"] or "Count") for row in _rows(SELF_SERVE))


def test_the_slug_of_a_service_name_is_the_metrics_id() -> None:
    scaled = {metric.id for metric in METRICS if metric.counts_by > 1}

    assert {metric.id: _slug(metric.service_name) for metric in METRICS if metric.id not in scaled} == {
        metric.id: metric.id for metric in METRICS if metric.id not in scaled
    }
    assert len(scaled) == 2
    assert sum("included)" in metric.service_name for metric in METRICS) > 30


def test_running_totals_end_where_the_days_add_up_to() -> None:
    def series(row: dict[str, Any]) -> tuple[str, str]:
        return row["ServiceName"], row.get("ZoneId", "")

    for _, group in groupby(_rows(SELF_SERVE), key=series):
        days = list(group)
        assert days[-1]["CumulatedContractedCost"] == sum(day["BilledCost"] for day in days)
        assert days[-1]["CumulatedPricingQuantity"] == sum(day["PricingQuantity"] for day in days)


def test_the_allowance_lasts_for_the_cycle_and_then_costs_begin() -> None:
    days = _metric(_rows(SELF_SERVE), "Workers CPU ms")

    first, *_, last = days
    assert (first["BilledCost"], first["PricingQuantity"]) == (0, 0)
    assert last["CumulatedPricingQuantity"] == sum(day["ConsumedQuantity"] for day in days) - 30_000_000
    assert last["CumulatedContractedCost"] > 0
    assert all(
        day["ListCost"] == day["ContractedCost"] == day["EffectiveCost"] == day["BilledCost"] for day in days
    )


def test_storage_is_billed_in_daily_shares() -> None:
    shares = [row["ConsumedQuantity"] for row in _metric(_rows(SELF_SERVE), "R2 Data Storage")]

    assert max(shares) < min(shares) * Decimal("1.05")
    stored = shares[-1] * 30 * 10**9
    assert stored == int(stored)


def test_storage_above_the_allowance_can_be_shown_at_no_cost() -> None:
    free = _metric(_rows(STORAGE_FOR_FREE), "R2 Data Storage")
    priced = _metric(_rows(SELF_SERVE), "R2 Data Storage")

    assert sum(row["ConsumedQuantity"] for row in free) > 10
    assert {row["BilledCost"] for row in free} == {row["PricingQuantity"] for row in free} == {0}
    assert sum(row["BilledCost"] for row in priced) > 0
    assert sum(row["BilledCost"] for row in _rows(STORAGE_FOR_FREE)) > 0


def test_a_name_may_say_that_it_counts_in_thousands() -> None:
    minutes = _metric(_rows(SELF_SERVE, FIRST_DAY), "Stream Bundle")[0]

    assert minutes["ServiceName"].endswith("(in thousands)")
    assert 0 < minutes["ConsumedQuantity"] < 1


def test_numbers_may_be_texts_and_names_may_be_null() -> None:
    rows = _rows(LOOSELY_TYPED)

    for column in ("ConsumedQuantity", "PricingQuantity", "BilledCost", "CumulatedContractedCost"):
        assert all(isinstance(row[column], str) and Decimal(row[column]) >= 0 for row in rows)
    assert {(row["BillingAccountName"], row["ChargeDescription"]) for row in rows} == {(None, None)}


def test_both_versions_report_the_same_quantities() -> None:
    unscaled = {metric.id for metric in METRICS if metric.counts_by == 1}
    in_v1: dict[str, Decimal] = defaultdict(Decimal)
    in_v2: dict[str, Decimal] = defaultdict(Decimal)
    for row in _rows(RATED):
        in_v1[_slug(row["ServiceName"])] += row["ConsumedQuantity"]
    for used in days_of_use(RATED, date(2026, 11, 1), NOW.date(), NOW):
        in_v2[used.metric.id] += used.quantity

    assert {key: in_v1[key] for key in unscaled} == {key: in_v2[key] for key in unscaled}


def test_the_runaway_shows_its_loop_in_cost_and_requests() -> None:
    rows = _metric(_rows(self_serve_runaway(NOW)), "Workers Standard Requests")
    before, first_day = (row["ConsumedQuantity"] for row in rows[-5:-3])

    assert first_day > 500 * before
    assert sum(row["BilledCost"] for row in rows) > 100
