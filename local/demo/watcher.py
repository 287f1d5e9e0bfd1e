"""Controls a deployed stack: stores parameters, starts checks, reads what they sent."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3

from local.aws import LocalAws, Mailbox, Stack

_RUN_SECONDS = 150


class Watcher:
    """A deployed stack with the mailbox of its alert topic."""

    def __init__(self, aws: LocalAws, stack: Stack) -> None:
        self._connection = aws.connection
        self.stack = stack
        self.mailbox = Mailbox(aws, stack.outputs["AlertTopicArn"])

    def store(self, name: str, value: str, *, secret: bool = False) -> None:
        """Store an SSM parameter under the prefix of the stack."""
        boto3.client("ssm", **self._connection).put_parameter(
            Name=f"/cloudflare-budgets/{name}", Value=value, Type="SecureString" if secret else "String"
        )

    def start_by_schedule(self) -> None:
        """Create a copy of the schedule of the check that starts now.

        The schedule itself is hourly. The copy has the same target, role and input.
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
        """Wait until a run has ended.

        Raises:
            RuntimeError: the run failed; the message is that of the function.
            TimeoutError: no run ended within 150 seconds.
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
        """Read every log line of a function."""
        logs = boto3.client("logs", **self._connection)
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{self.stack.name}/{of}"
        )
        return [event["message"] for page in pages for event in page["events"]]

    def pages(self) -> list[str]:
        """Read the HTML of every report in the bucket."""
        s3 = boto3.client("s3", **self._connection)
        bucket = self.stack.outputs["ReportBucketName"]
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return [s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read().decode() for each in listed]

    def check(self, action: str = "check", **keys: object) -> Mapping[str, Any]:
        """Invoke the function and return its reply.

        Args:
            action: `check` or `digest`.
            keys: further keys of the event, such as `as_of`.

        Raises:
            RuntimeError: the run failed; the message is that of the function.
        """
        answer = boto3.client("lambda", **self._connection).invoke(
            FunctionName=self.stack.outputs["CheckBudgetsFunctionName"],
            Payload=json.dumps({"action": action, **keys}),
        )
        reply: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(f"The check failed: {reply['errorMessage']}")
        return reply
