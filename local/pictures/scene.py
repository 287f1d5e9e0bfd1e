"""The messages and the report that the pictures show: a check of the deployed stack at a fixed time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cloudflare_budgets.messages.notification import read_notifications
from cloudflare_budgets.post_to_slack import post
from local.aws import Delivery, LocalAws
from local.cloudflare.accounts.self_serve import SELF_SERVE_RUNAWAY_ID
from local.cloudflare.server import LocalCloudflare
from local.demo.installation import install
from local.demo.subject import local_subject

MOMENT = datetime(2026, 11, 22, 10, tzinfo=UTC)
_BUDGETS = {
    "spend": {
        "limit": "200 USD",
        "description": "keep the shop's bill flat",
        "thresholds": ["50%", "80%", "100%", "100% forecast"],
    },
    "storage": {"limit": "100% of allowance", "scope": {"product_family": ["*KV*"]}},
}
_PARAMETERS = {"AlertEmail": "you@example.com", "DigestReport": "true"}


@dataclass(frozen=True, slots=True)
class Scene:
    """A threshold alert as mail and as Slack message, and the HTML of the report."""

    mail: Delivery
    slack: Mapping[str, Any]
    report: str


def scene() -> Scene:
    """Deploy the stack, check the account with a program in a loop as of `MOMENT`, and send the digest.

    Raises:
        RuntimeError: the build, the deployment or a check failed.
    """
    budgets = {name: json.dumps(budget) for name, budget in _BUDGETS.items()}
    as_of = MOMENT.isoformat()
    with LocalCloudflare(now=MOMENT) as cloudflare, LocalAws() as aws:
        watcher = install(local_subject(cloudflare, SELF_SERVE_RUNAWAY_ID), aws, budgets, _PARAMETERS)
        watcher.check(as_of=as_of)
        [mail] = [one for one in watcher.mailbox.read() if _is_about_spend(one)]
        watcher.check("digest", as_of=as_of)
        [report] = watcher.pages()
    return Scene(mail, _posted(mail), report)


def _is_about_spend(delivery: Delivery) -> bool:
    return delivery.attributes["type"] == "threshold_crossed" and delivery.attributes["budget"] == "spend"


class _Channel:
    """A Slack channel that holds the last message."""

    message: Mapping[str, Any]

    def post(self, message: Mapping[str, Any], time_left: timedelta) -> None:  # noqa: ARG002 - Slack's deadline
        self.message = message


def _posted(mail: Delivery) -> Mapping[str, Any]:
    # As the deployed function would post it, but at the time of the check instead of now.
    attributes = {name: {"Type": "String", "Value": value} for name, value in mail.attributes.items()}
    sns = {
        "Subject": mail.subject,
        "Message": mail.body,
        "Timestamp": MOMENT.isoformat(),
        "MessageAttributes": attributes,
    }
    [notification] = read_notifications({"Records": [{"Sns": sns}]})
    channel = _Channel()
    post(notification, channel, lambda: timedelta(minutes=1))
    return channel.message
