"""Plain http is accepted on this machine only, and in Lambda only if AWS itself is on this machine."""

import pytest

from cloudflare_budgets.adapters import heartbeat_ping, slack_webhook
from cloudflare_budgets.adapters.cloudflare.api import checked_base_url

LOCAL = ["http://127.0.0.1:8787/services/x", "http://localhost/services/x", "http://[::1]:8787/services/x"]


@pytest.fixture(autouse=True)
def in_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "check-budgets")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)


@pytest.mark.parametrize("url", LOCAL)
@pytest.mark.parametrize(
    "endpoint", [None, "https://dynamodb.us-east-1.amazonaws.com", "http://127.0.0.1.example.com"]
)
def test_plain_http_is_refused_inside_lambda(
    url: str, endpoint: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert not slack_webhook.URLS.allows(url)
    assert not heartbeat_ping.URLS.allows(url)
    with pytest.raises(ValueError, match="is not the URL of Cloudflare's API"):
        checked_base_url(url)


@pytest.mark.parametrize("url", LOCAL)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", "https://127.0.0.1:4566"),
        ("AWS_SAM_LOCAL", "true"),
        ("AWS_LAMBDA_FUNCTION_NAME", ""),
    ],
)
def test_plain_http_is_accepted_in_a_local_run(
    url: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert slack_webhook.URLS.allows(url)
    assert heartbeat_ping.URLS.allows(url)
    assert checked_base_url(url) == url


def test_https_is_accepted_everywhere() -> None:
    assert slack_webhook.URLS.allows("https://hooks.slack.com/services/T0/B0/x")
    assert checked_base_url("https://api.cloudflare.com/client/v4")
