"""The messages and the report of the pictures: a check of the deployed stack."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cloudflare_budgets.messages.channels.discord import discord_message
from cloudflare_budgets.messages.channels.teams import teams_message
from cloudflare_budgets.messages.notification import Notification, read_notifications
from cloudflare_budgets.post_to_slack import post
from local.aws import Delivery, LocalAws
from local.channels.pages import discord_page, teams_page
from local.cloudflare.accounts.self_serve import SELF_SERVE_LOOPING_ID
from local.cloudflare.server import LocalCloudflare
from local.demo.installation import install
from local.demo.subject import local_subject
from local.slack.page import slack_page

_BUDGETS = {
    "spend": {
        "limit": "50 USD",
        "description": "keep the shop's bill flat",
        "thresholds": ["50%", "80%", "100%", "100% forecast"],
    },
    "storage": {"limit": "100% of allowance", "scope": {"product_family": ["*KV*"]}},
}
_PARAMETERS = {"AlertEmail": "you@example.com", "DigestReport": "true"}


@dataclass(frozen=True, slots=True)
class Scene:
    """A threshold alert as the channels get it, when it was sent, and the HTML of the report."""

    alert: Notification
    at: datetime
    report: str


def scene() -> Scene:
    """Deploy the stack, check the demo's account in a loop, and send the digest.

    The check is one of now, since a check of an earlier instant does not read analytics.

    Raises:
        RuntimeError: the build, the deployment or a check failed, or the month has just begun.
    """
    budgets = {name: json.dumps(budget) for name, budget in _BUDGETS.items()}
    with LocalCloudflare() as cloudflare, LocalAws() as aws:
        watcher = install(local_subject(cloudflare, SELF_SERVE_LOOPING_ID), aws, budgets, _PARAMETERS)
        watcher.check()
        mail = next(filter(_is_about_spend, watcher.mailbox.read()), None)
        if mail is None:
            message = "the budget spend was not breached: repeat this when the month is at least an hour old"
            raise RuntimeError(message)
        watcher.check("digest")
        [report] = watcher.pages()
    return Scene(_notification(mail), datetime.now(UTC), report)


def message_pages(found: Scene) -> Mapping[str, str]:
    """Return the alert as pages that look like Slack, Microsoft Teams and Discord, by name."""
    time = f"{found.at:%H:%M}"
    return {
        "slack": slack_page(_posted(found.alert), time),
        "teams": teams_page(teams_message(found.alert), time),
        "discord": discord_page(discord_message(found.alert), time),
    }


def _is_about_spend(delivery: Delivery) -> bool:
    return delivery.attributes["type"] == "threshold_crossed" and delivery.attributes["budget"] == "spend"


class _Channel:
    """A Slack channel that holds the last message."""

    message: Mapping[str, Any]

    def post(self, message: Mapping[str, Any], time_left: timedelta) -> None:  # noqa: ARG002 - Slack's deadline
        self.message = message


def _notification(mail: Delivery) -> Notification:
    attributes = {name: {"Type": "String", "Value": value} for name, value in mail.attributes.items()}
    sns = {"Subject": mail.subject, "Message": mail.body, "MessageAttributes": attributes}
    [notification] = read_notifications({"Records": [{"Sns": sns}]})
    return notification


def _posted(alert: Notification) -> Mapping[str, Any]:
    channel = _Channel()
    post(alert, channel, lambda: timedelta(minutes=1))
    return channel.message
