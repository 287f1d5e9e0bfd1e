"""Who gets alerts and alarms: subscriptions, channels, dead-letter queues, alarms."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets_cli.stack.doctor.examined import Examined
from cloudflare_budgets_cli.stack.notify.command import channel_records
from cloudflare_budgets_cli.stack.session import Aws
from cloudflare_budgets_cli.stack.subscriptions import ALERTS, OPERATIONS, subscriptions_of

# Outputs of the stack, and why a message is in the queue.
_QUEUES = {
    "FailedRunsQueueUrl": "checks failed on every attempt: see cloudflare-budgets logs, then purge it",
    "UndeliveredSlackQueueUrl": "fix the webhook (cloudflare-budgets test --to slack), then redrive it",
    "UndeliveredChatQueueUrl": "see the log of post-to-chat, then redrive it",
    "UndeliveredChannelQueueUrl": "fix the channel (cloudflare-budgets notify list), then redrive it",
}
_SCHEDULES = "ScheduleDeadLetterQueue"  # a resource without an output


def subscriptions(aws: Aws) -> Iterator[Examined]:
    """Examine who is subscribed to alerts and to alarms, and who has not confirmed."""
    for output, what in ((ALERTS, "alerts"), (OPERATIONS, "alarms")):
        found = subscriptions_of(aws, output)
        pending = sorted(each.endpoint for each in found if not each.is_confirmed)
        confirmed = Counter(each.protocol for each in found if each.is_confirmed)
        texts = [f"{count} {protocol}" for protocol, count in sorted(confirmed.items())]
        advice = ""
        if pending:
            advice = f"follow the link in the confirmation mail to {', '.join(pending)}"
        elif not found:
            option = "AlertEmail" if what == "alerts" else "OperationsEmail"
            advice = f"subscribe an address: cloudflare-budgets update -p {option}=you@example.com"
        text = f"{', '.join(texts) or 'none'} confirmed, {len(pending)} pending"
        yield Examined(f"subscriptions of {what}", text, advice)


def channels(aws: Aws) -> Iterator[Examined]:
    """Examine whether each stored channel is valid and gets alerts."""
    for each in channel_records(aws):
        fault = "" if each["state"] == "ok" else str(each["state"])
        off = "" if each["posts"] == "true" else "it gets no alerts: see cloudflare-budgets notify list"
        yield Examined(f"channel {each['name']}", each["type"] or "invalid", fault or off)


def queues(aws: Aws) -> Iterator[Examined]:
    """Examine whether a queue has messages that were not delivered."""
    for output, advice in _QUEUES.items():
        if output in aws.outputs:
            yield _queue(aws, output.removesuffix("Url"), aws.outputs[output], advice)
    found = aws.cloudformation().describe_stack_resource(
        StackName=aws.settings.stack, LogicalResourceId=_SCHEDULES
    )
    url = found["StackResourceDetail"]["PhysicalResourceId"]
    advice = "the schedule could not start the function: read a message, then purge the queue"
    yield _queue(aws, _SCHEDULES, url, advice)


def _queue(aws: Aws, name: str, url: str, advice: str) -> Examined:
    answer = aws.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    count = int(answer["Attributes"]["ApproximateNumberOfMessages"])
    return Examined(f"queue {name}", counted(count, "message"), advice if count else "")


def alarms(aws: Aws) -> Iterator[Examined]:
    """Examine which alarms of the stack are in the state ALARM."""
    client: Any = aws.client("cloudwatch")
    pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{aws.settings.stack}-")
    found: list[Any] = [each for page in pages for each in page["MetricAlarms"]]
    active = [each["AlarmName"] for each in found if each["StateValue"] == "ALARM"]
    advice = f"see docs/operations.md: {', '.join(active)}" if active else ""
    yield Examined("alarms", f"{counted(len(found), 'alarm')}, {len(active)} in alarm", advice)
