"""The real handlers of planner, worker, sender and audit between SQS queues in memory, on one clock."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import Any

import boto3
import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.check.delivery import Delivery
from cloudflare_budgets.errors import CloudflareBudgetsError
from cloudflare_budgets.many_accounts import handover
from cloudflare_budgets.many_accounts.handover import Handover
from local.cloudflare.accounts.account import Account, Credentials
from local.cloudflare.server import LocalCloudflare
from tests.integration.aws.mailbox import Mailbox
from tests.integration.aws.wire import Kill
from tests.integration.crashes.boundaries import Boundary, at
from tests.integration.crashes.stage import PREFIX, Context, Stage, environment, load_handler, small_account
from tests.integration.crashes.watched_wires import WatchedCloudflare, watched_aws
from tests.support.builders import AS_OF

HOUR = timedelta(hours=1)
# As in the template, in seconds: how long each function may take, and how long its messages are hidden.
TIMEOUTS = {"check_budgets": 480, "plan_checks": 300, "check_account": 240, "send_alerts": 300}
HIDDEN = {"jobs": 300, "alerts": 360}
RECEIVES = {"jobs": 5, "alerts": 10}
BATCHES = {"jobs": 1, "alerts": 10}
CONSUMERS = {"jobs": "check_account", "alerts": "send_alerts"}
# Lambda invokes a scheduled function again after one minute and after two.
RETRIES = (timedelta(minutes=1), timedelta(minutes=2))
ACCOUNTS = [f"{number:08x}{number:024x}" for number in (1, 2)]
BUDGETS = {
    "spend": '{"limit": "10 USD", "account_id": "*"}',
    "requests": '{"limit": "9000000 Requests", "scope": {"metric_id": ["workers_*"]}, "account_id": "*"}',
    "wrong": '{"limit": "?"}',
}
_TOKEN = "agency_" + "t" * 33
_PACE = timedelta(seconds=30)

Message = Mapping[str, Any]


@dataclass
class Hours(Stage):
    """A stage whose runs are hours: scheduled functions, and what queues deliver until they are empty.

    `handler` is the audit's, `handlers` are those of all functions by the name of their folder.
    """

    handlers: Mapping[str, ModuleType] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)
    trials: int = 0

    def run(self, boundary: Boundary | None = None) -> bool:
        """Let an hour pass, and return whether its last audit is complete and nothing was given up.

        The audit begins with the plan, and fails in the first hour: no account was checked before.
        """
        end = self.now + HOUR
        with at(boundary or Boundary()):
            is_complete = self.invoke("check_budgets", self.event) is not None
            self.scheduled("plan_checks", {"action": "plan"})
            self.deliver("jobs")
            if not is_complete:
                self.now += RETRIES[0]
                is_complete = self.invoke("check_budgets", self.event) is not None
            self.deliver("alerts")
        self.now = max(self.now, end)
        return is_complete and not any(self._failed(queue) for queue in HIDDEN)

    def scheduled(self, function: str, event: Mapping[str, Any]) -> bool:
        """Invoke a function as its schedule does, and return whether it succeeded at last."""
        for wait in (*RETRIES, timedelta(0)):
            if self.invoke(function, event) is not None:
                return True
            self.now += wait
        return False

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:  # noqa: ANN401 - its reply
        """Invoke a function once, and return its reply; `None` if it failed or was killed."""
        context = Context(timedelta(seconds=TIMEOUTS[function]))
        try:
            return self.handlers[function].lambda_handler(event, context)
        except (CloudflareBudgetsError, Kill):
            return None

    def deliver(self, queue: str) -> None:
        """Deliver messages until the queue is empty, and let the time pass for which they are hidden."""
        while self._left(queue):
            messages = self.receive(queue)
            if messages:
                self.consume(queue, messages)
            else:
                self.now += _PACE

    def receive(self, queue: str) -> list[Message]:
        """Receive a batch of messages, as Lambda does before it invokes a function."""
        answer = boto3.client("sqs").receive_message(
            QueueUrl=self.queues[queue], MaxNumberOfMessages=BATCHES[queue], AttributeNames=["All"]
        )
        return [dict(message) for message in answer.get("Messages", [])]

    def consume(self, queue: str, messages: list[Message]) -> None:
        """Invoke the function with a batch, and delete what it processed; this may fail too."""
        reply = self.invoke(CONSUMERS[queue], {"Records": [record(message) for message in messages]})
        if reply is None:
            return
        failed = {each["itemIdentifier"] for each in reply["batchItemFailures"]}
        for message in messages:
            if message["MessageId"] not in failed:
                self._delete(queue, message)

    def sleep(self, seconds: float) -> None:
        """Let the sender work while the audit waits."""
        self.now += timedelta(seconds=seconds)
        if messages := self.receive("alerts"):
            self.consume("alerts", messages)

    def _delete(self, queue: str, message: Message) -> None:
        try:
            url, receipt = self.queues[queue], message["ReceiptHandle"]
            aws_clients.sqs().delete_message(QueueUrl=url, ReceiptHandle=receipt)
        except (Exception, Kill):  # noqa: BLE001 - then the queue delivers the message again
            return

    def _left(self, queue: str) -> int:
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        url = self.queues[queue]
        found = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return sum(int(found["Attributes"][name]) for name in names)

    def _failed(self, queue: str) -> int:
        return self._left(f"failed-{queue}")

    def _forget_requests(self) -> None:
        for handler in self.handlers.values():
            for name in ("_usage", "_read_once", "_lister", "_pacer"):
                if cached := getattr(handler, name, None):
                    cached.cache_clear()
        self._empty_queues()

    def _empty_queues(self) -> None:
        self.trials += 1
        sqs = boto3.client("sqs")
        for name in HIDDEN:
            for full in (f"failed-{name}", name):
                if url := self.queues.get(full):
                    sqs.delete_queue(QueueUrl=url)
                self.queues[full] = self._create(full)
            self.monkeypatch.setenv(
                f"{name[:-1].replace('alert', 'sender').upper()}_QUEUE_URL", self.queues[name]
            )

    def _create(self, name: str) -> str:
        sqs, attributes = boto3.client("sqs"), {"FifoQueue": "true"}
        if name in HIDDEN:
            arn = f"arn:aws:sqs:eu-west-1:123456789012:failed-{name}-{self.trials}.fifo"
            redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": RECEIVES[name]}
            attributes |= {"VisibilityTimeout": str(HIDDEN[name]), "RedrivePolicy": json.dumps(redrive)}
        created = sqs.create_queue(QueueName=f"{name}-{self.trials}.fifo", Attributes=attributes)  # type: ignore[arg-type]
        return created["QueueUrl"]


def record(message: Message) -> dict[str, Any]:
    """Return a message as Lambda hands it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:queue.fifo",
    }


