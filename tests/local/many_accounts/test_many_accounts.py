"""ManyAccounts on a local AWS that enforces IAM: planner, workers, sender and audit with their own roles."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.aws import LocalAws, deploy
from local.cloudflare.accounts.account import Credentials
from local.cloudflare.accounts.examples import runaway
from local.cloudflare.limit import RequestLimit
from local.cloudflare.server import LocalCloudflare
from local.demo.watcher import Watcher
from tests.local.grants import grants
from tests.local.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.aws import Delivery

SHARED = [f"{number:032x}" for number in range(1, 5)]
OWN = f"{9:032x}"
TOKEN = "agency_" + "t" * 33


@dataclass(frozen=True, slots=True)
class Agency:
    """Five accounts, four of them with one token, after their checks were planned once.

    `alerts` are the accounts of the alerts that the workers queued, by alert id: how many there are depends
    on the day of the month.
    """

    aws: LocalAws
    watcher: Watcher
    limit: RequestLimit
    jobs: int
    alerts: dict[str, str]
    mails: list[Delivery]

    def checks(self) -> int:
        return sum("run ended" in line for line in self.watcher.log("check-account"))

    def invoke(self, function: str, event: dict[str, str]) -> dict[str, Any]:
        answer = _lambda(self.aws).invoke(
            FunctionName=self.watcher.stack.outputs[function], Payload=json.dumps(event)
        )
        found: dict[str, Any] = json.loads(answer["Payload"].read())
        return found | ({"failed": True} if "FunctionError" in answer else {})

    def queue(self, logical_id: str) -> str:
        prefix = f"{self.watcher.stack.name}-{logical_id}-"
        [url] = boto3.client("sqs", **self.aws.connection).list_queues(QueueNamePrefix=prefix)["QueueUrls"]
        return url

    def waiting_in(self, logical_id: str) -> int:
        name: Any = "ApproximateNumberOfMessages"
        sqs = boto3.client("sqs", **self.aws.connection)
        found = sqs.get_queue_attributes(QueueUrl=self.queue(logical_id), AttributeNames=[name])
        return int(found["Attributes"][name])


def _lambda(aws: LocalAws) -> Any:  # noqa: ANN401 - botocore's client
    return boto3.client("lambda", **aws.connection)


@pytest.fixture(scope="module")
def agency(artifact: Path) -> Iterator[Agency]:
    example, limit = runaway(datetime.now(UTC)), RequestLimit()
    shared = [
        replace(example, id=one, name=f"Client {one[-1]}", credentials=Credentials(TOKEN, "a@b.c", "k" * 37))
        for one in SHARED
    ]
    own = replace(example, id=OWN, name="Own")
    with LocalCloudflare(accounts=[*shared, own], limit=limit) as cloudflare, LocalAws() as aws:
        settings = {
            "ManyAccounts": "true",
            "AlertEmail": "you@example.com",
            "CloudflareApiUrl": cloudflare.url,
            "FreshUsage": "off",
        }
        watcher = Watcher(aws, deploy(aws, artifact / "template.yaml", settings))
        token = json.dumps({"token": TOKEN, "accounts": ["*"]})
        watcher.store("tokens/agency", token, secret=True)
        watcher.store(f"accounts/{OWN}/api-token", own.credentials.token, secret=True)
        watcher.store("budgets/spend", json.dumps({"limit": "50 USD", "account_id": "*"}))
        found = Agency(aws, watcher, limit, jobs=0, alerts={}, mails=[])
        found.invoke("CheckBudgetsFunctionName", {"action": "check"})  # lists the accounts of the token
        jobs = found.invoke("PlanChecksFunctionName", {"action": "plan"})["jobs"]
        assert eventually(lambda: found.checks() == jobs, 180)
        alerts = _queued_alerts(watcher)
        while len(found.mails) < len(alerts) and (more := watcher.mailbox.read(20)):
            found.mails.extend(more)
        yield replace(found, jobs=jobs, alerts=alerts)


def _queued_alerts(watcher: Watcher) -> dict[str, str]:
    lines = (line for line in watcher.log("check-account") if '"alert":' in line)
    found = [json.loads(line)["alert"] for line in lines]
    return {alert["alert_id"]: alert["account_id"] for alert in found if alert["state"] == "queued"}


def test_each_account_is_checked_and_its_alert_is_sent_once(agency: Agency) -> None:
    assert agency.jobs == 5
    assert set(agency.alerts.values()) == {*SHARED, OWN}
    assert Counter(mail.alert["alert_id"] for mail in agency.mails) == Counter(list(agency.alerts))
    assert {mail.alert["attempt"] for mail in agency.mails} == {1}
    assert agency.limit.refused == 0


def test_the_audit_finds_every_account_checked_and_is_the_heartbeat(agency: Agency) -> None:
    reply = agency.invoke("CheckBudgetsFunctionName", {"action": "check"})

    assert "failed" not in reply, reply
    assert {account["account_id"] for account in reply["accounts"]} == {*SHARED, OWN}
    log = agency.watcher.log()
    assert eventually(lambda: any('"ChecksCompleted"' in line for line in agency.watcher.log())), log[-5:]


def test_a_second_plan_checks_again_and_sends_nothing_twice(agency: Agency) -> None:
    before = agency.checks()
    jobs = boto3.client("sqs", **agency.aws.connection)
    jobs.purge_queue(QueueUrl=agency.queue("JobQueue"))
    agency.invoke("PlanChecksFunctionName", {"action": "plan"})

    eventually(lambda: agency.checks() > before, 10)  # SQS omits jobs of the same hour within five minutes
    assert agency.watcher.mailbox.read(1) == []


def test_a_poisoned_job_goes_to_the_dead_letter_queue_alone(agency: Agency) -> None:
    sqs = boto3.client("sqs", **agency.aws.connection)
    url = agency.queue("JobQueue")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "0"})
    sqs.send_message(
        QueueUrl=url, MessageBody="poison", MessageGroupId="poison", MessageDeduplicationId="poison"
    )

    assert eventually(lambda: agency.waiting_in("FailedJobsQueue") == 1, 180)
    assert agency.waiting_in("JobQueue") == 0


@pytest.mark.parametrize("function", ["plan-checks", "check-account", "send-alerts", "check-budgets"])
def test_no_role_lacks_a_permission(agency: Agency, function: str) -> None:
    log = agency.watcher.log(function)

    assert any(line.startswith("REPORT") for line in log)
    assert not [line for line in log if "AccessDenied" in line]


# The grants that no call here uses, each with the reason why the role needs it.
REASONS = {
    "PlanChecksRole": {
        ("sqs:SendMessage", "FailedRunsQueue"): "Lambda sends a plan that failed three times to this queue",
    },
    "CheckAccountRole": {
        (
            "dynamodb:Query",
            "table/AlertTable",
        ): "from its second hour on, a check reads stored days",
        ("sqs:ChangeMessageVisibility", "JobQueue"): "a job that could not be done waits a minute",
    },
    "SendAlertsRole": {},
}


@pytest.mark.parametrize("role", REASONS)
def test_what_a_role_grants_is_used_or_has_a_reason(agency: Agency, role: str) -> None:
    found, without_use = grants(agency.aws, agency.watcher.stack, role)
    assert without_use <= REASONS[role].keys() <= found
