"""Everything that leaves a function: what it prints, logs, replies, raises, publishes and keeps."""

from __future__ import annotations

import importlib.util
import json
import logging
import traceback
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools.logging.constants import (
    LOGGER_ATTRIBUTE_POWERTOOLS_HANDLER,
    LOGGER_ATTRIBUTE_PRECONFIGURED,
)

from cloudflare_budgets.adapters.aws import clients as aws_clients
from tests.support.canaries import given_away

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    import pytest
    from mypy_boto3_sqs import SQSClient

FUNCTIONS = Path(__file__).parents[3] / "functions"
_CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000, aws_request_id="a-request")


def load_handler(function: str) -> ModuleType:
    """Load a function's handler anew, as a cold start does."""
    spec = importlib.util.spec_from_file_location(function, FUNCTIONS / function / "handler.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache  # it takes longer to make than a whole check
def _sqs() -> SQSClient:
    return boto3.client("sqs")


class _EveryRecord(logging.Handler):
    """Keeps each record as text, its traceback included."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.texts: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.texts += [self.format(record), str(vars(record))]


@dataclass
class Leaving:
    """Collects what leaves; a cold start's loggers, with the root logger at DEBUG."""

    capsys: pytest.CaptureFixture[str]
    texts: list[str] = field(default_factory=list)
    records: _EveryRecord = field(default_factory=_EveryRecord)

    def run(self, handler: Callable[..., Any], event: Mapping[str, Any]) -> None:
        """Call a handler as Lambda does, and keep what Lambda would: its reply, or how it failed."""
        root = logging.getLogger()
        root.addHandler(self.records)
        root.setLevel(logging.DEBUG)
        try:
            self.texts.append(json.dumps(handler(event, _CONTEXT)))
        except Exception as error:  # noqa: BLE001 - as Lambda
            self._keep(error)
        finally:
            root.setLevel(logging.WARNING)
            root.removeHandler(self.records)
        self.texts += self.records.texts
        self.texts += self.capsys.readouterr()

    def look_into(self, table: str) -> None:
        """Collect the rows of the table."""
        self.texts.append(str(aws_clients.dynamodb().scan(TableName=table)["Items"]))

    def subscribe(self, topic_arn: str) -> Callable[[], None]:
        """Listen to a topic; what this gives collects the messages, attributes and all."""
        sqs = _sqs()
        url = sqs.create_queue(QueueName="leaving")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        aws_clients.sns().subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)

        def collect() -> None:
            while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for message in found:
                    self.texts.append(message["Body"])
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

        return collect

    def _keep(self, error: BaseException) -> None:
        self.texts += traceback.format_exception(error)
        seen: BaseException | None = error
        while seen is not None:
            self.texts += [str(seen), repr(seen), repr(seen.args), str(vars(seen))]
            seen = seen.__cause__ or seen.__context__

    @property
    def all_of_it(self) -> str:
        """All texts in one."""
        return "\n".join(self.texts)

    def holds_no_secret(self) -> None:
        """See that something left, and no secret with it."""
        assert len(self.all_of_it) > 100
        assert given_away(self.all_of_it) == []


def reset_logging() -> None:
    """Undo what `start_logging` has set up, so that the next one is the first one of a process."""
    for name in ("botocore", "boto3", "urllib3", "http.client"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.getLogger("moto").setLevel(logging.INFO)  # it stands for AWS, and no function has it
    logger = logging.getLogger("cloudflare_budgets")
    for handler in tuple(logger.handlers):
        logger.removeHandler(handler)
    for mark in (LOGGER_ATTRIBUTE_PRECONFIGURED, LOGGER_ATTRIBUTE_POWERTOOLS_HANDLER):
        logger.__dict__.pop(mark, None)
