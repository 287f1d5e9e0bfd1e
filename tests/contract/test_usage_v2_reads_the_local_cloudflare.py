"""Our client against the local Cloudflare, beside the official SDK."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cloudflare import Cloudflare
from cloudflare.types.billing.usage_get_account_usage_v2_response import (
    UsageGetAccountUsageV2ResponseItem as SdkRow,
)

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi, account_path
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, GlobalApiKey, Secret
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.errors import AccessDeniedError, UsageRefusedError
from cloudflare_budgets.ports import UsageQuery
from local.cloudflare.accounts.account import GivenRows, account
from local.cloudflare.accounts.examples import CLOSED, ORDINARY, QUIET, RATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.cloudflare.accounts.account import Account as LocalAccount
    from local.cloudflare.server import LocalCloudflare

_ROOT = Path(__file__).parents[2]
_COMMON = set(Charge._fields) & set(SdkRow.model_fields)
_MONTH = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
_THREE_MONTHS = Period(datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize("local", [ORDINARY, RATED, QUIET], ids=lambda local: local.name)
def test_it_agrees_with_the_sdk_in_every_field_of_every_row(
    cloudflare: LocalCloudflare, local: LocalAccount
) -> None:
    ours = _charges(cloudflare, _with_token(local), _MONTH)
    with Cloudflare(api_token=local.credentials.token, base_url=cloudflare.url, max_retries=0) as sdk:
        get = sdk.billing.usage.get_account_usage_v2
        theirs = get(account_id=local.id, from_="2026-11-01", to="2026-11-22")
    assert len(ours) == len(theirs) > 300
    for charge, row in zip(ours, theirs, strict=True):
        for name in _COMMON:
            mine, other = getattr(charge, name), getattr(row, name)
            assert (float(mine) if isinstance(mine, Decimal) else mine) == other, name


def test_requests_have_a_user_agent_and_accept_plain_json(cloudflare: LocalCloudflare) -> None:
    _charges(cloudflare, _with_token(ORDINARY), _MONTH)
    (request,) = cloudflare.requests
    assert request.method == "GET"
    assert request.path == f"/client/v4/accounts/{ORDINARY.id}/billable/usage"
    assert request.query == {"from": "2026-11-01", "to": "2026-11-22"}
    version = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert request.headers["user-agent"] == f"cloudflare-budgets/{version}"
    assert request.headers["accept"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"


def test_a_global_api_key_with_its_email_grants_access_too(cloudflare: LocalCloudflare) -> None:
    credentials = ORDINARY.credentials
    by_key = Account(ORDINARY.id, GlobalApiKey(credentials.email, Secret(credentials.key)))
    assert _charges(cloudflare, by_key, _MONTH) == _charges(cloudflare, _with_token(ORDINARY), _MONTH)


@pytest.mark.parametrize("last", [22, 21], ids=["to is included", "to is excluded"])
def test_three_months_are_read_in_windows_with_no_day_lost_or_counted_twice(
    cloudflare: LocalCloudflare, last: int
) -> None:
    local = replace(QUIET, last_day_included=last == 22)
    cloudflare.register(local)
    charges = _charges(cloudflare, _with_token(local), _THREE_MONTHS)
    days = {charge.charge_period_start for charge in charges}
    newest = datetime(2026, 11, last, tzinfo=UTC)
    count = (newest - _THREE_MONTHS.start).days + 1
    assert sorted(days) == [_THREE_MONTHS.start + timedelta(days=n) for n in range(count)]
    assert len(set(charges)) == len(charges)
    assert [(request.query["from"], request.query["to"]) for request in cloudflare.requests] == [
        ("2026-09-01", "2026-10-01"),
        ("2026-10-01", "2026-10-31"),
        ("2026-10-31", "2026-11-22"),
    ]


def test_rows_that_were_not_requested_are_left_out(cloudflare: LocalCloudflare) -> None:
    rows = [_row("2026-10-31T00:00:00Z"), _row("2026-11-01T00:00:00Z"), _row("2026-11-23T00:00:00Z")]
    # Without a readable date the local Cloudflare sends a row whatever is asked; an offset serves as well.
    eastern = _row("2026-11-01T00:00:00+01:00")
    local = account("ab" * 16, "Given", GivenRows((*rows, eastern)))
    cloudflare.register(local)
    charges = _charges(cloudflare, _with_token(local), _MONTH)
    assert [charge.charge_period_start for charge in charges] == [datetime(2026, 11, 1, tzinfo=UTC)]


def test_no_rows_are_no_charges(cloudflare: LocalCloudflare) -> None:
    local = account("cd" * 16, "Empty", GivenRows())
    cloudflare.register(local)
    assert list(_charges(cloudflare, _with_token(local), _MONTH)) == []


def test_an_account_without_version_2_is_reported(cloudflare: LocalCloudflare) -> None:
    with pytest.raises(AccessDeniedError, match=r"insufficient_permissions.*Billing > Read.*Version 2"):
        _charges(cloudflare, _with_token(CLOSED), _MONTH)
    assert len(cloudflare.requests) == 1


def test_a_range_that_cloudflare_refuses_is_refused_with_its_code(cloudflare: LocalCloudflare) -> None:
    path, query = account_path(ORDINARY.id, "billable/usage"), {"from": "2026-09-01", "to": "2026-11-01"}
    api = CloudflareApi(cloudflare.url)
    with pytest.raises(UsageRefusedError, match=r"400 \(code 1183, Invalid request parameters: .*31 days\)"):
        api.get(_with_token(ORDINARY).credential, path, query, b"".join, api.deadline())
    assert len(cloudflare.requests) == 1


def _charges(cloudflare: LocalCloudflare, account: Account, period: Period) -> Sequence[Charge]:
    return CloudflareUsageV2(CloudflareApi(cloudflare.url)).read(account, UsageQuery(period)).charges


def _with_token(local: LocalAccount) -> Account:
    return Account(local.id, ApiToken(Secret(local.credentials.token)))


def _row(start: str) -> dict[str, str | int]:
    return {
        "ChargePeriodStart": start,
        "ChargePeriodEnd": "2026-11-24T00:00:00Z",
        "ConsumedQuantity": 1,
        "ConsumedUnit": "Requests",
        "x_BillableMetricId": "workers_standard_requests",
    }
