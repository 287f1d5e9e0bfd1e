"""The value of a channel's parameter, from options and secrets, validated like a function."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudflare_budgets.adapters import slack_webhook
from cloudflare_budgets.adapters.channels.channel import ChannelType
from cloudflare_budgets.adapters.channels.settings import TYPES, parse_channel
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.errors import NonRetryableError
from cloudflare_budgets_cli.screens.asking import ask_secret
from cloudflare_budgets_cli.settings import ChannelKind, UsageError

URL, KEY = "CLOUDFLARE_BUDGETS_CHANNEL_URL", "CLOUDFLARE_BUDGETS_CHANNEL_KEY"
_EU_URL = "https://events.eu.pagerduty.com/v2/enqueue"
_KEYS = {"routing_key": "Integration key", "secret": "Secret of the webhook, whsec_..."}


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel as the command line describes it; `filters` are KEY=VALUE."""

    kind: ChannelKind
    name: str | None = None
    filters: Sequence[str] = ()
    is_european: bool = False

    def parameter(self, prefix: str) -> str:
        """Return the name of the parameter.

        Raises:
            UsageError: a name is given for Slack, of which there is one.
        """
        if self.kind is not ChannelKind.SLACK:
            return f"{prefix}/channels/{self.name or self.kind}"
        if self.name not in (None, "slack"):
            raise UsageError("a stack has one Slack webhook: leave out the name")
        return f"{prefix}/{slack_webhook.PARAMETER}"


def value_of(new: NewChannel, parameter: str, environment: Mapping[str, str]) -> Secret:
    """Read the secrets of a channel and return the value of its parameter.

    Raises:
        UsageError: a secret is missing, or the channel is invalid; the text quotes no secret.
    """
    if new.kind is ChannelKind.SLACK:
        return _slack_url(new, environment)
    kind = TYPES[new.kind]
    found: dict[str, Any] = {"type": new.kind.value}
    if new.is_european and new.kind is not ChannelKind.PAGERDUTY:
        raise UsageError("--eu: only PagerDuty has a European service region")
    if url := _EU_URL if new.is_european else _url(kind, environment):
        found["url"] = url
    if kind.key:
        found[kind.key] = ask_secret(_KEYS[kind.key], KEY, environment)
    if new.filters:
        found["filter"] = _filter(new.filters)
    value = json.dumps(found)
    try:
        parse_channel(parameter, "SecureString", value)
    except NonRetryableError as error:
        raise UsageError(f"nothing was stored: {str(error).partition('channel: ')[2]}") from None
    return Secret(value)


def _slack_url(new: NewChannel, environment: Mapping[str, str]) -> Secret:
    if new.filters or new.is_european:
        raise UsageError("Slack posts every alert: --filter and --eu are options of other channels")
    url = ask_secret("Slack webhook URL", URL, environment)
    if not slack_webhook.URLS.allows(url):
        raise UsageError(f"nothing was stored: expected {slack_webhook.URLS.expected}")
    return Secret(url)


def _url(kind: ChannelType, environment: Mapping[str, str]) -> str:
    if kind.urls is None or (kind.default_url and not environment.get(URL)):
        return ""
    return ask_secret(f"URL of {kind.peer}", URL, environment)


def _filter(filters: Sequence[str]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for each in filters:
        key, is_given, value = each.partition("=")
        if not is_given or not value:
            raise UsageError(f"--filter: found {each}, expected KEY=VALUE such as severity=critical")
        found.setdefault(key, []).append(value)
    return found
