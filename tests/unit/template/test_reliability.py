"""No check is lost without somebody being told, and no alert is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template

EVENTS_OF_THE_CHECK = "CheckBudgetsFunctionEventInvokeConfig"


def test_each_schedule_retries_and_keeps_what_it_could_not_start(template: Template) -> None:
    schedules = template.of_type("AWS::Scheduler::Schedule").values()

    assert sorted(schedule["Target"]["Input"] for schedule in schedules) == [
        '{"action": "check"}',
        '{"action": "digest"}',
    ]
    for schedule in schedules:
        target = schedule["Target"]
        assert target["RetryPolicy"] == {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3000}
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["ScheduleDeadLetterQueue", "Arn"]}}
        assert schedule["ScheduleExpressionTimezone"] == "UTC"


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


def test_a_run_that_failed_for_good_is_kept(template: Template) -> None:
    config = template.of_type("AWS::Lambda::EventInvokeConfig")[EVENTS_OF_THE_CHECK]

    assert config["MaximumRetryAttempts"] == 2
    assert config["DestinationConfig"]["OnFailure"] == {
        "Destination": {"Fn::GetAtt": ["FailedRunsQueue", "Arn"]}
    }


def test_the_layer_is_for_what_the_functions_run_on(template: Template) -> None:
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


def test_failures_are_kept_for_two_weeks(template: Template) -> None:
    for queue in template.of_type("AWS::SQS::Queue").values():
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_the_memory_of_alerts_outlives_the_stack(template: Template) -> None:
    table = template.resources["AlertTable"]

    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["DeletionProtectionEnabled"] is True
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
