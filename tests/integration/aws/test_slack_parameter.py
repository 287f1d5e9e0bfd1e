"""The parameter that keeps the webhook's URL."""

from collections.abc import Callable

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.secret_url import SecretUrlParameter
from cloudflare_budgets.adapters.slack_webhook import PARAMETER, URLS
from cloudflare_budgets.errors import CloudflareBudgetsError, NonRetryableError, RetryableError
from tests.integration.aws.wire import answered, error, timeout, wire_of
from tests.integration.hostile.deadlines import keeps_quiet
from tests.support.builders import PREFIX

NAME = f"{PREFIX}/{PARAMETER}"
SECRET = "XcAnArYxSn3lZJTBX6kkg7Od"
URL = f"https://hooks.slack.com/services/T0/B0/{SECRET}"

Put = Callable[..., None]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def parameter(clock: Callable[[], float] | None = None) -> SecretUrlParameter:
    return SecretUrlParameter(NAME, URLS, aws_clients.ssm, clock or Clock())


def refused(kind: type[CloudflareBudgetsError], words: str) -> None:
    with pytest.raises(kind, match=words) as refusal:
        parameter().read()
    assert NAME in str(refusal.value)
    keeps_quiet(refusal.value, SECRET)


def test_the_url_is_read_decrypted_and_trimmed(put_parameter: Put) -> None:
    put_parameter(NAME, f"{URL}\n")
    found = parameter().read()
    assert found.reveal() == URL
    assert SECRET not in repr(found)


def test_the_url_is_cached_for_a_while(put_parameter: Put) -> None:
    put_parameter(NAME, URL)
    clock = Clock()
    kept = parameter(clock)
    with wire_of(aws_clients.ssm()) as wire:
        for clock.now in (0, 10, 45, 46, 60):
            kept.read()
    assert wire.sent == ["GetParameter"] * 2


@pytest.mark.usefixtures("aws")
def test_a_missing_parameter_is_named_with_what_is_right() -> None:
    refused(NonRetryableError, r"there is no parameter .*expected the URL of a Slack incoming webhook")


@pytest.mark.parametrize(
    "value", [f"https://example.com/{SECRET}", f'"{URL}"', f"http://hooks.slack.com/{SECRET}"]
)
def test_an_invalid_webhook_url_is_refused_and_not_shown(put_parameter: Put, value: str) -> None:
    put_parameter(NAME, value)
    refused(NonRetryableError, "cannot be used: it does not contain such a URL")


def test_an_empty_parameter_is_named(put_parameter: Put) -> None:
    put_parameter(NAME, "  \n")
    refused(NonRetryableError, "it is empty")


def test_a_url_stored_as_an_unencrypted_string_is_refused(put_parameter: Put) -> None:
    put_parameter(NAME, URL, "String")
    refused(NonRetryableError, "stored as an unencrypted String, so create a new URL")


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "InternalServerError"])
def test_an_error_of_aws_can_be_fixed_by_a_retry(code: str) -> None:
    with answered(aws_clients.ssm(), "GetParameter", error(code)):
        refused(RetryableError, f"cannot read the parameter .*: {code}")


@pytest.mark.usefixtures("aws", "no_backoff")
def test_a_timeout_of_aws_can_be_fixed_by_a_retry() -> None:
    with wire_of(aws_clients.ssm()) as wire:
        wire.before["GetParameter"] = [timeout(), timeout(), timeout()]
        refused(RetryableError, "ReadTimeoutError")


@pytest.mark.usefixtures("aws")
def test_an_invalid_answer_is_not_shown() -> None:
    with answered(aws_clients.ssm(), "GetParameter", {"Parameter": {"Value": URL}}):
        refused(RetryableError, "KeyError")
