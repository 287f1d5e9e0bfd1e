"""The webhook's URL in AWS Systems Manager Parameter Store; no error shows any part of it."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.adapters.http.urls import is_loopback
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.errors import ConfigurationUnavailableError, SlackRefusedError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


# Shorter than the minutes until an alert is tried again: a URL that was put right is used then.
KEPT_FOR = 45.0  # seconds

# https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and, for GovSlack,
# https://docs.slack.dev/govslack
_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
_MAX_LENGTH = 500
_RIGHT = (
    "expected the URL of a Slack incoming webhook, https://hooks.slack.com/services/..., "
    "as a SecureString without quotes; plain http is accepted for loopback addresses alone"
)
_LIES_OPEN = "it is of type {}, so everybody who may read parameters may post; make a new webhook"


class WebhookParameter:
    """The parameter `<prefix>/slack/webhook-url`, read at most once in 45 seconds.

    Args:
        prefix: Root of every parameter, such as `/cloudflare-budgets`.
        client: Gives the client for Parameter Store.
        clock: A steady clock, in seconds.
    """

    def __init__(
        self,
        prefix: str,
        client: "Callable[[], SSMClient]",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = f"{prefix}/slack/webhook-url"
        self._client = client
        self._clock = clock
        self._kept: tuple[float, Secret] | None = None

    def url(self) -> Secret:
        """Give the webhook's URL.

        Raises:
            ConfigurationUnavailableError: Parameter Store could not be read.
            SlackRefusedError: there is no such parameter, or it holds no webhook's URL.
        """
        now = self._clock()
        if self._kept is None or now - self._kept[0] > KEPT_FOR:
            self._kept = (now, self._read())
        return self._kept[1]

    def _read(self) -> Secret:
        kind, value = self._parameter()
        text = value.strip()
        if kind != "SecureString":
            reason = _LIES_OPEN.format(kind)
        elif not is_webhook(text):
            reason = "it holds no such URL" if text else "it is empty"
        else:
            return Secret(text)
        raise SlackRefusedError(f"the parameter {self.name} cannot be used: {reason}; {_RIGHT}")

    def _parameter(self) -> tuple[str, str]:
        try:
            parameter = self._client().get_parameter(Name=self.name, WithDecryption=True)["Parameter"]
            return str(parameter["Type"]), str(parameter["Value"])
        except Exception as error:  # noqa: BLE001 - a broken answer surfaces as any exception there is
            code = error_code(error)
        # Out of the handler, for an exception about an answer may quote it.
        if code == "ParameterNotFound":
            raise SlackRefusedError(f"there is no parameter {self.name}: {_RIGHT}")
        raise ConfigurationUnavailableError(f"cannot read the parameter {self.name}: {code}")


def is_webhook(url: str) -> bool:
    """Tell whether alerts may be posted to an address: Slack's over https, or one on this machine."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_plain = url.isascii() and url.isprintable() and not any(char in url for char in '@?#\\ %"<>')
    if not is_plain or len(url) > _MAX_LENGTH or not parts.path.strip("/"):
        return False
    return _is_slack(parts, port) or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _is_slack(parts: SplitResult, port: int | None) -> bool:
    # A workflow's address takes a message too, answers otherwise, and would be given it again and again.
    is_there = parts.scheme == "https" and parts.hostname in _HOSTS and port in {None, 443}
    return is_there and parts.path.startswith("/services/")
