"""The screen of the command `doctor` after a live check, with one subscriber who has not confirmed."""

from datetime import timedelta
from typing import Any

import pytest

from cloudflare_budgets import VERSION
from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets_cli.stack.session import Aws
from tests.integration.cli.conftest import AS_OF, Run
from tests.integration.cli.golden import is_golden


class Functions:
    """Lambda, which moto cannot run without Docker."""

    def get_function_configuration(self, **_: str) -> dict[str, Any]:
        return {
            "Description": f"Version {VERSION}. Compares Cloudflare usage with the budgets.",
            "LastModified": "2026-11-20T10:00:00.000+0000",
        }

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"UnreservedConcurrentExecutions": 1000, "ConcurrentExecutions": 1000}}


class Stacks:
    """CloudFormation, of which moto needs more than is installed."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url

    def describe_stack_resource(self, **_: str) -> dict[str, Any]:
        return {"StackResourceDetail": {"PhysicalResourceId": self._queue_url}}


@pytest.fixture
def deployed(table_name: str, topic_arn: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A stack of the current version; tests may change its parameters and the time of its creation."""
    failed, schedule = (
        aws_clients.sqs().create_queue(QueueName=name)["QueueUrl"] for name in ("failed", "schedule")
    )
    operations = aws_clients.sns().create_topic(Name="operations")["TopicArn"]
    outputs = {
        "AlertTableName": table_name,
        "AlertTopicArn": topic_arn,
        "OperationsTopicArn": operations,
        "FailedRunsQueueUrl": failed,
        "CheckBudgetsFunctionName": "check",
    }
    stack: dict[str, Any] = {"StackStatus": "UPDATE_COMPLETE", "CreationTime": AS_OF - timedelta(days=20)}
    monkeypatch.setattr(Aws, "stack", stack)
    monkeypatch.setattr(Aws, "outputs", outputs)
    monkeypatch.setattr(Aws, "parameters", {})
    monkeypatch.setattr(Aws, "functions", lambda _: Functions())
    monkeypatch.setattr(Aws, "cloudformation", lambda _: Stacks(schedule))
    return stack


@pytest.mark.parametrize("columns", ["80", "120"])
@pytest.mark.usefixtures("checked", "deployed")
def test_doctor_shows_each_part_and_what_to_do(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    found = run("doctor")
    assert found.exit_code == 1, found.output
    assert "✓ last check: 12 minutes ago" in found.stdout
    assert is_golden(f"doctor/{columns}", found.stdout)
    assert max(map(len, found.stdout.splitlines())) <= int(columns)


@pytest.mark.usefixtures("checked", "deployed")
def test_a_check_that_is_older_than_the_schedule_allows_is_reported(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = (AS_OF + timedelta(hours=3)).isoformat()
    found = " ".join(run("--as-of", later, "doctor").stdout.split())
    assert "✗ last check: 3 hours ago the schedule is rate(1 hour): see whether it is enabled" in found
    monkeypatch.setattr(Aws, "parameters", {"ScheduleExpression": "rate(6 hours)"})
    assert "✓ last check: 3 hours ago" in run("--as-of", later, "doctor").stdout


def test_without_a_check_a_new_stack_is_not_reported(run: Run, deployed: dict[str, Any]) -> None:
    assert "✗ last check: none yet" in run("doctor").stdout
    deployed["CreationTime"] = AS_OF - timedelta(minutes=5)
    assert "✓ last check: none yet" in run("doctor").stdout
