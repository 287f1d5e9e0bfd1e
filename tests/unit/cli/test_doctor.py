"""Each part that the doctor examines, and what it advises."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from cloudflare_budgets import VERSION
from cloudflare_budgets_cli.settings import Settings
from cloudflare_budgets_cli.stack.doctor.deployed import prefix, stack
from cloudflare_budgets_cli.stack.doctor.examined import Examined
from cloudflare_budgets_cli.stack.doctor.limits import clock, concurrency, parameters
from cloudflare_budgets_cli.stack.doctor.recipients import alarms, queues, subscriptions
from cloudflare_budgets_cli.stack.session import Aws

ARN = "arn:aws:sns:eu-west-1:123456789012:topic:1"
OUTPUTS = {
    "AlertTopicArn": "alerts",
    "OperationsTopicArn": "operations",
    "FailedRunsQueueUrl": "https://sqs/failed",
    "CheckBudgetsFunctionName": "check",
}


class Service:
    """Answers each operation with a given document; a paginator gives it as one page."""

    def __init__(self, **answers: Any) -> None:  # noqa: ANN401 - answers of AWS
        self._answers = answers

    def __getattr__(self, operation: str) -> Any:  # noqa: ANN401
        return lambda **_: self._answers[operation]

    def get_paginator(self, operation: str) -> "Pages":
        return Pages(self._answers[operation])


class Pages:
    def __init__(self, page: object) -> None:
        self._page = page

    def paginate(self, **_: object) -> list[object]:
        return [self._page]


def aws(
    services: Mapping[str, Service] | None = None,
    parameters: Mapping[str, str] | None = None,
    status: str = "UPDATE_COMPLETE",
) -> Aws:
    found = Aws(Settings(), dict(services or {}))
    found.__dict__["stack"] = {
        "StackStatus": status,
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in OUTPUTS.items()],
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()
        ],
    }
    return found


def topic(*subscriptions: Mapping[str, str]) -> Service:
    return Service(list_subscriptions_by_topic={"Subscriptions": list(subscriptions)})


def subscription(protocol: str, endpoint: str, arn: str = ARN) -> Mapping[str, str]:
    return {"Protocol": protocol, "Endpoint": endpoint, "SubscriptionArn": arn}


def test_confirmed_subscriptions_are_counted_by_protocol() -> None:
    sns = topic(subscription("email", "a@example.com"), subscription("email", "b@example.com"))
    found = list(subscriptions(aws({"sns": sns})))
    assert found[0] == Examined("subscriptions of alerts", "2 email confirmed, 0 pending")


def test_the_address_that_has_not_confirmed_is_named() -> None:
    pending = subscription("email", "late@example.com", "PendingConfirmation")
    [alerts, _] = subscriptions(aws({"sns": topic(subscription("sqs", "queue"), pending)}))
    assert alerts.found == "1 sqs confirmed, 1 pending"
    assert alerts.advice == "follow the link in the confirmation mail to late@example.com"


def test_a_topic_without_subscribers_is_reported_with_the_command() -> None:
    [alerts, operations] = subscriptions(aws({"sns": topic()}))
    assert "update -p AlertEmail=" in alerts.advice
    assert "update -p OperationsEmail=" in operations.advice


@pytest.mark.parametrize(("count", "is_fine"), [("0", True), ("3", False)])
def test_messages_in_a_queue_are_reported(count: str, is_fine: bool) -> None:  # noqa: FBT001
    services = {
        "sqs": Service(get_queue_attributes={"Attributes": {"ApproximateNumberOfMessages": count}}),
        "cloudformation": Service(
            describe_stack_resource={"StackResourceDetail": {"PhysicalResourceId": "url"}}
        ),
    }
    found = list(queues(aws(services)))
    assert [each.part for each in found] == ["queue FailedRunsQueue", "queue ScheduleDeadLetterQueue"]
    assert all(bool(each.advice) is not is_fine for each in found)


def test_alarms_in_alarm_are_named() -> None:
    states = [{"AlarmName": name, "StateValue": state} for name, state in (("a", "OK"), ("b", "ALARM"))]
    [found] = alarms(aws({"cloudwatch": Service(describe_alarms={"MetricAlarms": states})}))
    assert found.found == "2 alarms, 1 in alarm"
    assert found.advice.endswith(": b")


@pytest.mark.parametrize(
    ("seconds", "found", "is_fine"),
    [(0, "as AWS", True), (-20, "20 seconds behind AWS", True), (300, "300 seconds ahead of AWS", False)],
)
def test_the_clock_is_compared_with_that_of_aws(seconds: int, found: str, is_fine: bool) -> None:  # noqa: FBT001
    now = datetime(2026, 11, 22, 10, tzinfo=UTC)
    date = format_datetime(now - timedelta(seconds=seconds), usegmt=True)
    answer = {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}
    [examined] = clock(aws({"sts": Service(get_caller_identity=answer)}), lambda: now)
    assert examined.found == found
    assert bool(examined.advice) is not is_fine


@pytest.mark.parametrize(("count", "is_fine"), [(12, True), (9_500, False)])
def test_a_region_that_is_nearly_full_of_parameters_is_reported(count: int, is_fine: bool) -> None:  # noqa: FBT001
    [found] = parameters(aws({"ssm": Service(describe_parameters={"Parameters": [{}] * count})}))
    assert found.found == f"{count:,} parameters of 10,000 in this region"
    assert bool(found.advice) is not is_fine


@pytest.mark.parametrize(("left", "is_fine"), [(10, True), (2, False)])
def test_too_few_concurrent_functions_are_reported(left: int, is_fine: bool) -> None:  # noqa: FBT001
    limit = {"UnreservedConcurrentExecutions": left, "ConcurrentExecutions": 10}
    [found] = concurrency(aws({"lambda": Service(get_account_settings={"AccountLimit": limit})}))
    assert found.found == f"{left} of 10 functions at once"
    assert bool(found.advice) is not is_fine


def function(version: str, state: str = "Active") -> Service:
    configuration = {
        "Description": f"Version {version}. Compares Cloudflare usage with the budgets.",
        "State": state,
        "LastModified": "2026-11-28T10:00:00.000+0000",
    }
    return Service(get_function_configuration=configuration)


def test_a_current_stack_needs_nothing() -> None:
    found = list(stack(aws({"lambda": function(VERSION)})))
    assert [each.advice for each in found] == ["", "", ""]
    assert found[1] == Examined("version", VERSION)


def test_an_older_stack_is_to_be_updated() -> None:
    found = {each.part: each for each in stack(aws({"lambda": function("0.0.9", "Failed")}))}
    assert found["version"].found == "0.0.9"
    assert "cloudflare-budgets update" in found["version"].advice
    assert found["function"].advice


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "UPDATE_FAILED"])
def test_a_stack_that_is_not_deployed_is_reported(status: str) -> None:
    [found, *_] = stack(aws({"lambda": function(VERSION)}, status=status))
    assert found.found == f"cloudflare-budgets, {status}"
    assert found.advice


def test_another_prefix_than_that_of_the_stack_is_reported() -> None:
    [found] = prefix(aws(parameters={"ParameterPrefix": "/ours"}))
    assert found.advice == "add --prefix /ours before the command"
