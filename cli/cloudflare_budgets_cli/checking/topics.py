"""Where alerts go without AWS: to Slack, to a command, or into a list."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cloudflare_budgets.adapters.slack_webhook import URLS, SlackWebhook
from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.domain.run.subscriptions import Subscriptions
from cloudflare_budgets.errors import (
    AlertRejectedError,
    AlertUndeliveredError,
    NonRetryableError,
    RetryableError,
)
from cloudflare_budgets.messages.mail import repeat_subject
from cloudflare_budgets.messages.message import MENTIONED_IN, MENTIONS, parse_mentions, parse_message
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.post_to_slack import post
from cloudflare_budgets_cli.settings import UsageError

SLACK_URL = "SLACK_WEBHOOK_URL"
_COMMAND_SECONDS = 60
_SLACK_TIME = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class EnvironmentUrl:
    """A secret URL in an environment variable; implements `SecretUrl`."""

    name: str
    url: Secret

    def read(self) -> Secret:
        """Return the URL."""
        return self.url


def slack_topic(environment: Mapping[str, str] = os.environ) -> "SlackTopic":
    """Return the Slack channel of the environment's webhook.

    Raises:
        UsageError: the environment has no URL of a Slack webhook.
    """
    url = environment.get(SLACK_URL, "").strip()
    if not URLS.allows(url):
        raise UsageError(f"--notify-slack needs the environment variable {SLACK_URL}: {URLS.expected}")
    return SlackTopic(SlackWebhook(EnvironmentUrl(SLACK_URL, Secret(url))))


@dataclass(frozen=True, slots=True)
class SlackTopic:
    """Implements `AlertTopic` with a Slack webhook."""

    webhook: SlackWebhook

    def subscribers(self) -> Subscriptions | None:
        """Return one: the channel."""
        return Subscriptions({"slack": 1})

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        """Post an alert once.

        Raises:
            AlertRejectedError: Slack refuses every message to the webhook.
            AlertUndeliveredError: Slack may have posted the message.
        """
        try:
            post(notification_of(alert, attempt), self.webhook, lambda: _SLACK_TIME)
        except NonRetryableError as error:
            raise AlertRejectedError(str(error)) from None
        except RetryableError as error:
            raise AlertUndeliveredError(str(error)) from None
        return "slack"


@dataclass(frozen=True, slots=True)
class CommandTopic:
    """Implements `AlertTopic` with a shell command, which gets the text on standard input.

    The environment variables ALERT_SUBJECT and ALERT_JSON hold the subject and the JSON for machines.
    """

    command: str

    def subscribers(self) -> Subscriptions | None:
        """Return one: the command."""
        return Subscriptions({"command": 1})

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        """Run the command once.

        Raises:
            AlertRejectedError: the command failed.
            AlertUndeliveredError: the command did not end in time.
        """
        found = notification_of(alert, attempt)
        variables = {"ALERT_SUBJECT": found.subject, "ALERT_JSON": json.dumps(found.document)}
        try:
            done = subprocess.run(  # noqa: S602 - the user's own command, as in a crontab
                self.command,
                shell=True,
                input=found.body.encode(),
                env=os.environ | variables,
                stdout=subprocess.DEVNULL,
                timeout=_COMMAND_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            text = f"the notify command did not end within {_COMMAND_SECONDS} seconds"
            raise AlertUndeliveredError(text) from None
        if done.returncode:
            raise AlertRejectedError(f"the notify command failed with exit code {done.returncode}")
        return "command"


@dataclass(frozen=True, slots=True)
class SentAlert:
    """An alert that a preview would have sent, and when."""

    at: datetime
    alert: OutgoingAlert


@dataclass(slots=True)
class ListTopic:
    """Implements `AlertTopic`; stores alerts instead of sending them."""

    clock: Callable[[], datetime]
    sent: list[SentAlert] = field(default_factory=list)

    def subscribers(self) -> Subscriptions | None:
        """Return one: the list."""
        return Subscriptions({"list": 1})

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:  # noqa: ARG002 - each is the first
        """Store an alert."""
        self.sent.append(SentAlert(self.clock(), alert))
        return str(len(self.sent))


def notification_of(alert: OutgoingAlert, attempt: int) -> Notification:
    """Return an alert as channels read it."""
    return Notification(
        alert.subject if attempt == 1 else repeat_subject(alert.subject),
        alert.body,
        {**json.loads(alert.document), "attempt": attempt},
        parse_message(alert.attributes.get("message")),
        parse_mentions(alert.attributes.get(MENTIONS)),
        alert.attributes.get(MENTIONED_IN, ""),
    )
