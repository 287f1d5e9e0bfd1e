"""No check and no alert is lost without an alarm."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.domain.run.request import parse_request, run_mode
from cloudflare_budgets.errors import StateUnavailableError
from tests.support.builders import charge
from tests.support.world import World

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template

EVENTS_OF_THE_CHECK = "CheckBudgetsFunctionEventInvokeConfig"


def test_each_schedule_retries_and_stores_events_it_could_not_deliver(template: Template) -> None:
    schedules = template.of_type("AWS::Scheduler::Schedule").values()

    assert sorted(schedule["Target"]["Input"] for schedule in schedules) == [
        '{"action": "check"}',
        '{"action": "digest", "as_of": "<aws.scheduler.scheduled-time>"}',
        '{"action": "plan"}',
    ]
    for schedule in schedules:
        target = schedule["Target"]
        assert target["RetryPolicy"] == {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3000}
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["ScheduleDeadLetterQueue", "Arn"]}}
        assert schedule["ScheduleExpressionTimezone"] == "UTC"


def test_a_digest_that_is_retried_after_midnight_is_the_same_digest(template: Template) -> None:
    inputs = [each["Target"]["Input"] for each in template.of_type("AWS::Scheduler::Schedule").values()]
    [digest] = [each for each in inputs if "digest" in each]
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    event = json.loads(digest.replace("<aws.scheduler.scheduled-time>", "2026-11-22T23:58:00Z"))
    slot = datetime(2026, 11, 22, 23, 58, tzinfo=UTC)
    world = World(now=slot + timedelta(seconds=30))
    world.use(charge(cost="5"))
    world.run_store.faults["save"] = StateUnavailableError("table busy")

    for _ in range(3):
        request = parse_request(event, world.now)
        world.run(as_of=request.as_of, digest=request.digest)
        world.now += timedelta(minutes=1)

    assert run_mode(request, world.now).saves_state
    assert world.subjects == ["Digest 22 Nov: 1 budget, all within"]


def test_the_digest_can_be_switched_off(template: Template) -> None:
    (digest,) = (
        schedule
        for schedule in template.of_type("AWS::Scheduler::Schedule").values()
        if "digest" in schedule["Target"]["Input"]
    )

    assert digest["State"] == {"Fn::If": ["HasDigest", "ENABLED", "DISABLED"]}


def test_a_second_stack_in_the_same_account_does_not_collide(template: Template) -> None:
    for schedule in template.of_type("AWS::Scheduler::Schedule").values():
        assert "Name" not in schedule
    for function in template.of_type("AWS::Lambda::Function").values():
        assert "FunctionName" not in function
    assert "TableName" not in template.only("AWS::DynamoDB::Table")


def test_a_run_that_failed_on_every_attempt_is_stored(template: Template) -> None:
    config = template.of_type("AWS::Lambda::EventInvokeConfig")[EVENTS_OF_THE_CHECK]

    assert config["MaximumRetryAttempts"] == 2
    assert config["DestinationConfig"]["OnFailure"] == {
        "Destination": {"Fn::GetAtt": ["FailedRunsQueue", "Arn"]}
    }


def test_the_layer_is_compatible_with_the_functions(template: Template) -> None:
    layer = template.only("AWS::Lambda::LayerVersion")

    assert layer["CompatibleRuntimes"] == ["python3.13"]
    assert layer["CompatibleArchitectures"] == ["arm64", "x86_64"]
    for function in template.of_type("AWS::Lambda::Function").values():
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]


def test_no_event_outlives_the_hour_it_belongs_to(template: Template) -> None:
    for schedule in template.of_type("AWS::Scheduler::Schedule").values():
        assert schedule["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] < 3600
    config = template.of_type("AWS::Lambda::EventInvokeConfig")[EVENTS_OF_THE_CHECK]
    assert config["MaximumEventAgeInSeconds"] < 3600


@pytest.mark.parametrize("function", ["CheckBudgetsFunction", "PostToChatFunction", "PlanChecksFunction"])
def test_no_event_expires_before_its_last_attempt(template: Template, function: str) -> None:
    config = template.of_type("AWS::Lambda::EventInvokeConfig")[f"{function}EventInvokeConfig"]
    timeout = template.of_type("AWS::Lambda::Function")[function]["Timeout"]
    # Lambda waits one minute before the second attempt and two before the third.
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    longest = (config["MaximumRetryAttempts"] + 1) * timeout + 60 + 120

    assert config["MaximumRetryAttempts"] == 2
    # As much again for attempts that are throttled, up to the maximum of six hours.
    assert 2 * longest <= config["MaximumEventAgeInSeconds"] <= 6 * 3600


def test_a_start_that_fails_is_retried_for_at_least_half_an_hour(template: Template) -> None:
    for schedule in template.of_type("AWS::Scheduler::Schedule").values():
        retry = schedule["Target"]["RetryPolicy"]
        assert retry["MaximumEventAgeInSeconds"] >= 30 * 60
        assert retry["MaximumRetryAttempts"] >= 5


def test_failures_are_stored_for_two_weeks(template: Template) -> None:
    queues = template.of_type("AWS::SQS::Queue")
    jobs = queues.pop("JobQueue")
    for queue in queues.values():
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert jobs["MessageRetentionPeriod"] == 3600  # the next plan sends them again


def test_the_table_is_retained_when_the_stack_is_deleted(template: Template) -> None:
    table = template.resources["AlertTable"]

    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["DeletionProtectionEnabled"] is True
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
