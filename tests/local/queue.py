"""Queues of the deployed stack, as an operator reads and changes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self

import boto3

if TYPE_CHECKING:
    from tests.local.conftest import Deployment


class Queue:
    """A queue of the deployed stack.

    Args:
        deployment: the stack.
        url: the URL of the queue.
    """

    def __init__(self, deployment: Deployment, url: str) -> None:
        self._sqs = boto3.client("sqs", **deployment.aws.connection)
        self._url = url

    @classmethod
    def of(cls, deployment: Deployment, logical_id: str) -> Self:
        """Find the queue by its logical id in the template."""
        prefix = f"{deployment.stack.name}-{logical_id}-"
        sqs = boto3.client("sqs", **deployment.aws.connection)
        [url] = sqs.list_queues(QueueNamePrefix=prefix)["QueueUrls"]
        return cls(deployment, url)

    def set(self, **attributes: str) -> None:
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes=attributes)  # type: ignore[arg-type]

    def read(self, names: list[Any]) -> dict[str, str]:
        found = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)["Attributes"]
        return {name: text for name, text in found.items() if name in names}

    def give_up_after(self, tries: int) -> None:
        redrive = json.loads(self.read(["RedrivePolicy"])["RedrivePolicy"])
        self.set(RedrivePolicy=json.dumps(redrive | {"maxReceiveCount": tries}))

    def put(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._url, MessageBody=body)

    def take(self) -> str:
        """Wait for the next message, at most a minute, delete it, and return its body."""
        answers = (self._sqs.receive_message(QueueUrl=self._url, WaitTimeSeconds=20) for _ in range(3))
        message = next(message for answer in answers for message in answer.get("Messages", []))
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return message["Body"]
