"""Costs that Version 2 returns to a POST request."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.primitives.amount import total
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.errors import UsageUnavailableError, UsageUnreadableError
from cloudflare_budgets.ports import UsageQuery
from local.cloudflare.accounts.account import GivenRows, account
from local.cloudflare.accounts.examples import (
    ORDINARY,
    POST_FORBIDDEN,
    POST_NOT_ALLOWED,
    POST_WITHOUT_COSTS,
    POST_WITHOUT_METRIC,
    QUIET,
    RATED,
)
from local.cloudflare.faults.faults import Fault, FaultKind

if TYPE_CHECKING:
    from cloudflare_budgets.domain.usage.usage import Reading
    from local.cloudflare.accounts.account import Account as LocalAccount
    from local.cloudflare.http import Json
    from local.cloudflare.server import LocalCloudflare

_TOMORROW = datetime(2026, 11, 23, tzinfo=UTC)
_NOVEMBER = Period(datetime(2026, 11, 1, tzinfo=UTC), _TOMORROW)
_SINCE_OCTOBER = Period(datetime(2026, 10, 1, tzinfo=UTC), _TOMORROW)


@pytest.mark.parametrize("local", [ORDINARY, QUIET], ids=lambda local: local.name)
def test_costs_missing_in_get_are_read_by_post(cloudflare: LocalCloudflare, local: LocalAccount) -> None:
    with_costs, without = _read(cloudflare, local), _read(cloudflare, local, needs_cost=False)
    assert with_costs.has_costs
    assert not without.has_costs
    assert _what_and_where(with_costs) == _what_and_where(without)
    assert {charge.billing_account_name for charge in with_costs.charges} == {local.name}


def test_costs_are_requested_in_half_open_windows_split_as_the_rows_are(cloudflare: LocalCloudflare) -> None:
    _read(cloudflare, ORDINARY, _SINCE_OCTOBER)
    asked = [request for request in cloudflare.requests if request.method == "POST"]
    split = [{"Type": "DIMENSION", "Key": "zone_id"}, {"Type": "DIMENSION", "Key": "region"}]
    assert [json.loads(request.body) for request in asked] == [
        {
            "Metric": "cost",
            "TimePeriod": {"From": "2026-10-01T00:00:00Z", "To": "2026-10-31T00:00:00Z"},
            "GroupBy": split,
        },
        {
            "Metric": "cost",
            "TimePeriod": {"From": "2026-10-31T00:00:00Z", "To": "2026-11-23T00:00:00Z"},
            "GroupBy": split,
        },
    ]
    assert {request.headers["content-type"] for request in asked} == {"application/json"}


def test_costs_are_what_version_2_returns_to_a_rated_account(cloudflare: LocalCloudflare) -> None:
    rated = _read(cloudflare, RATED)
    assert [request.method for request in cloudflare.requests] == ["GET"]
    assert rated.has_costs


def test_costs_are_only_requested_if_a_budget_needs_them(cloudflare: LocalCloudflare) -> None:
    _read(cloudflare, ORDINARY, needs_cost=False)
    assert [request.method for request in cloudflare.requests] == ["GET"]


@pytest.mark.parametrize(
    "local",
    [POST_FORBIDDEN, POST_NOT_ALLOWED, POST_WITHOUT_COSTS, POST_WITHOUT_METRIC],
    ids=lambda local: local.name,
)
def test_trap_28_if_costs_are_refused_usage_is_read_without_costs(
    cloudflare: LocalCloudflare, local: LocalAccount
) -> None:
    reading = _read(cloudflare, local, _SINCE_OCTOBER)
    without = _read(cloudflare, local, _SINCE_OCTOBER, needs_cost=False)
    assert len(reading.charges) > 100
    assert {charge.billed_cost for charge in reading.charges} == {None}
    assert _what_and_where(reading) == _what_and_where(without)


def test_costs_are_not_requested_again_after_a_refusal(cloudflare: LocalCloudflare) -> None:
    _read(cloudflare, POST_FORBIDDEN, _SINCE_OCTOBER)
    assert [request.method for request in cloudflare.requests] == ["GET", "POST", "GET"]


def test_a_temporary_error_of_costs_is_retried_and_then_left_to_the_next_run(
    cloudflare: LocalCloudflare,
) -> None:
    cloudflare.switch_on(Fault(FaultKind.SERVER_ERROR, times=1))
    assert _read(cloudflare, ORDINARY).has_costs
    cloudflare.switch_on(Fault(FaultKind.SERVER_ERROR, method="POST"))
    with pytest.raises(UsageUnavailableError, match=r"500.*3 requests made"):
        _read(cloudflare, ORDINARY)


def test_an_unreadable_cost_row_is_named_and_costs_are_not_estimated(cloudflare: LocalCloudflare) -> None:
    cloudflare.switch_on(Fault(FaultKind.NOT_A_NUMBER, method="POST"))
    with pytest.raises(UsageUnreadableError, match="NaN"):
        _read(cloudflare, ORDINARY)


def test_a_refund_beside_the_usage_of_its_day_lowers_the_cost(cloudflare: LocalCloudflare) -> None:
    usage: dict[str, Json] = {
        "ChargePeriodStart": "2026-11-15T00:00:00Z",
        "ChargePeriodEnd": "2026-11-16T00:00:00Z",
        "ConsumedUnit": "Operations",
        "x_BillableMetricId": "kv_write_operations",
        "BillingCurrency": "USD",
    }
    used = usage | {"ConsumedQuantity": 500000, "BilledCost": Decimal("1.25")}
    refunded = usage | {"ConsumedQuantity": 0, "BilledCost": Decimal("-0.01")}
    local = account("ab" * 16, "Given", GivenRows((used, refunded)))
    cloudflare.register(local)
    costs = [charge.billed_cost for charge in _read(cloudflare, local).charges]
    assert costs == [Decimal("1.25"), Decimal("-0.01")]


def _what_and_where(reading: Reading) -> dict[tuple[object, ...], Decimal]:
    quantities: dict[tuple[object, ...], list[Decimal]] = {}
    for charge in reading.charges:
        place = (charge.metric_id, charge.charge_period_start, charge.x_zone_id, charge.region_id)
        quantities.setdefault((*place, charge.consumed_unit), []).append(charge.consumed_quantity)
    return {place: total(numbers) for place, numbers in quantities.items()}


def _read(
    cloudflare: LocalCloudflare, local: LocalAccount, period: Period = _NOVEMBER, *, needs_cost: bool = True
) -> Reading:
    timing = Clock(sleep=lambda _: None)
    source = CloudflareUsageV2(CloudflareApi(cloudflare.url, clock=timing))
    account = Account(local.id, ApiToken(Secret(local.credentials.token)))
    return source.read(account, UsageQuery(period, needs_cost))
