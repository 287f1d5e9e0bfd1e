"""Which of Cloudflare's usage APIs serves an account."""

from dataclasses import dataclass, field, replace

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.auto import V1_COST_REQUEST, AutoUsageSource
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import (
    AccessDeniedError,
    AccountNotCoveredError,
    AccountUnknownError,
    CloudflareBudgetsError,
    NonRetryableError,
    UsageRefusedError,
    UsageUnavailableError,
    UsageUnreadableError,
)
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import ACCOUNT_ID, charge, day

ACCOUNT = Account(ACCOUNT_ID, ApiToken(Secret("x" * 40)))
PERIOD = Period(day("2026-11-01"), day("2026-11-23"))
QUANTITIES = UsageQuery(PERIOD)
COSTS = UsageQuery(PERIOD, needs_cost=True)

V2 = Reading("v2", [charge()])
V2_WITH_COSTS = Reading("v2", [charge(cost="1")])
V1 = Reading("v1", [charge(cost="2")])
V1_WITHOUT_COSTS = Reading("v1", [charge()])
CLOSED = AccessDeniedError("403 from V2")
REVOKED = AccessDeniedError("401 from V1")
DOWN = UsageUnavailableError("503")


@dataclass
class FakeSource:
    """Gives a reading, or raises an error; counts how often it was asked."""

    answer: Reading | CloudflareBudgetsError
    asked: list[UsageQuery] = field(default_factory=list)

    def read(self, account: Account, query: UsageQuery) -> Reading:
        assert account is ACCOUNT
        self.asked.append(query)
        if isinstance(self.answer, CloudflareBudgetsError):
            raise self.answer
        return self.answer


def test_where_version_2_is_open_version_1_is_not_requested() -> None:
    v2, v1 = FakeSource(V2), FakeSource(V1)
    assert AutoUsageSource(v2, v1).read(ACCOUNT, QUANTITIES) is V2
    assert AutoUsageSource(FakeSource(V2_WITH_COSTS), v1).read(ACCOUNT, COSTS) is V2_WITH_COSTS
    assert (v2.asked, v1.asked) == ([QUANTITIES], [])


@pytest.mark.parametrize("refusal", [CLOSED, AccountUnknownError("404")])
def test_where_version_2_refuses_version_1_answers_the_same_question(refusal: NonRetryableError) -> None:
    """Trap 1: Version 2 answers 403 on ordinary self-serve accounts."""
    v1 = FakeSource(V1)
    assert AutoUsageSource(FakeSource(refusal), v1).read(ACCOUNT, COSTS) is V1
    assert v1.asked == [COSTS]


@pytest.mark.parametrize("why", [REVOKED, AccountNotCoveredError("covered is false")])
def test_where_both_refuse_version_1_states_why(why: NonRetryableError) -> None:
    with pytest.raises(type(why)) as told:
        AutoUsageSource(FakeSource(CLOSED), FakeSource(why)).read(ACCOUNT, QUANTITIES)
    assert told.value is why


@pytest.mark.parametrize("refusal", [UsageUnreadableError("row 1"), UsageRefusedError("success: false")])
def test_what_else_version_2_does_wrong_is_no_reason_to_change_versions(refusal: NonRetryableError) -> None:
    v1 = FakeSource(V1)
    with pytest.raises(type(refusal)) as told:
        AutoUsageSource(FakeSource(refusal), v1).read(ACCOUNT, COSTS)
    assert told.value is refusal
    assert v1.asked == []


def test_what_a_retry_of_version_2_can_fix_does_not_lead_to_version_1() -> None:
    v1 = FakeSource(V1)
    with pytest.raises(UsageUnavailableError):
        AutoUsageSource(FakeSource(DOWN), v1).read(ACCOUNT, COSTS)
    assert v1.asked == []


def test_what_a_retry_of_version_1_can_fix_is_left_to_a_retry() -> None:
    with pytest.raises(UsageUnavailableError):
        AutoUsageSource(FakeSource(CLOSED), FakeSource(DOWN)).read(ACCOUNT, QUANTITIES)
    with pytest.raises(UsageUnavailableError):
        AutoUsageSource(FakeSource(V2), FakeSource(DOWN)).read(ACCOUNT, COSTS)


def test_where_version_1_served_last_version_2_is_not_requested() -> None:
    v2 = FakeSource(V2)
    query = UsageQuery(PERIOD, preferred_source="v1")
    assert AutoUsageSource(v2, FakeSource(V1)).read(ACCOUNT, query) is V1
    assert v2.asked == []


def test_where_version_2_served_last_it_is_requested_first() -> None:
    query = UsageQuery(PERIOD, preferred_source="v2")
    assert AutoUsageSource(FakeSource(V2), FakeSource(V1)).read(ACCOUNT, query) is V2


def test_costs_that_version_2_does_not_give_are_read_from_version_1() -> None:
    """Trap 28: an absent cost is not zero."""
    assert AutoUsageSource(FakeSource(V2), FakeSource(V1)).read(ACCOUNT, COSTS) is V1


def test_costs_of_version_1_that_are_unreadable_are_no_reason_to_estimate() -> None:
    unreadable = UsageUnreadableError("row 7")
    with pytest.raises(UsageUnreadableError) as told:
        AutoUsageSource(FakeSource(V2), FakeSource(unreadable)).read(ACCOUNT, COSTS)
    assert told.value is unreadable


@pytest.mark.parametrize(
    "no_better",
    [
        V1_WITHOUT_COSTS,
        UsageRefusedError("400"),
        Reading("v1", []),
        CLOSED,
        AccountNotCoveredError("covered is false"),
    ],
)
def test_where_version_1_has_no_costs_either_version_2_preserves_its_usage(
    no_better: Reading | CloudflareBudgetsError,
) -> None:
    """An answer without rows has no cost missing, and yet it knows nothing."""
    reading = AutoUsageSource(FakeSource(V2), FakeSource(no_better)).read(ACCOUNT, COSTS)
    is_refused = isinstance(no_better, CloudflareBudgetsError)
    assert reading == replace(V2, refused=frozenset({V1_COST_REQUEST} if is_refused else ()))


def test_costs_that_were_refused_are_not_requested_again() -> None:
    v1 = FakeSource(REVOKED)
    query = replace(COSTS, skipped=frozenset({V1_COST_REQUEST}))
    assert AutoUsageSource(FakeSource(V2), v1).read(ACCOUNT, query) is V2
    assert v1.asked == []


def test_quantities_stay_with_version_2_although_version_1_has_costs() -> None:
    v1 = FakeSource(V1)
    query = UsageQuery(PERIOD, needs_cost=True, needs_quantity=True)
    assert AutoUsageSource(FakeSource(V2), v1).read(ACCOUNT, query) is V2
    assert v1.asked == []


def test_where_version_1_served_last_and_refuses_now_version_2_is_requested_again() -> None:
    query = UsageQuery(PERIOD, preferred_source="v1")
    source = AutoUsageSource(FakeSource(V2), FakeSource(AccountNotCoveredError("covered is false")))
    assert source.read(ACCOUNT, query) is V2
    with pytest.raises(AccessDeniedError, match="401"):
        AutoUsageSource(FakeSource(CLOSED), FakeSource(REVOKED)).read(ACCOUNT, query)
