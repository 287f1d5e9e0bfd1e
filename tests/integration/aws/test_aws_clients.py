"""The limits of the clients, which no environment changes."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws import clients as aws_clients

CLIENTS = [
    (aws_clients.ssm, 3),
    (aws_clients.dynamodb, 3),
    (aws_clients.sns, 1),
    (aws_clients.s3, 3),
]


@pytest.mark.parametrize(("client", "attempts"), CLIENTS)
@pytest.mark.parametrize(
    "variable", ["AWS_MAX_ATTEMPTS=6", "AWS_RETRY_MODE=legacy", "AWS_RETRY_MODE=adaptive"]
)
def test_the_environment_does_not_change_the_number_of_attempts(
    aws: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    client: Callable[[], BaseClient],
    attempts: int,
    variable: str,
) -> None:
    name, _, value = variable.partition("=")
    monkeypatch.setenv(name, value)
    fresh = client.__wrapped__()  # type: ignore[attr-defined]  # not the one that is kept
    assert fresh.meta.config.retries == {"mode": "standard", "total_max_attempts": attempts}


@pytest.mark.parametrize("client", [client for client, _ in CLIENTS])
def test_no_client_waits_longer_than_a_run_may_last(
    aws: None,  # noqa: ARG001
    client: Callable[[], BaseClient],
) -> None:
    config: Any = client().meta.config  # the stubs declare only some of its attributes
    assert (config.connect_timeout, config.read_timeout) == (2, 5)


@pytest.mark.parametrize("client", [client for client, _ in CLIENTS])
def test_a_client_is_created_once(aws: None, client: Callable[[], BaseClient]) -> None:  # noqa: ARG001
    assert client() is client()


def test_an_error_is_named_by_the_code_of_aws() -> None:
    error = ClientError({"Error": {"Code": "Throttled", "Message": "slow down"}}, "Publish")
    assert aws_clients.error_code(error) == "Throttled"


def test_an_error_without_a_code_is_named_by_its_type() -> None:
    assert aws_clients.error_code(KeyError("token")) == "KeyError"
    assert aws_clients.error_code(ClientError({}, "Publish")) == "ClientError"
