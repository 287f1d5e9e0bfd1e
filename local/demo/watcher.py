"""The deployed stack, as the demo uses it."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3

from local.aws import LocalAws, Mailbox, Stack

_RUN_SECONDS = 150


class Watcher:
    """A deployed stack: what is stored for it, when it is started, and what it sends."""

    def __init__(self, aws: LocalAws, stack: Stack) -> None:
        self._connection = aws.connection
        self._stack = stack
        self.mailbox = Mailbox(aws, stack.outputs["AlertTopicArn"])

    def store(self, name: str, value: str, *, secret: bool = False) -> None:
        """Put a parameter under the stack's prefix."""
        boto3.client("ssm", **self._connection).put_parameter(
            Name=f"/cloudflare-budgets/{name}", Value=value, Type="SecureString" if secret else "String"
        )

    def start_by_schedule(self) -> None:
        """Let EventBridge Scheduler start a check now: the stack's own schedule, copied with another time.

        The stack's schedule is hourly. Target, role and input of the copy are the stack's.
        """
        scheduler = boto3.client("scheduler", **self._connection)
        names = [each["Name"] for each in scheduler.list_schedules()["Schedules"]]
        schedules = [scheduler.get_schedule(Name=name) for name in names]
        [own] = [each for each in schedules if '"check"' in each["Target"]["Input"]]
        scheduler.create_schedule(
            Name="demo-now",
            ScheduleExpression=f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})",
            ScheduleExpressionTimezone="UTC",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target=own["Target"],
        )

    def wait_for_run(self) -> None:
        """Wait until a run has ended well.

        Raises:
            RuntimeError: it left something undone; the message is the function's own.
            TimeoutError: none ended within the function's own timeout and some.
        """
        deadline = time.monotonic() + _RUN_SECONDS
        while not any(line.startswith("REPORT") for line in self.log()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"No check has ended within {_RUN_SECONDS} seconds.")
            time.sleep(0.1)
        undone = [json.loads(line)["failure"] for line in self.log() if '"failure":' in line]
        if undone:
            raise RuntimeError(f"The check failed: {undone[0]}")

    def log(self, of: str = "check-budgets") -> list[str]:
        """Every line that a function has logged."""
        logs = boto3.client("logs", **self._connection)
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{self._stack.name}/{of}"
        )
        return [event["message"] for page in pages for event in page["events"]]

    def pages(self) -> list[str]:
        """Every page that the bucket of digests holds."""
        s3 = boto3.client("s3", **self._connection)
        bucket = self._stack.outputs["ReportBucketName"]
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return [s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read().decode() for each in listed]

    def check(self, action: str = "check", **keys: object) -> Mapping[str, Any]:
        """Invoke the function, with these keys in its event, and give its reply.

        Raises:
            RuntimeError: the run failed; the message is the function's own.
        """
        answer = boto3.client("lambda", **self._connection).invoke(
            FunctionName=self._stack.outputs["CheckBudgetsFunctionName"],
            Payload=json.dumps({"action": action, **keys}),
        )
        reply: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(f"The check failed: {reply['errorMessage']}")
        return reply
