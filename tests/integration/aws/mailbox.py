"""A subscriber of the alert topic."""

import json
from collections.abc import Mapping
from typing import Any

import boto3

from cloudflare_budgets.adapters.aws import clients as aws_clients
from tests.schemas.alert import checked


class Mailbox:
    """A queue that listens to the topic."""

    def __init__(self, topic_arn: str) -> None:
        self._sqs = boto3.client("sqs")
        self._url = self._sqs.create_queue(QueueName="mailbox")["QueueUrl"]
        queue = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        arn = queue["Attributes"]["QueueArn"]
        aws_clients.sns().subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)

    def messages(self) -> list[Mapping[str, Any]]:
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        found = answer.get("Messages", [])
        for message in found:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [_checked(json.loads(message["Body"])) for message in found]


def _checked(notification: Mapping[str, Any]) -> Mapping[str, Any]:
    checked(json.loads(notification["MessageAttributes"]["alert"]["Value"]))
    return notification
