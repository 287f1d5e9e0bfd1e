"""The whole check, with both usage APIs of the local Cloudflare behind it, for each kind of account."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from local.cloudflare.accounts import examples as accounts
from local.cloudflare.accounts import self_serve
from local.cloudflare.accounts.account import Account as LocalAccount
from local.cloudflare.server import LocalCloudflare
from tests.integration.check.checking import NOW, Check, check_by
from tests.support.few_metrics import with_few_metrics

MONTH = {"spend": '{"limit": "1000000 USD"}'}
CYCLE = {"spend": '{"limit": "1000000 USD", "period": "billing_period"}'}


@pytest.fixture
def cloudflare() -> Iterator[LocalCloudflare]:
    with LocalCloudflare(now=NOW) as cloudflare:
        yield cloudflare


@pytest.fixture
def check(cloudflare: LocalCloudflare) -> Check:
    return check_by(cloudflare)


def kinds(account: dict[str, Any]) -> set[str]:
    return {problem["kind"] for problem in account["problems"]}


def test_an_ordinary_self_serve_account_is_served_by_version_1_with_costs(check: Check) -> None:
    found = check(self_serve.SELF_SERVE, MONTH)
    assert (found["source"], found["budgets"][0]["status"], kinds(found)) == ("v1", "ok", set())
    assert float(found["budgets"][0]["observed"].split()[0]) > 0


def test_a_contract_account_is_served_by_version_2_with_costs_that_were_requested(check: Check) -> None:
    found = check(accounts.ORDINARY, MONTH)
    assert (found["source"], found["budgets"][0]["status"], kinds(found)) == ("v2", "ok", set())


@pytest.mark.parametrize(
    "local", [accounts.POST_WITHOUT_COSTS, accounts.POST_WITHOUT_METRIC, accounts.POST_FORBIDDEN]
)
def test_a_cost_that_is_missing_is_unknown_while_quantities_are_evaluated(
    check: Check, local: LocalAccount
) -> None:
    requests = '{"limit": "900000000000 Requests", "scope": {"metric_id": ["workers_standard_requests"]}}'
    found = check(local, MONTH | {"requests": requests})
    statuses = {budget["name"]: budget["status"] for budget in found["budgets"]}
    assert statuses == {"spend": "unknown", "requests": "ok"}
    assert kinds(found) == {"cost_unavailable"}


def test_trap_7_an_account_that_is_not_covered_is_unknown_and_never_zero(check: Check) -> None:
    found = check(self_serve.UNCOVERED, MONTH)
    assert (found["budgets"][0]["status"], found["budgets"][0]["observed"]) == ("unknown", None)
    assert kinds(found) == {"not_covered"}


def test_the_error_of_an_account_without_access_names_the_permission(check: Check) -> None:
    found = check(self_serve.UNREADABLE, MONTH)
    assert kinds(found) == {"access_denied"}
    assert "Billing" in found["problems"][0]["message"]


def test_an_empty_account_is_no_proof_of_no_usage(check: Check) -> None:
    assert kinds(check(accounts.EMPTY, MONTH)) == {"no_data"}


@pytest.mark.parametrize(
    ("local", "starts"),
    [
        (self_serve.SELF_SERVE, ["2026-11-05"]),
        (self_serve.ANCHOR_31, ["2026-10-31"]),
        (self_serve.TWO_PERIODS, ["2026-11-08"]),
        (self_serve.TWO_SUBSCRIPTIONS, ["2026-11-20", "2026-11-05"]),
    ],
)
def test_a_billing_period_is_each_accounts_own(check: Check, local: LocalAccount, starts: list[str]) -> None:
    found = check(with_few_metrics(local), CYCLE)
    periods = [budget["period"] for budget in found["budgets"]]
    assert [period["start"][:10] for period in periods if period["end"] > "2026-11-22"] == starts
    assert all(period["estimated_end"] for period in periods)


def test_calendar_periods_on_version_1_are_answered_from_all_the_cycles_they_touch(check: Check) -> None:
    wide = {
        kind: f'{{"limit": "1000000 USD", "period": "{kind}"}}'
        for kind in ("day", "week", "month", "quarter")
    }
    found = check(self_serve.SELF_SERVE, wide)
    assert {budget["status"] for budget in found["budgets"]} <= {"ok", "unknown"}
    newest: dict[str, dict[str, Any]] = {}
    for budget in found["budgets"]:
        newest.setdefault(budget["name"], budget)
    assert newest["quarter"]["status"] == newest["month"]["status"] == newest["week"]["status"] == "ok"
    quarter, month = (float(newest[name]["observed"].split()[0]) for name in ("quarter", "month"))
    assert quarter > month > 0


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (self_serve.vanishing, "metric_vanished"),
        (self_serve.shrinking, "usage_went_down"),
        (self_serve.with_a_gap, "totals_contradict"),
    ],
)
def test_doubtful_usage_is_noticed_by_comparing_with_earlier_runs(
    check: Check, make: Callable[[datetime], LocalAccount], kind: str
) -> None:
    local = with_few_metrics(make(NOW))
    check(local, MONTH, NOW - timedelta(days=3))
    found = check(local, MONTH)
    assert kind in kinds(found)
    assert found["budgets"][0]["status"] == "unknown"


@pytest.mark.parametrize("local", [self_serve.LATE, self_serve.RESTATED, self_serve.LOOSELY_TYPED])
def test_late_restated_and_loosely_typed_usage_raises_no_doubt(check: Check, local: LocalAccount) -> None:
    for days in (3, 2, 1, 0):
        found = check(with_few_metrics(local), MONTH, NOW - timedelta(days=days))
        assert (found["budgets"][0]["status"], kinds(found)) == ("ok", set())


def test_a_closed_source_is_not_requested_again_within_a_day(
    check: Check, cloudflare: LocalCloudflare
) -> None:
    local = with_few_metrics(self_serve.SELF_SERVE)
    check(local, MONTH, NOW - timedelta(hours=25))
    before = len(cloudflare.requests)
    check(local, MONTH, NOW - timedelta(hours=2))
    again = [request.path for request in cloudflare.requests[before:]]
    assert not [path for path in again if path.endswith("/billable/usage")]
    before = len(cloudflare.requests)
    check(local, MONTH, NOW)
    retried = [request.path for request in cloudflare.requests[before:]]
    assert [path for path in retried if path.endswith("/billable/usage")]
