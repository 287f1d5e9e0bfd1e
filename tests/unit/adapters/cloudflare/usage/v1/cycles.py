"""Readings of Version 1, cycle by cycle."""

from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.subscription import Subscription
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import (
    AccountUnknownError,
)
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import day
from tests.support.canned_api import (
    ACCOUNT,
    CannedApi,
)

NOVEMBER = Period(day("2026-11-01"), day("2026-11-23"))
SINCE_THE_5TH = Period(day("2026-11-05"), day("2026-11-23"))
OCTOBER_CYCLE = ("2026-10-05", "2026-11-04")
NOT_THERE = AccountUnknownError("Cloudflare answers 404")


def read(api: CannedApi, period: Period = NOVEMBER, known: tuple[Subscription, ...] | None = None) -> Reading:
    query = UsageQuery(period, needs_cost=True, subscriptions=known)
    return CloudflareUsageV1(api).read(ACCOUNT, query)


def days_of(reading: Reading) -> list[str]:
    return [f"{charge.charge_period_start:%m-%d}" for charge in reading.charges]


def ranges(api: CannedApi) -> list[tuple[str, str] | None]:
    return [asked.days for asked in api.asked if not asked.path.endswith("/info")]


def requests_of_info(api: CannedApi) -> int:
    return sum(asked.path.endswith("/info") for asked in api.asked)
