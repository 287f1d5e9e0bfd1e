"""The FIFO queues: jobs in groups, and one message for each announced alert."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.many_accounts.queues import JobQueueSqs, SenderQueueSqs, read_key
from cloudflare_budgets.domain.budgets.account import AccountReference
from cloudflare_budgets.domain.run.job import AccountJob, InvalidJobError, in_order, read_job
from cloudflare_budgets.errors import RetryableError
from tests.support.outgoing import NOW, outgoing

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture
def url(aws: None) -> str:  # noqa: ARG001
    return aws_clients.sqs().create_queue(QueueName="jobs.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]


def _jobs(count: int, token: str | None = None) -> list[AccountJob]:
    ids = [f"{number:08x}{number:024x}" for number in range(count)]
    return [AccountJob(AccountReference(one, token or f"/p/accounts/{one}/api-token"), NOW) for one in ids]


def _received(url: str) -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = []
    while (
        messages := aws_clients.sqs()
        .receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])
        .get("Messages", [])
    ):
        found += messages
        for message in messages:
            aws_clients.sqs().delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_every_job_arrives_and_is_read_as_it_was_sent(url: str) -> None:
    jobs = _jobs(23)

    JobQueueSqs(url, aws_clients.sqs).send(jobs)

    received = [read_job(str(message["Body"])) for message in _received(url)]
    assert sorted(received, key=lambda job: job.reference.account_id) == jobs


def test_jobs_that_were_sent_are_not_sent_again(url: str) -> None:
    queue = JobQueueSqs(url, aws_clients.sqs)

    queue.send(_jobs(3))
    queue.send(_jobs(5))

    assert len(_received(url)) == 5


def test_tokens_never_share_a_group_and_a_token_has_four() -> None:
    assert len({job.group for job in _jobs(40)}) == 40
    assert len({job.group for job in _jobs(40, "/p/tokens/agency")}) == 4


def test_a_hidden_job_is_delivered_again(url: str) -> None:
    queue = JobQueueSqs(url, aws_clients.sqs)
    queue.send(_jobs(1))
    [message] = aws_clients.sqs().receive_message(QueueUrl=url)["Messages"]

    queue.hide(message["ReceiptHandle"], timedelta(milliseconds=-1))

    assert len(_received(url)) == 1


def test_a_queue_that_does_not_exist_is_an_error_with_its_code(aws: None) -> None:  # noqa: ARG001
    with pytest.raises(RetryableError, match=r"cannot send jobs from number 0: .*NonExistentQueue"):
        JobQueueSqs("https://sqs.eu-west-1.amazonaws.com/1/none.fifo", aws_clients.sqs).send(_jobs(1))
    with pytest.raises(RetryableError, match=r"cannot start the sender: .*NonExistentQueue"):
        SenderQueueSqs("https://sqs.eu-west-1.amazonaws.com/1/none.fifo", aws_clients.sqs).send(None)


def test_an_announced_alert_is_read_by_its_key(url: str) -> None:
    queue, key = SenderQueueSqs(url, aws_clients.sqs), outgoing().key

    queue.send(key)
    queue.send(key)
    queue.send(None)

    assert [read_key(str(message["Body"])) for message in _received(url)] == [key, None]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps(_jobs(1)[0].document() | {"account_id": "../x"}),
        json.dumps(_jobs(1)[0].document() | {"token": None}),
        json.dumps(_jobs(1)[0].document() | {"planned_at": "yesterday"}),
        "[" * 100_000,
    ],
)
def test_a_message_that_is_no_job_is_refused(text: str) -> None:
    with pytest.raises(InvalidJobError):
        read_job(text)


def test_accounts_that_were_never_checked_come_first_and_then_the_oldest() -> None:
    first, second, third = _jobs(3)
    checked_at = {
        first.reference.account_id: NOW,
        third.reference.account_id: NOW - timedelta(hours=1),
    }

    assert in_order([first, second, third], checked_at) == [second, third, first]


def test_accounts_that_were_checked_in_the_same_hour_have_another_order_in_each_plan() -> None:
    checked_at = {job.reference.account_id: NOW for job in _jobs(20)}
    later = [replace(job, planned_at=NOW + timedelta(hours=1)) for job in _jobs(20)]

    first, second = (
        [job.reference.account_id for job in in_order(jobs, checked_at)] for jobs in (_jobs(20), later)
    )

    assert sorted(first) == sorted(second)
    assert first != second
