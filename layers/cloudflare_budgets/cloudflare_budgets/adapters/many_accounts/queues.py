"""The FIFO queues in AWS SQS: jobs for workers, and announced alerts for the sender."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.primitives.json_input import loads
from cloudflare_budgets.domain.run.job import AccountJob
from cloudflare_budgets.errors import RetryableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
_BATCH = 10
# The longest time for which a message can be hidden.
_LONGEST = timedelta(hours=12)
# One group: SQS delivers no message of a group while another one of it is processed.
_SENDER = "sender"
_PENDING = "pending"


class JobQueueSqs:
    """Implements `JobQueue`, and hides a job from workers until its account can be checked."""

    def __init__(self, url: str, client: "Callable[[], SQSClient]") -> None:
        self._url = url
        self._client = client

    def send(self, jobs: Sequence[AccountJob]) -> None:
        """Send jobs, ten with each request.

        Raises:
            RetryableError: some jobs were not accepted, or it is unknown whether they were.
        """
        for start in range(0, len(jobs), _BATCH):
            entries = [_entry(number, job) for number, job in enumerate(jobs[start : start + _BATCH])]
            fault = self._try(entries)
            if fault:
                raise RetryableError(f"cannot send jobs from number {start}: {fault}")

    def hide(self, receipt: str, wait: timedelta) -> None:
        """Hide a received job for some time; on failure, for the queue's visibility timeout.

        Args:
            receipt: the receipt handle of the message.
            wait: from now on, rounded up to seconds.
        """
        seconds = -(-min(wait, _LONGEST) // timedelta(seconds=1))
        try:
            self._client().change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            code = error_code(error)
        else:
            return
        raise RetryableError(f"cannot hide a job for {seconds} s: {code}")

    def _try(self, entries: "list[SendMessageBatchRequestEntryTypeDef]") -> str | None:
        """Send up to ten jobs; return why some were not accepted, `None` if all were."""
        try:
            answer = self._client().send_message_batch(QueueUrl=self._url, Entries=entries)
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            return error_code(error)
        refused = answer.get("Failed", [])
        return str(refused[0].get("Code", "unknown")) if refused else None


class SenderQueueSqs:
    """Implements `SenderQueue`."""

    def __init__(self, url: str, client: "Callable[[], SQSClient]") -> None:
        self._url = url
        self._client = client

    def send(self, key: AlertKey | None) -> None:
        """Announce an alert, or ask for all that are pending.

        Raises:
            RetryableError: the message was not accepted, or it is unknown whether it was.
        """
        body = {"partition": key.partition, "sort": key.sort} if key else {}
        try:
            self._client().send_message(
                QueueUrl=self._url,
                MessageBody=json.dumps(body),
                MessageGroupId=_SENDER,
                MessageDeduplicationId=key.alert_id if key else _PENDING,
            )
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            code = error_code(error)
        else:
            return
        raise RetryableError(f"cannot start the sender: {code}")


def read_key(text: str) -> AlertKey | None:
    """Parse the key of an announced alert; `None` if the message announces none."""
    document = loads(text)
    if not isinstance(document, dict) or not document:
        return None
    return AlertKey(str(document["partition"]), str(document["sort"]))


def _entry(number: int, job: AccountJob) -> "SendMessageBatchRequestEntryTypeDef":
    return {
        "Id": str(number),
        "MessageBody": json.dumps(job.document()),
        "MessageGroupId": job.group,
        "MessageDeduplicationId": job.deduplication_id,
    }
