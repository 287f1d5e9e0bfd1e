"""Our reader of Version 1 against the local Cloudflare, beside the official SDK."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from cloudflare import Cloudflare
from cloudflare.types.billing.usage_get_account_usage_v1_response import (
    UsageGetAccountUsageV1ResponseItem as SdkRow,
)

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi, Limits
from cloudflare_budgets.adapters.cloudflare.usage.auto import AutoUsageSource
from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.errors import (
    AccessDeniedError,
    AccountNotCoveredError,
    UsageRefusedError,
    UsageUnavailableError,
    UsageUnreadableError,
)
from cloudflare_budgets.ports import UsageQuery
from local.cloudflare.accounts.self_serve import (
    ANCHOR_31,
    LOOSELY_TYPED,
    NO_INFO,
    SELF_SERVE,
    STORAGE_FOR_FREE,
    TWO_PERIODS,
    TWO_SUBSCRIPTIONS,
    UNCOVERED,
    UNREADABLE,
)
from local.cloudflare.faults.faults import Fault, FaultKind
from tests.support.builders import NOT_NEEDED
from tests.support.few_metrics import with_few_metrics

if TYPE_CHECKING:
    from cloudflare_budgets.domain.usage.usage import Reading
    from local.cloudflare.accounts.account import Account as LocalAccount
    from local.cloudflare.server import LocalCloudflare

_FIELDS = {name for name, field in SdkRow.model_fields.items() if field.alias not in NOT_NEEDED}
_START_OF_NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
_TOMORROW = datetime(2026, 11, 23, tzinfo=UTC)
_NOVEMBER = Period(_START_OF_NOVEMBER, _TOMORROW)
_TODAY = Period(datetime(2026, 11, 22, tzinfo=UTC), _TOMORROW)


def test_every_column_of_the_sdk_is_read_or_listed_as_not_needed() -> None:
    assert set(Charge._fields) >= _FIELDS


@pytest.mark.parametrize(
    "local",
    [SELF_SERVE, ANCHOR_31, TWO_PERIODS, TWO_SUBSCRIPTIONS, LOOSELY_TYPED, STORAGE_FOR_FREE],
    ids=lambda local: local.name,
)
def test_it_agrees_with_the_sdk_in_every_field_of_every_row(
    cloudflare: LocalCloudflare, local: LocalAccount
) -> None:
    ours = _read(cloudflare, local, _START_OF_NOVEMBER if local is TWO_PERIODS else _TODAY.start).charges
    with _sdk(cloudflare, local) as sdk:
        theirs = sdk.billing.usage.get_account_usage_v1(account_id=local.id)
    assert len(ours) == len(theirs) > 100
    for charge, row in zip(ours, theirs, strict=True):
        _agrees(charge, row)


def test_it_agrees_with_the_sdk_about_the_subscriptions(cloudflare: LocalCloudflare) -> None:
    with _sdk(cloudflare, TWO_SUBSCRIPTIONS) as sdk:
        info = sdk.billing.usage.get_account_usage_info_v1(account_id=TWO_SUBSCRIPTIONS.id)
    assert info.covered
    assert _read(cloudflare, TWO_SUBSCRIPTIONS).anchor_days == {
        one.id: one.billing_cycle_anchor_timestamp.day for one in info.subscriptions if not one.end_timestamp
    }
    assert len(info.subscriptions) == 3


def test_an_earlier_cycle_is_what_the_sdk_reads_with_its_dates(cloudflare: LocalCloudflare) -> None:
    with _sdk(cloudflare, SELF_SERVE) as sdk:
        theirs = sdk.billing.usage.get_account_usage_v1(
            account_id=SELF_SERVE.id, from_="2026-10-05", to="2026-11-04"
        )
    ours = [
        charge
        for charge in _read(cloudflare, SELF_SERVE).charges
        if charge.billing_period_start == datetime(2026, 10, 5, tzinfo=UTC)
    ]
    assert len(ours) == len(theirs) > 100
    for charge, row in zip(ours, theirs, strict=True):
        _agrees(charge, row)


@pytest.mark.parametrize("last_day_included", [True, False])
@pytest.mark.parametrize("previous_cycle_days", [0, 20])
@pytest.mark.parametrize("local", [SELF_SERVE, ANCHOR_31, TWO_PERIODS, NO_INFO], ids=lambda local: local.name)
def test_a_calendar_quarter_is_read_from_all_the_cycles_that_it_touches(
    cloudflare: LocalCloudflare, local: LocalAccount, previous_cycle_days: int, *, last_day_included: bool
) -> None:
    local = replace(
        with_few_metrics(local),
        last_day_included=last_day_included,
        v1=replace(local.v1, previous_cycle_days=previous_cycle_days),
    )
    cloudflare.register(local)
    reading = _read(cloudflare, local, datetime(2026, 9, 1, tzinfo=UTC))
    days = {charge.charge_period_start for charge in reading.charges}
    assert {day for day in days if day >= datetime(2026, 9, 1, tzinfo=UTC)} == {
        datetime(2026, month, day, tzinfo=UTC)
        for month, last in ((9, 30), (10, 31), (11, 21))
        for day in range(1, last + 1)
    }
    assert len(set(reading.charges)) == len(reading.charges)
    assert reading.complete_from is None


def test_two_subscriptions_are_each_read_in_their_own_cycles(cloudflare: LocalCloudflare) -> None:
    reading = _read(cloudflare, TWO_SUBSCRIPTIONS)
    starts = {(charge.subscription_id, charge.billing_period_start) for charge in reading.charges}
    assert sorted(f"{start:%m-%d}" for _, start in starts if start) == ["10-05", "10-20", "11-05", "11-20"]
    whole_month = {(c.subscription_id, c.charge_period_start) for c in reading.charges} & {
        (one.id, datetime(2026, 11, day, tzinfo=UTC))
        for one in TWO_SUBSCRIPTIONS.subscriptions
        for day in range(1, 22)
    }
    assert len(whole_month) == 2 * 21


def test_trap_1_without_version_2_usage_is_read_from_version_1(cloudflare: LocalCloudflare) -> None:
    api = CloudflareApi(cloudflare.url)
    choice = AutoUsageSource(CloudflareUsageV2(api), CloudflareUsageV1(api))
    reading = choice.read(_with_token(SELF_SERVE), UsageQuery(_NOVEMBER, needs_cost=True))
    assert (reading.source, reading.has_costs) == ("v1", True)
    assert sum(charge.billed_cost or 0 for charge in reading.charges) > 0


def test_trap_7_an_account_that_is_not_covered_is_reported(cloudflare: LocalCloudflare) -> None:
    with pytest.raises(AccountNotCoveredError, match="not zero"):
        _read(cloudflare, UNCOVERED)


def test_an_account_that_is_closed_to_both_is_denied(cloudflare: LocalCloudflare) -> None:
    with pytest.raises(AccessDeniedError, match=r"403 \(code 10000, Authentication error\)"):
        _read(cloudflare, UNREADABLE)


def test_trap_33_a_lasting_rate_limit_is_left_to_the_next_run(cloudflare: LocalCloudflare) -> None:
    cloudflare.switch_on(Fault(FaultKind.TOO_MANY_REQUESTS, "300"))
    with pytest.raises(UsageUnavailableError, match="it requests a delay of 300 s"):
        _read(cloudflare, SELF_SERVE)
    assert len(cloudflare.requests) == 1


def test_all_requests_share_one_deadline(cloudflare: LocalCloudflare) -> None:
    now = iter(range(10_000))
    timing = Clock(clock=lambda: float(next(now)), sleep=lambda _: None)
    source = CloudflareUsageV1(CloudflareApi(cloudflare.url, Limits(deadline=10.0), timing))
    year = Period(datetime(2026, 1, 1, tzinfo=UTC), _TOMORROW)
    with pytest.raises(UsageUnavailableError, match="time"):
        source.read(_with_token(SELF_SERVE), UsageQuery(year))
    assert 1 < len(cloudflare.requests) < 10


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.NOT_A_NUMBER), UsageUnreadableError),
        (Fault(FaultKind.NEGATIVE_QUANTITY), UsageUnreadableError),
        (Fault(FaultKind.FIELD_MISSING, "BillingPeriodStart"), UsageUnreadableError),
        (Fault(FaultKind.FIELD_MISSING, "ServiceName"), UsageUnreadableError),
        (Fault(FaultKind.ANOTHER_ACCOUNT), UsageUnreadableError),
        (Fault(FaultKind.SUCCESS_FALSE), UsageRefusedError),
        (Fault(FaultKind.CUT_JSON), UsageUnavailableError),
    ],
    ids=lambda value: value.kind.name if isinstance(value, Fault) else "",
)
def test_trap_23_an_invalid_answer_is_refused(
    cloudflare: LocalCloudflare, fault: Fault, error: type[Exception]
) -> None:
    cloudflare.switch_on(replace(fault, path="billable-usage"))
    timing = Clock(sleep=lambda _: None)
    source = CloudflareUsageV1(CloudflareApi(cloudflare.url, clock=timing))
    with pytest.raises(error):
        source.read(_with_token(SELF_SERVE), UsageQuery(_NOVEMBER))


def _agrees(charge: Charge, row: SdkRow) -> None:
    for name in _FIELDS:
        mine, other = getattr(charge, name), getattr(row, name)
        if name == "consumed_unit":
            assert mine == (other or row.pricing_unit)
        else:
            assert (float(mine) if isinstance(mine, Decimal) else mine) == _number(other, mine), name


def _number(value: object, like: object) -> object:
    # The SDK leaves a number that came as text a text.
    return float(value) if isinstance(value, str) and isinstance(like, Decimal) else value


def _read(cloudflare: LocalCloudflare, local: LocalAccount, start: datetime = _START_OF_NOVEMBER) -> Reading:
    source = CloudflareUsageV1(CloudflareApi(cloudflare.url))
    return source.read(_with_token(local), UsageQuery(Period(start, _TOMORROW), needs_cost=True))


def _sdk(cloudflare: LocalCloudflare, local: LocalAccount) -> Cloudflare:
    return Cloudflare(api_token=local.credentials.token, base_url=cloudflare.url, max_retries=0)


def _with_token(local: LocalAccount) -> Account:
    return Account(local.id, ApiToken(Secret(local.credentials.token)))
