from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from local.cloudflare.accounts.account import Account, GivenRows, account
from local.cloudflare.accounts.catalog import METRICS
from local.cloudflare.accounts.examples import (
    CLOSED,
    ORDINARY,
    POST_FORBIDDEN,
    POST_NOT_ALLOWED,
    POST_WITHOUT_COSTS,
    POST_WITHOUT_METRIC,
    RATED,
)
from local.cloudflare.accounts.self_serve import RESTATED
from local.cloudflare.api.routes import answer
from local.cloudflare.api.v2_costs import product_family_id
from local.cloudflare.http import Reply, Request

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
COSTS = {"BilledCost", "ContractedCost", "EffectiveCost", "ListCost"}
ZONES: dict[str, Any] = {"Type": "DIMENSION", "Key": "zone_id"}


def _reply(account: Account, method: str, body: bytes) -> Reply:
    headers = {"Authorization": f"Bearer {account.credentials.token}"}
    target = f"/client/v4/accounts/{account.id}/billable/usage"
    return answer(Request.of(method, target, headers.items(), body), (account,), NOW)


def _ask(body: object, account: Account = ORDINARY) -> tuple[int, Any]:
    reply = _reply(account, "POST", body if isinstance(body, bytes) else json.dumps(body).encode())
    return reply.status, json.loads(reply.body, parse_float=Decimal)


def _rows(body: object, account: Account = ORDINARY) -> list[dict[str, Any]]:
    status, document = _ask(body, account)
    assert status == 200
    rows: list[dict[str, Any]] = document["result"]
    return rows


def _got(account: Account) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(_reply(account, "GET", b"").body, parse_float=Decimal)["result"]
    return rows


def _total(rows: list[dict[str, Any]], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


def test_costs_are_read_only_when_they_are_requested() -> None:
    assert all(row.keys() >= COSTS for row in _rows({"Metric": "cost"}))
    for body in ({}, {"Metric": "usage"}, b""):
        assert not any(row.keys() & COSTS for row in _rows(body, RATED))


def test_costs_and_quantities_add_up_to_those_of_get() -> None:
    rows = _rows({"Metric": "cost"}, RATED)

    for column in ("ConsumedQuantity", "BilledCost", "ListCost"):
        assert _total(rows, column) == _total(_got(RATED), column)


def test_zone_region_and_account_are_read_only_when_grouped_by() -> None:
    plain, by_zone = _rows({"Metric": "cost"}), _rows({"Metric": "cost", "GroupBy": [ZONES]})
    by_others = _rows({"GroupBy": [{"Type": "DIMENSION", "Key": key} for key in ("account_id", "region")]})

    assert not any(row.keys() & {"x_ZoneId", "RegionId", "BillingAccountId"} for row in plain)
    assert len(plain) == len(METRICS) * 22
    assert len(by_zone) == len(_got(ORDINARY))
    assert {row["x_ZoneName"] for row in by_zone if "x_ZoneName" in row} >= {"example.com"}
    assert {row["BillingAccountId"] for row in by_others} == {ORDINARY.id}
    assert {row["RegionId"] for row in by_others if "RegionId" in row} == {"EEUR"}


def test_the_end_of_the_period_is_not_part_of_it() -> None:
    period = {"From": "2026-11-03T00:00:00Z", "To": "2026-11-05T00:00:00Z"}

    days = {row["ChargePeriodStart"] for row in _rows({"TimePeriod": period})}
    assert days == {"2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z"}
    shifted = {"From": "2026-11-03T01:00:00+01:00", "To": "2026-11-04T00:00:01Z"}
    assert {row["ChargePeriodStart"] for row in _rows({"TimePeriod": shifted})} == days


def test_filters_of_different_kinds_must_all_agree() -> None:
    metrics = {"BillableMetricIds": ["d1_rows_read", "kv_storage"]}
    family = {"ProductFamilyIds": [product_family_id("D1")]}

    assert {row["x_BillableMetricId"] for row in _rows({"FilterBy": metrics})} == {
        "d1_rows_read",
        "kv_storage",
    }
    assert {row["x_BillableMetricId"] for row in _rows({"FilterBy": metrics | family})} == {"d1_rows_read"}
    assert _rows({"FilterBy": {"BillableMetricIds": ["of_tomorrow"]}}) == []


@pytest.mark.parametrize(
    "body",
    [
        {"metric": "cost"},
        {"Metric": "price"},
        {"Metric": None},
        {"TimePeriod": {"From": "2026-11-01T00:00:00Z"}},
        {"TimePeriod": {"From": "2026-11-01", "To": "2026-11-02"}},
        {"TimePeriod": {"From": "2026-11-01T00:00:00", "To": "2026-11-02T00:00:00"}},
        {"TimePeriod": {"From": "2026-11-02T00:00:00Z", "To": "2026-11-02T00:00:00Z"}},
        {"TimePeriod": {"From": "2026-10-01T00:00:00Z", "To": "2026-11-01T00:00:01Z"}},
        {"TimePeriod": {"From": "2026-11-01T00:00:00Z", "To": "2026-11-02T00:00:00Z", "Zone": "UTC"}},
        {"FilterBy": {"MetricIds": ["d1_rows_read"]}},
        {"FilterBy": {"BillableMetricIds": ["m"] * 21}},
        {"FilterBy": {"BillableMetricIds": [1]}},
        {"FilterBy": {"ProductFamilyIds": ["d1"]}},
        {"GroupBy": [ZONES] * 3},
        {"GroupBy": [{"Type": "ZONE", "Key": "zone_id"}]},
        {"GroupBy": "zone_id"},
        [],
        b"{",
        b"[" * 100_000,
    ],
)
def test_a_wrong_body_is_refused_with_1183(body: object) -> None:
    status, document = _ask(body)

    assert (status, document["errors"][0]["code"]) == (400, 1183)


@pytest.mark.parametrize(
    "body",
    [
        {"FilterBy": {"Tags": [{"Key": "team", "Values": ["a"]}]}},
        {"GroupBy": [{"Type": "TAG", "Key": "team"}]},
        {"GroupBy": [{"Type": "DIMENSION", "Key": "weather"}]},
    ],
)
def test_a_dimension_missing_in_the_data_is_refused_without_a_code(body: object) -> None:
    status, document = _ask(body)

    assert status == 400
    assert "code" not in document["errors"][0]


def test_an_account_may_accept_the_query_without_having_costs() -> None:
    rows = _rows({"Metric": "cost"}, POST_WITHOUT_COSTS)

    assert rows
    assert not any(row.keys() & COSTS for row in rows)


@pytest.mark.parametrize(
    ("account", "status"),
    [
        (POST_WITHOUT_METRIC, 400),
        (POST_FORBIDDEN, 403),
        (POST_NOT_ALLOWED, 405),
        (CLOSED, 403),
        (RESTATED, 403),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_an_account_may_refuse_the_cost_query(account: Account, status: int) -> None:
    refused, document = _ask({"Metric": "cost"}, account)

    assert (refused, document["success"]) == (status, False)
    assert account is not POST_WITHOUT_METRIC or _rows({}, account)


def test_given_rows_are_added_up_as_texts_too() -> None:
    rows = tuple({"x_ZoneId": zone, "ConsumedQuantity": number} for zone, number in (("a", "1.5"), ("b", 2)))
    given = account("0" * 32, "Given", GivenRows(rows))

    assert _rows({}, given) == [{"ConsumedQuantity": Decimal("3.5")}]
