"""Who is subscribed to the topics of the stack, and who has not confirmed yet."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cloudflare_budgets_cli.stack.session import Aws, errors_explained

ALERTS, OPERATIONS = "AlertTopicArn", "OperationsTopicArn"  # outputs of the stack
POLL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription of a topic: `email`, `sqs`, ..., and the address."""

    protocol: str
    endpoint: str
    is_confirmed: bool


def subscriptions_of(aws: Aws, output: str) -> Sequence[Subscription]:
    """Return the subscriptions of the topic that an output of the stack names.

    Raises:
        CommandError: AWS does not answer or refuses the call.
    """
    with errors_explained():
        pages = aws.sns().get_paginator("list_subscriptions_by_topic")
        found = [
            each for page in pages.paginate(TopicArn=aws.outputs[output]) for each in page["Subscriptions"]
        ]
    return [
        Subscription(each["Protocol"], each["Endpoint"], each["SubscriptionArn"].startswith("arn:"))
        for each in found
        if each["SubscriptionArn"] != "Deleted"
    ]


def pending_addresses(aws: Aws) -> Sequence[str]:
    """Return each address that has not confirmed a subscription of either topic.

    Raises:
        CommandError: AWS does not answer or refuses the call.
    """
    found = [each for output in (ALERTS, OPERATIONS) for each in subscriptions_of(aws, output)]
    return sorted({each.endpoint for each in found if not each.is_confirmed})


def wait_until_confirmed(
    pending: Callable[[], Sequence[str]],
    limit: timedelta,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Sequence[str]:
    """Wait until no address is pending, for a time or until Ctrl+C; return the pending ones.

    Raises:
        CommandError: AWS does not answer or refuses the call.
    """
    end, left = clock() + limit.total_seconds(), pending()
    try:
        while left and clock() < end:
            sleep(POLL_SECONDS)
            left = pending()
    except KeyboardInterrupt:
        return left
    return left
