"""The official SDK reads Version 1 of the local Cloudflare as it reads the real one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from cloudflare import BadRequestError, Cloudflare, NotFoundError, PermissionDeniedError
from cloudflare.types.billing.usage_get_account_usage_info_v1_response import Subscription as SdkSubscription
from cloudflare.types.billing.usage_get_account_usage_v1_response import (
    UsageGetAccountUsageV1ResponseItem as SdkRow,
)

from local.cloudflare.accounts.account import Account, GivenRows
from local.cloudflare.accounts.self_serve import (
    ANCHOR_31,
    LATE,
    LOOSELY_TYPED,
    NO_INFO,
    RESTATED,
    SELF_SERVE,
    TWO_PERIODS,
    TWO_SUBSCRIPTIONS,
    UNCOVERED,
    UNREADABLE,
    self_serve,
)
from local.cloudflare.faults.faults import Fault, FaultKind
from tests.contract.witness import assert_reads_the_same

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

    from local.cloudflare.http import Row
    from local.cloudflare.server import LocalCloudflare

_NUMBERS: Row = {
    "ConsumedQuantity": 2400000,
    "PricingQuantity": 900000,
    "CumulatedPricingQuantity": 900000,
    "ListCost": Decimal("0.02"),
    "ContractedCost": Decimal("0.02"),
    "EffectiveCost": Decimal("0.02"),
    "BilledCost": Decimal("0.02"),
    "CumulatedContractedCost": Decimal("0.02"),
}
_PAST_ITS_ALLOWANCE: Row = {
    "ServiceProviderName": "Cloudflare, Inc.",
    "InvoiceIssuerName": "Cloudflare, Inc.",
    "HostProviderName": "Cloudflare, Inc.",
    "BillingAccountId": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "BillingAccountName": "Demo",
    "ServiceName": "Workers CPU ms (first 30M are included)",
    "ServiceFamilyName": "Workers",
    "ChargeCategory": "Usage",
    "ChargeClass": None,
    "ChargeDescription": "Workers CPU ms (first 30M are included) usage measured in Count",
    "ChargePeriodStart": "2026-11-17T00:00:00Z",
    "ChargePeriodEnd": "2026-11-18T00:00:00Z",
    "BillingPeriodStart": "2026-11-05T00:00:00Z",
    "BillingCurrency": "USD",
    "ConsumedUnit": "",
    "PricingUnit": "Count",
    "SubscriptionId": "SUBDEMO2",
    **_NUMBERS,
}
_OF_THE_CYCLE_BEFORE: Row = {
    **_PAST_ITS_ALLOWANCE,
    **dict.fromkeys(_NUMBERS, 0),
    "BillingAccountName": None,
    "ChargeDescription": None,
    "ChargePeriodStart": "2026-11-04T00:00:00Z",
    "ChargePeriodEnd": "2026-11-05T00:00:00Z",
    "BillingPeriodStart": "2026-10-05T00:00:00Z",
}


def _sdk_of(account: Account, cloudflare: LocalCloudflare) -> Cloudflare:
    return Cloudflare(api_token=account.credentials.token, base_url=cloudflare.url, max_retries=0)


def _read(account: Account, cloudflare: LocalCloudflare, *days: date) -> list[SdkRow]:
    dates = dict(zip(("from_", "to"), days, strict=False))
    with _sdk_of(account, cloudflare) as client:
        return client.billing.usage.get_account_usage_v1(account_id=account.id, **dates)  # type: ignore[arg-type]


def _raw(cloudflare: LocalCloudflare, account: Account, path: str = "") -> Any:  # noqa: ANN401 - whatever came
    url = f"{cloudflare.url}/accounts/{account.id}/billable-usage{path}"
    request = Request(url, headers={"Authorization": f"Bearer {account.credentials.token}"})  # noqa: S310 - http to loopback
    with urlopen(request) as response:  # noqa: S310 - likewise
        return json.load(response)["result"]


def _required(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items() if field.is_required()}


def _cycles(rows: Iterable[SdkRow]) -> set[date]:
    return {row.billing_period_start.date() for row in rows}


@pytest.mark.parametrize(
    "account",
    [SELF_SERVE, TWO_PERIODS, TWO_SUBSCRIPTIONS, ANCHOR_31, LATE, RESTATED],
    ids=lambda one: one.name,
)
def test_the_sdk_reads_every_column_of_every_row(cloudflare: LocalCloudflare, account: Account) -> None:
    read, raw = _read(account, cloudflare), _raw(cloudflare, account)

    assert len(read) == len(raw) > 800
    for sdk_row, raw_row in zip(read, raw, strict=True):
        assert raw_row.keys() >= _required(SdkRow) | {
            "BillingAccountName",
            "ChargeClass",
            "ChargeDescription",
        }
        assert_reads_the_same(sdk_row, raw_row)


def test_a_row_past_its_allowance_and_one_of_the_cycle_before_arrive_value_for_value(
    cloudflare: LocalCloudflare,
) -> None:
    rows = (_PAST_ITS_ALLOWANCE, _OF_THE_CYCLE_BEFORE)
    example = replace(self_serve("Example", date(2026, 3, 5)), source=GivenRows(rows))
    cloudflare.register(example)

    past, before = _read(example, cloudflare)

    assert_reads_the_same(past, _PAST_ITS_ALLOWANCE)
    assert_reads_the_same(before, _OF_THE_CYCLE_BEFORE)
    assert (past.pricing_quantity, past.cumulated_contracted_cost, past.zone_id) == (900000, 0.02, None)


@pytest.mark.parametrize("account", [SELF_SERVE, TWO_SUBSCRIPTIONS, UNCOVERED], ids=lambda one: one.name)
def test_the_sdk_reads_the_info(cloudflare: LocalCloudflare, account: Account) -> None:
    with _sdk_of(account, cloudflare) as client:
        info = client.billing.usage.get_account_usage_info_v1(account_id=account.id)

    raw = _raw(cloudflare, account, "/info")
    assert info is not None
    assert info.covered is raw["covered"] is (account is not UNCOVERED)
    assert len(info.subscriptions) == len(raw["subscriptions"])
    for read, wire in zip(info.subscriptions, raw["subscriptions"], strict=True):
        assert wire.keys() >= _required(SdkSubscription)
        assert_reads_the_same(read, wire)


def test_the_anchor_of_the_info_is_the_start_of_the_cycle(cloudflare: LocalCloudflare) -> None:
    with _sdk_of(SELF_SERVE, cloudflare) as client:
        info = client.billing.usage.get_account_usage_info_v1(account_id=SELF_SERVE.id)

    assert info is not None
    [subscription] = info.subscriptions
    [cycle] = _cycles(_read(SELF_SERVE, cloudflare))
    assert subscription.billing_cycle_anchor_timestamp.day == cycle.day == 5


def test_dates_choose_one_cycle_or_nothing(cloudflare: LocalCloudflare) -> None:
    october = _read(SELF_SERVE, cloudflare, date(2026, 10, 5), date(2026, 11, 4))

    assert _cycles(october) == {date(2026, 10, 5)}
    assert len({row.charge_period_start for row in october}) == 31
    assert dict(cloudflare.requests[-1].query) == {"from": "2026-10-05", "to": "2026-11-04"}
    assert _read(SELF_SERVE, cloudflare, date(2026, 11, 6), date(2026, 11, 20)) == []


def test_two_periods_arrive_at_once(cloudflare: LocalCloudflare) -> None:
    assert _cycles(_read(TWO_PERIODS, cloudflare)) == {date(2026, 10, 8), date(2026, 11, 8)}


def test_a_missing_value_differs_from_an_empty_one(cloudflare: LocalCloudflare) -> None:
    assert _read(UNCOVERED, cloudflare) == []
    with _sdk_of(NO_INFO, cloudflare) as client, pytest.raises(NotFoundError):
        client.billing.usage.get_account_usage_info_v1(account_id=NO_INFO.id)
    with pytest.raises(PermissionDeniedError):
        _read(UNREADABLE, cloudflare)
    with pytest.raises(BadRequestError, match="1183"):
        _read(SELF_SERVE, cloudflare, date(2026, 11, 6), date(2026, 11, 5))


def test_the_sdk_passes_numbers_in_text_on_as_they_are(cloudflare: LocalCloudflare) -> None:
    read, raw = _read(LOOSELY_TYPED, cloudflare), _raw(cloudflare, LOOSELY_TYPED)

    assert all(isinstance(row["PricingQuantity"], str) for row in raw)
    assert [row.pricing_quantity for row in read] == [row["PricingQuantity"] for row in raw]


def test_an_account_without_version_2_has_version_1(cloudflare: LocalCloudflare) -> None:
    with _sdk_of(SELF_SERVE, cloudflare) as client:
        with pytest.raises(PermissionDeniedError, match="insufficient_permissions"):
            client.billing.usage.get_account_usage_v2(account_id=SELF_SERVE.id)
        assert client.billing.usage.get_account_usage_v1(account_id=SELF_SERVE.id)


def test_a_fault_can_meet_one_endpoint_only(cloudflare: LocalCloudflare) -> None:
    cloudflare.switch_on(Fault(FaultKind.NOT_FOUND, path="billable-usage/info"))

    assert _read(SELF_SERVE, cloudflare)
    with _sdk_of(SELF_SERVE, cloudflare) as client, pytest.raises(NotFoundError):
        client.billing.usage.get_account_usage_info_v1(account_id=SELF_SERVE.id)
