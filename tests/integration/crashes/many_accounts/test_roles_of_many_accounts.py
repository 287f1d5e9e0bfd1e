"""Each role for many accounts allows what its function calls, and nothing else: recorded from whole hours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from tests.integration.aws.granted import BUDGETS, granted, recorded
from tests.integration.crashes.boundaries import Boundary, Fault, Kind, Side
from tests.integration.crashes.many_accounts.hours import ACCOUNTS, Hours, hours_on
from tests.integration.crashes.stage import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.integration.aws.granted import Call
    from tests.integration.aws.mailbox import Mailbox

ROLES = {
    "plan_checks": "PlanChecksRole",
    "check_account": "CheckAccountRole",
    "send_alerts": "SendAlertsRole",
}
# Lambda itself sends an event that failed for good to this queue.
OF_LAMBDA = {("sqs:SendMessage", "FailedRunsQueue")}


@pytest.fixture
def hours(
    monkeypatch: pytest.MonkeyPatch, topic_arn: str, mailbox: Mailbox, table_properties: Mapping[str, Any]
) -> Iterator[Hours]:
    with hours_on(monkeypatch, topic_arn, mailbox, table_properties) as hours:
        yield hours


def test_each_role_allows_exactly_the_calls_of_its_function(
    hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One account has its own token; a check fails once, and a second hour reads recorded days."""
    monkeypatch.setattr("tests.integration.aws.granted.PREFIX", PREFIX)
    shared = aws_clients.ssm().get_parameter(Name=f"{PREFIX}/tokens/agency", WithDecryption=True)
    token = json.loads(shared["Parameter"]["Value"])
    own = f"{PREFIX}/accounts/{ACCOUNTS[0]}/api-token"
    aws_clients.ssm().put_parameter(Name=own, Value=token["token"], Type="SecureString")
    _store_budgets_object(monkeypatch)
    calls: dict[str, set[Call]] = {function: set() for function in ROLES}
    _record(hours, calls, monkeypatch)
    hours.begin()
    boundary = Boundary()
    assert hours.run(boundary)
    saves_standing = boundary.names.index("sqs.DeleteMessage") - 1
    hours.begin()
    hours.run(Boundary(Fault(saves_standing, Side.BEFORE, Kind.BROKEN)))
    assert hours.run()

    for function, role in ROLES.items():
        assert calls[function] == granted(role, has_queues=True) - OF_LAMBDA, role


def _store_budgets_object(monkeypatch: pytest.MonkeyPatch) -> None:
    region: Any = {"LocationConstraint": "eu-west-1"}
    aws_clients.s3().create_bucket(Bucket=BUDGETS, CreateBucketConfiguration=region)
    aws_clients.s3().put_object(Bucket=BUDGETS, Key="budgets.json", Body=b'{"budgets": {}}')
    monkeypatch.setenv("BUDGETS_OBJECT", f"s3://{BUDGETS}/budgets.json")


def _record(hours: Hours, calls: dict[str, set[Call]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Note the calls of each function, apart from those that Lambda makes around it."""

    def recording(function: str, handle: Callable[..., Any]) -> Callable[..., Any]:
        def invoked(*arguments: Any) -> Any:  # noqa: ANN401 - Lambda's
            with recorded(has_queues=True) as found:
                try:
                    return handle(*arguments)
                finally:
                    calls[function] |= found

        return invoked

    for function in calls:
        handler = hours.handlers[function]
        monkeypatch.setattr(handler, "lambda_handler", recording(function, handler.lambda_handler))
