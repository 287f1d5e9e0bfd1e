"""Receives the messages of an SNS topic."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from local.aws.local_aws import LocalAws


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as delivered by SNS: subject and body, and the message attributes."""

    subject: str
    body: str
    attributes: Mapping[str, str]

    @property
    def alert(self) -> Any:  # noqa: ANN401 - JSON is what it is
        """The message attribute `alert`, parsed."""
        return json.loads(self.attributes["alert"])


class Mailbox:
    """A queue that is subscribed to a topic.

    MiniStack confirms e-mail addresses at once, but sends no mail. SNS delivers the same subject and body to
    every subscriber, so this queue receives the contents of the mails.
    """

    def __init__(self, aws: LocalAws, topic_arn: str) -> None:
        """Create the queue and subscribe it to the topic."""
        self._sqs = boto3.client("sqs", **aws.connection)
        self._url = self._sqs.create_queue(QueueName=f"mailbox-of-{topic_arn.rsplit(':', 1)[-1]}"[:80])[
            "QueueUrl"
        ]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        arn = asked["Attributes"]["QueueArn"]
        policy = {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
            },
        }
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": json.dumps(policy)})
        boto3.client("sns", **aws.connection).subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)

    def read(self, wait_seconds: int = 0) -> list[Delivery]:
        """Receive all messages; if there are none, wait up to `wait_seconds` (at most 20) for one."""
        deliveries: list[Delivery] = []
        while batch := self._receive(0 if deliveries else wait_seconds):
            deliveries += batch
        return deliveries

    def _receive(self, wait_seconds: int) -> list[Delivery]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds
        )
        deliveries = []
        for message in answer.get("Messages", []):
            deliveries.append(_delivery(message["Body"]))
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return deliveries


def _delivery(envelope: str) -> Delivery:
    notification = json.loads(envelope)
    attributes = {
        name: attribute["Value"] for name, attribute in notification.get("MessageAttributes", {}).items()
    }
    return Delivery(notification.get("Subject", ""), notification["Message"], attributes)
