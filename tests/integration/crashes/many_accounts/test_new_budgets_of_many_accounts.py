"""A new budget that is over its limit is alerted once for each account, with and without an audit between."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from tests.integration.aws.mailbox import Mailbox
from tests.integration.crashes.many_accounts.hours import ACCOUNTS, HOUR, Hours, hours_on
from tests.integration.crashes.stage import PREFIX


@pytest.fixture
def hours(
    monkeypatch: pytest.MonkeyPatch, topic_arn: str, mailbox: Mailbox, table_properties: Mapping[str, Any]
) -> Iterator[Hours]:
    with hours_on(monkeypatch, topic_arn, mailbox, table_properties) as hours:
        yield hours


@pytest.mark.parametrize("audits", [(), (1,), (2,), (3,), (1, 2, 3)], ids=str)
def test_a_new_budget_over_its_limit_is_alerted_once(hours: Hours, audits: tuple[int, ...]) -> None:
    hours.begin()
    assert hours.run()
    hours.received()
    aws_clients.ssm().put_parameter(
        Name=f"{PREFIX}/budgets/new", Value='{"limit": "1 USD", "account_id": "*"}', Type="String"
    )

    sent: Counter[str] = Counter()
    for hour in (1, 2, 3):
        end = hours.now + HOUR
        hours.scheduled("plan_checks", {"action": "plan"})
        hours.deliver("jobs")
        hours.deliver("alerts")
        hours.now += timedelta(minutes=10)
        if hour in audits:
            assert hours.scheduled("check_budgets", hours.event)
        hours.now = end
        sent += hours.received()

    assert set(sent.values()) == {1}
    assert len(sent) == len(ACCOUNTS)
    assert all(hours.subjects[alert_id].startswith("new ") for alert_id in sent)
