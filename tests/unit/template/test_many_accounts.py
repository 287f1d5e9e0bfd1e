"""ManyAccounts: created only if it is used; one account per job, one sender, and failures stay alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudflare_budgets.domain.run.job import MAX_ATTEMPTS, MAX_WAITS
from tests.model import fifo

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template

CONDITION = "ChecksManyAccounts"
QUEUES = {"JobQueue", "FailedJobsQueue", "SenderQueue", "UnsentAlertsQueue"}
FUNCTIONS = {"PlanChecksFunction", "CheckAccountFunction", "SendAlertsFunction"}


def test_everything_for_many_accounts_is_created_only_when_it_is_used(template: Template) -> None:
    conditional = {
        name for name, resource in template.resources.items() if resource.get("Condition") == CONDITION
    }

    assert conditional >= QUEUES | FUNCTIONS
    others = set(template.resources) - conditional
    assert not [
        name for name in others if name.startswith(("PlanChecks", "CheckAccount", "SendAlerts", "Job"))
    ]
    for output in ("PlanChecksFunctionName", "FailedJobsQueueUrl", "UnsentAlertsQueueUrl"):
        assert template.source["Outputs"][output]["Condition"] == CONDITION


def test_each_job_is_processed_alone_and_fails_alone(template: Template) -> None:
    source = template.of_type("AWS::Lambda::EventSourceMapping")["CheckAccountFunctionJobs"]
    queue = template.of_type("AWS::SQS::Queue")["JobQueue"]

    assert source["BatchSize"] == 1
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["FailedJobsQueue", "Arn"]}
    # Jobs that wait for their token, or whose account cannot be read, are given up before the queue does.
    assert max(MAX_WAITS + 1, MAX_ATTEMPTS) < queue["RedrivePolicy"]["maxReceiveCount"]


def test_a_job_is_hidden_longer_than_its_worker_runs_and_given_up_before_it_expires(
    template: Template,
) -> None:
    queue = template.of_type("AWS::SQS::Queue")["JobQueue"]
    timeout = template.of_type("AWS::Lambda::Function")["CheckAccountFunction"]["Timeout"]

    assert timeout < queue["VisibilityTimeout"]
    attempts = queue["RedrivePolicy"]["maxReceiveCount"]
    assert attempts * queue["VisibilityTimeout"] < queue["MessageRetentionPeriod"]


def test_messages_of_the_sender_are_hidden_longer_than_its_lease(template: Template) -> None:
    queue = template.of_type("AWS::SQS::Queue")["SenderQueue"]
    timeout = template.of_type("AWS::Lambda::Function")["SendAlertsFunction"]["Timeout"]

    assert timeout + 30 < queue["VisibilityTimeout"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["UnsentAlertsQueue", "Arn"]}


def test_all_queues_are_fifo_and_groups_of_jobs_do_not_wait_for_each_other(template: Template) -> None:
    queues = {name: each for name, each in template.of_type("AWS::SQS::Queue").items() if name in QUEUES}

    assert [each["FifoQueue"] for each in queues.values()] == [True] * 4
    assert queues["JobQueue"]["DeduplicationScope"] == "messageGroup"
    assert queues["JobQueue"]["FifoThroughputLimit"] == "perMessageGroupId"


def test_the_simulated_queue_is_that_of_the_template(template: Template) -> None:
    queue = template.of_type("AWS::SQS::Queue")["JobQueue"]

    assert queue["RedrivePolicy"]["maxReceiveCount"] == fifo.GIVEN_UP_AFTER
    assert fifo.VISIBILITY.total_seconds() == queue["VisibilityTimeout"]
    assert fifo.KEPT_FOR.total_seconds() == queue["MessageRetentionPeriod"]


def test_the_planner_reads_no_secret_the_worker_publishes_nothing_and_the_sender_reads_no_parameter(
    template: Template,
) -> None:
    granted = {
        role: str([statement["Action"] for statement in template.statements(role)])
        for role in ("PlanChecksRole", "CheckAccountRole", "SendAlertsRole")
    }

    assert "ssm:GetParameter'" not in granted["PlanChecksRole"]
    assert "sns:" not in granted["PlanChecksRole"] + granted["CheckAccountRole"]
    assert "ssm:" not in granted["SendAlertsRole"]
