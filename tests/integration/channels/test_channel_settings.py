"""The parameters of the channels: each is read by itself, and an invalid one is named without its value."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.channels.settings import TYPES, ChannelParameters, parse_channel
from cloudflare_budgets.errors import NonRetryableError, RetryableError
from tests.integration.aws.wire import answered, error
from tests.integration.channels.given import (
    DISCORD_URL,
    NEW_SECRET,
    OLD_SECRET,
    ROUTING_KEY,
    TEAMS_URL,
    parameter,
)
from tests.integration.hostile.deadlines import keeps_quiet
from tests.support.builders import PREFIX

Put = Callable[..., None]
CANARY = "XcAnArYxSn3lZJTBX6kkg7Od"


def channels() -> ChannelParameters:
    return ChannelParameters(PREFIX, aws_clients.ssm)


def parsed(**settings: Any) -> Any:  # noqa: ANN401 - any JSON
    return parse_channel(parameter("x"), "SecureString", json.dumps(settings))


def test_channels_are_listed_by_name_without_being_decrypted(put_parameter: Put) -> None:
    for name in ("b", "a", "c"):
        put_parameter(parameter(name), "not even JSON")
    put_parameter(parameter("below/another"), "x")
    assert channels().names() == ["a", "b", "c"]


def test_a_channel_is_read_with_its_filter_and_shows_no_secret(put_parameter: Put) -> None:
    settings = {"type": "discord", "url": f"{DISCORD_URL}{CANARY}", "filter": {"severity": ["critical"]}}
    put_parameter(parameter("team"), json.dumps(settings))
    channel = channels().read("team")
    assert channel is not None
    assert channel.type is TYPES["discord"]
    assert channel.url.reveal() == settings["url"]
    assert channel.filter.accepted == {"severity": frozenset({"critical"})}
    assert CANARY not in repr(channel)


@pytest.mark.usefixtures("aws")
def test_a_deleted_channel_is_absent() -> None:
    assert channels().read("gone") is None


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "InvalidKeyId"])
def test_a_failure_of_aws_can_be_retried(code: str) -> None:
    with answered(aws_clients.ssm(), "GetParameter", error(code)), pytest.raises(RetryableError, match=code):
        channels().read("team")
    with (
        answered(aws_clients.ssm(), "GetParametersByPath", error(code)),
        pytest.raises(RetryableError, match=code),
    ):
        channels().names()


@pytest.mark.parametrize(
    "settings",
    [
        {"type": "teams", "url": TEAMS_URL},
        {"type": "teams", "url": "https://prod-23.westeurope.logic.azure.com:443/workflows/0f?sig=a%2Bb"},
        {"type": "discord", "url": DISCORD_URL},
        {"type": "pagerduty", "routing_key": ROUTING_KEY},
        {
            "type": "pagerduty",
            "routing_key": ROUTING_KEY,
            "url": "https://events.eu.pagerduty.com/v2/enqueue",
        },
        {"type": "webhook", "url": "https://example.com/hook?a=b", "secret": OLD_SECRET},
        {"type": "webhook", "url": "https://example.com", "secret": [NEW_SECRET, OLD_SECRET]},
        {"type": "eventbridge", "filter": {"type": ["problem"], "budget": ["a"], "account_id": ["b"]}},
    ],
)
def test_valid_settings_are_accepted(settings: dict[str, Any]) -> None:
    assert parsed(**settings).type is TYPES[settings["type"]]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, '"type" must be one of teams, discord, pagerduty, webhook, eventbridge'),
        ({"type": [CANARY]}, '"type" must be one of'),
        ({"type": "teams", "url": f"https://example.com/{CANARY}"}, '"url" must be the URL of a workflow'),
        ({"type": "teams", "url": f"https://evil-api.powerplatform.com/{CANARY}"}, '"url" must be'),
        ({"type": "discord", "url": f"https://discord.com/{CANARY}"}, "https://discord.com/api/webhooks/"),
        ({"type": "discord", "url": f"{DISCORD_URL}?{CANARY}=%2F"}, '"url" must be'),
        ({"type": "discord", "url": DISCORD_URL, "secret": CANARY}, "other settings than filter, type, url"),
        ({"type": "pagerduty"}, '"routing_key" must be the integration key'),
        ({"type": "pagerduty", "routing_key": CANARY}, '"routing_key" must be'),
        ({"type": "pagerduty", "routing_key": [ROUTING_KEY, ROUTING_KEY]}, '"routing_key" must be'),
        ({"type": "webhook", "url": "http://example.com", "secret": OLD_SECRET}, "an https URL"),
        ({"type": "webhook", "url": "https://example.com"}, '"secret" must be "whsec_"'),
        ({"type": "webhook", "url": "https://example.com", "secret": "whsec_c2hvcnQ="}, '"secret" must be'),
        ({"type": "webhook", "url": "https://example.com", "secret": f"whsec_{CANARY}!"}, '"secret" must be'),
        ({"type": "webhook", "url": "https://example.com", "secret": []}, '"secret" must be'),
        ({"type": "webhook", "url": "https://example.com", "secret": [OLD_SECRET] * 3}, '"secret" must be'),
        ({"type": "eventbridge", "filter": []}, '"filter" must be an object'),
        (
            {"type": "eventbridge", "filter": {"sevrity": ["critical"]}},
            '"filter" must be an object with keys',
        ),
        (
            {"type": "eventbridge", "filter": {"severity": "critical"}},
            '"severity" in "filter" must be a list',
        ),
        ({"type": "eventbridge", "filter": {"severity": []}}, '"severity" in "filter" must be a list'),
    ],
)
def test_invalid_settings_are_named_without_their_value(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(NonRetryableError) as refusal:
        parsed(**settings)
    assert words in str(refusal.value)
    assert parameter("x") in str(refusal.value)
    keeps_quiet(refusal.value, CANARY)


@pytest.mark.parametrize("value", [CANARY, f'["{CANARY}"]', f'{{"type": "{CANARY}', "[" * 5000])
def test_what_is_not_a_json_object_is_refused(value: str) -> None:
    with pytest.raises(NonRetryableError, match="expected JSON such as") as refusal:
        parse_channel(parameter("x"), "SecureString", value)
    keeps_quiet(refusal.value, CANARY)


def test_an_unencrypted_channel_is_refused() -> None:
    with pytest.raises(NonRetryableError, match="unencrypted String: revoke its secrets"):
        parse_channel(parameter("x"), "String", json.dumps({"type": "discord", "url": DISCORD_URL}))