@contextmanager
def hours_on(
    monkeypatch: pytest.MonkeyPatch, topic_arn: str, mailbox: Mailbox, table_properties: Mapping[str, Any]
) -> Iterator[Hours]:
    """Set the stage: one token for two accounts, the four handlers, and SQS on the clock of the stage."""
    accounts = _accounts()
    _write_parameters()
    handlers = {function: load_handler(function) for function in TIMEOUTS}
    with LocalCloudflare(now=AS_OF, accounts=accounts) as cloudflare, watched_aws():
        hours = Hours(
            handlers["check_budgets"], monkeypatch, table_properties, mailbox, cloudflare, handlers=handlers
        )
        clock = partial(Clock, now=lambda: _seconds(hours), sleep=lambda _: None)
        for handler in handlers.values():
            monkeypatch.setattr(handler, "_now", lambda: hours.now)
            for name, found in {
                "CloudflareApi": WatchedCloudflare,
                "Pacer": partial(Pacer, clock=clock),
                "Delivery": partial(Delivery, sleep=lambda _: None),
                "Handover": partial(Handover, sleep=lambda _: None),
            }.items():
                if hasattr(handler, name):
                    monkeypatch.setattr(handler, name, found)
        monkeypatch.setattr(handover, "Handover", partial(Handover, sleep=hours.sleep))
        monkeypatch.setattr("moto.sqs.models.unix_time", lambda _=None: hours.now.timestamp())
        monkeypatch.setattr("moto.sqs.models.unix_time_millis", lambda _=None: hours.now.timestamp() * 1000)
        for name, value in environment(topic_arn, cloudflare.url).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("FRESH_USAGE", "off")
        monkeypatch.setenv("HEARTBEAT_HOURS", "2")
        yield hours


def _seconds(hours: Hours) -> float:
    return hours.now.timestamp()


def _accounts() -> tuple[Account, ...]:
    example, credentials = small_account(), Credentials(_TOKEN, "a@b.c", "k" * 37)
    return tuple(
        replace(example, id=one, name=f"Client {one[-1]}", credentials=credentials) for one in ACCOUNTS
    )


def _write_parameters() -> None:
    ssm, token = aws_clients.ssm(), json.dumps({"token": _TOKEN, "accounts": ["*"]})
    ssm.put_parameter(Name=f"{PREFIX}/tokens/agency", Value=token, Type="SecureString")
    for name, text in BUDGETS.items():
        ssm.put_parameter(Name=f"{PREFIX}/budgets/{name}", Value=text, Type="String")
