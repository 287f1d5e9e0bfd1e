from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.cloudflare.analytics import source as analytics
from cloudflare_budgets.adapters.cloudflare.analytics.client import AnalyticsClient
from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.http.retries import Clock
from tests.integration.hostile.deadlines import LIMITS
from tests.integration.secrets.leaving import Leaving, load_handler
from tests.support.builders import ACCOUNT_ID, PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

BUDGETS = {"spend": '{"limit": "1 USD"}', "requests": '{"limit": "1 Requests"}', "bad": '{"limit": 5}'}
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
EVENT = {"action": "check"}


@pytest.fixture
def leaving(
    table_name: str,
    topic_arn: str,
    put_parameter: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    cold_start: Leaving,
) -> Callable[[str, str], Leaving]:
    """Check an account with a credential at an address, and collect what leaves."""
    for name, document in BUDGETS.items():
        put_parameter(f"{PREFIX}/budgets/{name}", document, "String")
    monkeypatch.setenv("PARAMETER_PREFIX", PREFIX)
    monkeypatch.setenv("ALERT_TABLE_NAME", table_name)
    monkeypatch.setenv("ALERT_TOPIC_ARN", topic_arn)
    monkeypatch.setenv("USAGE_API", "v2")
    monkeypatch.setenv("STALE_AFTER_HOURS", "54")
    monkeypatch.setenv("REPORT_BUCKET_NAME", "")
    monkeypatch.setenv("FRESH_USAGE", "auto")
    collect = cold_start.subscribe(topic_arn)

    def check(credential: str, url: str) -> Leaving:
        put_parameter(f"{PREFIX}/accounts/{ACCOUNT_ID}/api-token", credential)
        monkeypatch.setenv("CLOUDFLARE_API_URL", url)
        module = load_handler("check_budgets")
        timing = Clock(sleep=lambda _: None, uniform=lambda low, _: low)
        monkeypatch.setattr(module, "_now", lambda: NOW)
        monkeypatch.setattr(
            analytics, "AnalyticsClient", lambda base, pacer: AnalyticsClient(base, timing, pacer)
        )
        monkeypatch.setattr(
            module, "CloudflareApi", lambda base, pacer: CloudflareApi(base, LIMITS, timing, pacer)
        )
        cold_start.run(module.lambda_handler, EVENT)
        cold_start.look_into(table_name)
        collect()
        return cold_start

    return check
