import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import rsa
from moto import mock_aws
from moto.sns.models import Subscription

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.topics import SnsAlertTopic
from tests.integration.aws.mailbox import Mailbox
from tests.integration.dynamodb.tables import create_table
from tests.integration.secrets.leaving import Leaving, reset_logging

_TEMPLATE = Path(__file__).parents[2] / "template.yaml"
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
_SUBJECT = re.compile(r"[!-~][ -~]{0,98}")
_MAX_BYTES = 262_144


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS in this process; the clients are those of the product, made once for all tests."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_MAX_ATTEMPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Subscription, "private_key", lambda _: _signing_key())
    with mock_aws():
        yield


@cache
def _signing_key() -> rsa.RSAPrivateKey:
    """Make the key that signs notifications, once for all topics because this takes longer than a check."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SDK make its next attempt at once."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


@pytest.fixture
def table_name(aws: None, table_properties: Mapping[str, Any]) -> str:  # noqa: ARG001
    """The name of an alert table as the template describes it."""
    create_table(aws_clients.dynamodb(), "alerts", table_properties)
    return "alerts"


@pytest.fixture(scope="session")
def table_properties() -> Mapping[str, Any]:
    """The properties of the alert table in the template."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)
    template = yaml.load(_TEMPLATE.read_text(), Loader)  # noqa: S506 - it derives from the safe one
    properties: Mapping[str, Any] = template["Resources"]["AlertTable"]["Properties"]
    return properties


@pytest.fixture
def topic_arn(aws: None, strict_sns: None) -> str:  # noqa: ARG001
    """The ARN of an alert topic without subscribers."""
    return aws_clients.sns().create_topic(Name="alerts")["TopicArn"]


@pytest.fixture
def sns_topic(topic_arn: str) -> SnsAlertTopic:
    """The alert topic."""
    return SnsAlertTopic(topic_arn, aws_clients.sns)


@pytest.fixture
def mailbox(topic_arn: str) -> Mailbox:
    """The only subscriber of the alert topic."""
    return Mailbox(topic_arn)


@pytest.fixture
def strict_sns(aws: None) -> Iterator[None]:  # noqa: ARG001
    """SNS's limits of a message, most of which moto does not check."""
    events = aws_clients.sns().meta.events
    events.register("before-parameter-build.sns.Publish", _refuse_what_sns_refuses)
    yield
    events.unregister("before-parameter-build.sns.Publish", _refuse_what_sns_refuses)


def _refuse_what_sns_refuses(params: Mapping[str, Any], **_: object) -> None:
    size = len(params["Message"].encode())
    for name, attribute in params["MessageAttributes"].items():
        _check(re.fullmatch(r"[A-Za-z0-9_-]{1,256}", name), f"attribute name {name}")
        kind, text = attribute["DataType"], attribute["StringValue"]
        _check(
            text and (kind == "String" or (kind == "String.Array" and _is_array(text))), f"attribute {name}"
        )
        size += len(f"{name}{kind}{text}".encode())
    _check(_SUBJECT.fullmatch(params["Subject"]), "Subject")
    _check(params["Message"], "Message")
    _check(size <= _MAX_BYTES, "Message too long")


def _is_array(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, list) and all(isinstance(each, str | int | float | None) for each in found)


def _check(legal: object, what: str) -> None:
    if not legal:
        message = f"Invalid parameter: {what}"
        raise ClientError({"Error": {"Code": "InvalidParameter", "Message": message}}, "Publish")


@pytest.fixture
def put_parameter(aws: None) -> Callable[..., None]:  # noqa: ARG001
    """Store a parameter; a SecureString by default."""

    def put(name: str, value: str, kind: str = "SecureString") -> None:
        aws_clients.ssm().put_parameter(Name=name, Value=value, Type=kind)  # type: ignore[arg-type]

    return put


@pytest.fixture
def cold_start(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Leaving]:
    """A function's process before its first run; its environment sets the log level DEBUG."""
    for name in ("POWERTOOLS_LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL", "POWERTOOLS_LOGGER_LOG_EVENT"):
        monkeypatch.setenv(name, "true" if name.endswith("EVENT") else "DEBUG")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "a-stack")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "CloudflareBudgets")
    reset_logging()
    yield Leaving(capsys)
    reset_logging()
