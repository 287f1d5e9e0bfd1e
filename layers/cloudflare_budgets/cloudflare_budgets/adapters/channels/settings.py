"""Channels in Parameter Store, a SecureString each below `channels/`; errors quote nothing."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.adapters.channels.channel import Channel, ChannelType
from cloudflare_budgets.adapters.channels.discord import DISCORD
from cloudflare_budgets.adapters.channels.event_bridge import EVENT_BRIDGE
from cloudflare_budgets.adapters.channels.pagerduty import PAGERDUTY
from cloudflare_budgets.adapters.channels.teams import TEAMS
from cloudflare_budgets.adapters.channels.webhook import WEBHOOK
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.domain.primitives import json_input as strict_json
from cloudflare_budgets.errors import NonRetryableError, RetryableError
from cloudflare_budgets.messages.channels.alert_filter import KEYS, AlertFilter

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

TYPES: Mapping[str, ChannelType] = {
    "teams": TEAMS,
    "discord": DISCORD,
    "pagerduty": PAGERDUTY,
    "webhook": WEBHOOK,
    "eventbridge": EVENT_BRIDGE,
}
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_EXPECTED_TYPE = f'"type" must be one of {", ".join(TYPES)}'


class _InvalidError(Exception):
    """Raised when the settings of a channel are invalid; the text quotes no value."""


class ChannelParameters:
    """The channels below `<prefix>/channels`."""

    def __init__(self, prefix: str, client: "Callable[[], SSMClient]") -> None:
        self._path = f"{prefix}/channels"
        self._client = client

    def names(self) -> Sequence[str]:
        """Return the names of all channels, sorted, without decrypting any of them.

        Raises:
            RetryableError: Parameter Store failed.
        """
        try:
            pages = self._client().get_paginator("get_parameters_by_path")
            found = [
                str(parameter["Name"]).removeprefix(f"{self._path}/")
                for page in pages.paginate(Path=self._path, WithDecryption=False)
                for parameter in page["Parameters"]
            ]
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            raise RetryableError(
                f"cannot list the parameters below {self._path}: {error_code(error)}"
            ) from None
        return sorted(name for name in found if _NAME.fullmatch(name))

    def read(self, name: str) -> Channel | None:
        """Return a channel; `None` if its parameter was deleted.

        Raises:
            RetryableError: Parameter Store failed.
            NonRetryableError: the parameter contains no valid channel.
        """
        parameter = f"{self._path}/{name}"
        try:
            found = self._client().get_parameter(Name=parameter, WithDecryption=True)["Parameter"]
            kind, value = str(found["Type"]), str(found["Value"])
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            code = error_code(error)
        else:
            return parse_channel(parameter, kind, value)
        # Raised outside the handler, because an exception about a response may quote it.
        if code == "ParameterNotFound":
            return None
        raise RetryableError(f"cannot read the parameter {parameter}: {code}")


def parse_channel(parameter: str, kind: str, value: str) -> Channel:
    """Parse the settings of a channel.

    Raises:
        NonRetryableError: they are invalid; the text names the parameter and the setting, but no value.
    """
    try:
        return _parse(parameter, _object(kind, value))
    except _InvalidError as error:
        raise NonRetryableError(f"the parameter {parameter} contains no valid channel: {error}") from None


def _object(kind: str, value: str) -> Mapping[str, Any]:
    if kind != "SecureString":
        raise _InvalidError(
            f"it is stored as an unencrypted {kind}: revoke its secrets, and store new ones in a SecureString"
        )
    try:
        found = strict_json.loads(value)
    except (ValueError, RecursionError):  # the error quotes the document
        found = None
    if not isinstance(found, dict):
        raise _InvalidError('expected JSON such as {"type": "discord", "url": "https://..."}')
    return found


def _parse(parameter: str, found: Mapping[str, Any]) -> Channel:
    kind = TYPES.get(found["type"]) if isinstance(found.get("type"), str) else None
    if kind is None:
        raise _InvalidError(_EXPECTED_TYPE)
    known = {"type", "filter", *(["url"] if kind.urls else []), *([kind.key] if kind.key else [])}
    if set(found) - known:
        raise _InvalidError(f"it has other settings than {', '.join(sorted(known))}")
    return Channel(
        parameter, kind, _url(kind, found), _keys(kind, found), _filter(kind, found.get("filter", {}))
    )


def _url(kind: ChannelType, found: Mapping[str, Any]) -> Secret:
    if kind.urls is None:
        return Secret("")
    url = found.get("url", kind.default_url)
    if not isinstance(url, str) or not kind.urls.allows(url):
        raise _InvalidError(f'"url" must be {kind.urls.expected}')
    return Secret(url)


def _keys(kind: ChannelType, found: Mapping[str, Any]) -> tuple[Secret, ...]:
    if not kind.key:
        return ()
    given = found.get(kind.key)
    texts: list[Any] = given if isinstance(given, list) else [given]
    is_valid = all(isinstance(text, str) and kind.is_key(text) for text in texts)
    if not is_valid or not 1 <= len(texts) <= kind.max_keys:
        raise _InvalidError(f'"{kind.key}" must be {kind.expected_key}')
    return tuple(Secret(text) for text in texts)


def _filter(kind: ChannelType, found: object) -> AlertFilter:
    if not isinstance(found, dict) or set(found) - set(KEYS):
        raise _InvalidError(f'"filter" must be an object with keys of {", ".join(KEYS)}')
    for key, values in found.items():
        if not isinstance(values, list) or not values or not all(isinstance(text, str) for text in values):
            raise _InvalidError(f'"{key}" in "filter" must be a list of strings that is not empty')
    return AlertFilter({key: frozenset(values) for key, values in found.items()}, kind.ends_alerts)
