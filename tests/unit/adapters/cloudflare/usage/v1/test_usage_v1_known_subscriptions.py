"""Subscriptions that an earlier run read save a request, and hide no account that is not covered."""

import pytest

from cloudflare_budgets.domain.usage.subscription import Subscription
from cloudflare_budgets.errors import AccountNotCoveredError
from tests.support.builders import day
from tests.support.canned_api import subscribed, subscription, v1_api, v1_row
from tests.unit.adapters.cloudflare.usage.v1.cycles import (
    OCTOBER_CYCLE,
    SINCE_THE_5TH,
    ranges,
    read,
    requests_of_info,
)

KNOWN = (Subscription("SUB-A", day("2024-01-05"), day("2024-01-05")),)
UNDATED = [v1_row()]
OCTOBER = {OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")]}


def test_known_subscriptions_save_the_request_for_them_and_change_nothing_else() -> None:
    asked, saved = v1_api(UNDATED, OCTOBER), v1_api(UNDATED, OCTOBER)
    first, second = read(asked), read(saved, known=KNOWN)
    assert (requests_of_info(asked), requests_of_info(saved)) == (1, 0)
    assert ranges(asked) == ranges(saved) == [None, OCTOBER_CYCLE]
    assert (second.charges, second.anchor_days) == (first.charges, first.anchor_days)
    assert (first.subscriptions, second.subscriptions) == (KNOWN, None)


def test_without_rows_the_account_may_not_be_covered_any_more() -> None:
    api = v1_api([], info=subscribed(covered=False))
    with pytest.raises(AccountNotCoveredError):
        read(api, SINCE_THE_5TH, known=KNOWN)


def test_rows_of_another_subscription_are_a_reason_to_read_the_subscriptions_again() -> None:
    info = subscribed(subscription(), subscription("SUB-B", "2026-11-10"))
    api = v1_api([v1_row(), v1_row("2026-11-17", "2026-11-10", SubscriptionId="SUB-B")], OCTOBER, info)
    reading = read(api, SINCE_THE_5TH, known=KNOWN)
    assert requests_of_info(api) == 1
    assert reading.anchor_days == {"SUB-A": 5, "SUB-B": 10}


def test_rows_without_a_subscription_are_no_reason_to_ask_again() -> None:
    api = v1_api([v1_row(SubscriptionId=None)])
    read(api, SINCE_THE_5TH, known=KNOWN)
    assert requests_of_info(api) == 0
