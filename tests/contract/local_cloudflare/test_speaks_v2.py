"""The official SDK reads the local Cloudflare as it reads the real one."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from cloudflare import Cloudflare, PermissionDeniedError, RateLimitError
from cloudflare.types.billing.usage_get_account_usage_v2_response import (
    UsageGetAccountUsageV2ResponseItem as SdkRow,
)

from local.cloudflare.accounts.account import Account, GivenRows, account
from local.cloudflare.accounts.examples import CLOSED, ORDINARY, QUIET, RATED, RUNAWAY_ID
from local.cloudflare.faults.faults import Fault, FaultKind
from tests.contract.witness import PAGE_EXAMPLE, assert_reads_the_same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloudflare.http import Row
    from local.cloudflare.server import LocalCloudflare

_COLUMNS = {(field.alias or name): name for name, field in SdkRow.model_fields.items()}

_EXAMPLE: Row = json.loads(PAGE_EXAMPLE, parse_float=Decimal)["result"][0]


@pytest.fixture
def sdk(cloudflare: LocalCloudflare) -> Iterator[Cloudflare]:
    """The official SDK, with the token of the rated account."""
    with _sdk_of(RATED, cloudflare) as client:
        yield client


def _sdk_of(account: Account, cloudflare: LocalCloudflare) -> Cloudflare:
    return Cloudflare(api_token=account.credentials.token, base_url=cloudflare.url, max_retries=0)


def _raw_rows(cloudflare: LocalCloudflare, account: Account, query: str = "") -> list[dict[str, Any]]:
    url = f"{cloudflare.url}/accounts/{account.id}/billable/usage{query}"
    request = Request(url, headers={"Authorization": f"Bearer {account.credentials.token}"})  # noqa: S310 - http to loopback
    with urlopen(request) as response:  # noqa: S310 - likewise
        rows: list[dict[str, Any]] = json.load(response)["result"]
        return rows


@pytest.mark.parametrize("account", [ORDINARY, RATED, QUIET], ids=lambda account: account.name)
def test_the_sdk_reads_every_column_of_every_row(cloudflare: LocalCloudflare, account: Account) -> None:
    with _sdk_of(account, cloudflare) as client:
        read = client.billing.usage.get_account_usage_v2(account_id=account.id)

    raw = _raw_rows(cloudflare, account)
    assert len(read) == len(raw) > 900
    for sdk_row, raw_row in zip(read, raw, strict=True):
        assert_reads_the_same(sdk_row, raw_row)


def test_the_example_of_the_api_page_arrives_value_for_value(cloudflare: LocalCloudflare) -> None:
    example = account(str(_EXAMPLE["BillingAccountId"]), "My Account", GivenRows((_EXAMPLE,)))
    cloudflare.register(example)

    with _sdk_of(example, cloudflare) as client:
        [row] = client.billing.usage.get_account_usage_v2(
            account_id=example.id, from_=date(2025, 5, 1), to=date(2025, 5, 31)
        )

    assert_reads_the_same(row, _EXAMPLE)
    assert row.charge_period_start == datetime(2025, 5, 1, tzinfo=UTC)
    assert row.contracted_unit_price == 0.000005
    assert row.charge_class == "Correction"


def test_every_column_the_sdk_requires_is_in_every_row(cloudflare: LocalCloudflare) -> None:
    required = {field.alias for field in SdkRow.model_fields.values() if field.is_required()}

    assert all(required <= row.keys() for row in _raw_rows(cloudflare, ORDINARY))


def test_an_unrated_row_has_no_cost_column_at_all(cloudflare: LocalCloudflare) -> None:
    assert not any("Cost" in column for row in _raw_rows(cloudflare, ORDINARY) for column in row)
    assert all("BilledCost" in row for row in _raw_rows(cloudflare, RATED))


def test_without_dates_the_month_so_far_is_read(cloudflare: LocalCloudflare, sdk: Cloudflare) -> None:
    days = {
        row.charge_period_start.date() for row in sdk.billing.usage.get_account_usage_v2(account_id=RATED.id)
    }

    assert days == {date(2026, 11, day) for day in range(1, 23)}
    assert cloudflare.requests[-1].query == {}


def test_dates_and_metric_narrow_what_is_read(cloudflare: LocalCloudflare, sdk: Cloudflare) -> None:
    rows = sdk.billing.usage.get_account_usage_v2(
        account_id=RATED.id,
        from_=date(2026, 10, 1),
        to=date(2026, 10, 31),
        extra_query={"metric": "workers_standard_requests"},
    )

    assert [row.charge_period_start.day for row in rows] == list(range(1, 32))
    assert {row.x_billable_metric_id for row in rows} == {"workers_standard_requests"}
    assert cloudflare.requests[-1].query["from"] == "2026-10-01"


def test_email_and_key_give_access_too(cloudflare: LocalCloudflare) -> None:
    credentials = RATED.credentials
    with Cloudflare(
        api_email=credentials.email, api_key=credentials.key, base_url=cloudflare.url, max_retries=0
    ) as client:
        assert client.billing.usage.get_account_usage_v2(account_id=RATED.id)


def test_an_account_outside_the_token_is_forbidden(cloudflare: LocalCloudflare) -> None:
    with (
        _sdk_of(CLOSED, cloudflare) as client,
        pytest.raises(PermissionDeniedError, match="insufficient_perm"),
    ):
        client.billing.usage.get_account_usage_v2(account_id=CLOSED.id)


def test_the_sdk_retries_a_rate_limit_that_ends(cloudflare: LocalCloudflare, sdk: Cloudflare) -> None:
    cloudflare.switch_on(Fault(FaultKind.TOO_MANY_REQUESTS, "0", times=2))

    with pytest.raises(RateLimitError):
        sdk.billing.usage.get_account_usage_v2(account_id=RATED.id)
    assert sdk.with_options(max_retries=1).billing.usage.get_account_usage_v2(account_id=RATED.id)
    assert len(cloudflare.requests) == 3


def test_the_runaway_account_shows_its_loop(cloudflare: LocalCloudflare) -> None:
    [runaway] = [account for account in cloudflare.accounts if account.id == RUNAWAY_ID]
    rows = _raw_rows(cloudflare, runaway, "?from=2026-11-18&to=2026-11-20&metric=workers_standard_requests")

    before, first_day, second_day = (row["ConsumedQuantity"] for row in rows)
    assert first_day > 500 * before
    assert 700 * before < second_day < 1300 * before


def test_credentials_are_not_on_record(cloudflare: LocalCloudflare, sdk: Cloudflare) -> None:
    sdk.billing.usage.get_account_usage_v2(account_id=RATED.id)

    [asked] = cloudflare.requests
    assert asked.headers["authorization"] == "***"
    assert RATED.credentials.token not in repr(asked)


def test_costs_that_get_lacks_are_read_by_post(cloudflare: LocalCloudflare) -> None:
    body = {
        "Metric": "cost",
        "TimePeriod": {"From": "2026-11-20T00:00:00Z", "To": "2026-11-21T00:00:00Z"},
        "GroupBy": [{"Type": "DIMENSION", "Key": "zone_id"}],
    }
    with _sdk_of(ORDINARY, cloudflare) as client:
        document = client.post(f"/accounts/{ORDINARY.id}/billable/usage", cast_to=dict[str, Any], body=body)

    assert {row["ChargePeriodStart"] for row in document["result"]} == {"2026-11-20T00:00:00Z"}
    assert all("BilledCost" in row for row in document["result"])
