"""Where alerts may be posted to."""

import pytest

from cloudflare_budgets.adapters.slack_webhook import URLS


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "https://hooks.slack.com:443/services/T0/B0/x",
        "https://hooks.slack-gov.com/services/T0/B0/x",
        "http://127.0.0.1:8788/services/T0/B0/x",
        "http://localhost:8788/services/T0/B0/x",
        "http://[::1]:8788/services/T0/B0/x",
    ],
)
def test_slacks_own_hosts_and_the_loopback_are_accepted(url: str) -> None:
    assert URLS.allows(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack.com",
        "https://hooks.slack.com/",
        "http://hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack.com:8443/services/T0/B0/x",
        "https://hooks.slack.com:port/services/T0/B0/x",
        "https://hooks.slack.com.example.com/services/T0/B0/x",
        "https://example.com/hooks.slack.com/services",
        "https://hooks.slack.com@example.com/services/T0",
        "https://user:secret@hooks.slack.com/services/T0",
        "https://hooks.slack.com\\@example.com/services/T0",
        "https://hooks.slack.com/services/T0?to=example.com",
        "https://hooks.slack.com/services/T0#x",
        "https://hooks.slack.com/services/T0 B0",
        "https://hooks.slack.com/services/T0\r\nX-Evil: 1",
        "https://hooks.sl\u0430ck.com/services/T0/B0/x",
        "https://127.0.0.1/services/T0/B0/x",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1.example.com/services/T0",
        "http://0.0.0.0/services/T0",
        '"https://hooks.slack.com/services/T0/B0/x"',
        "https://hooks.slack.com/services/" + "x" * 500,
        "https://hooks.slack.com/workflows/T0/A0/1/x",
        "https://hooks.slack.com/triggers/T0/1/x",
        "https://[::1",
    ],
)
def test_any_other_address_is_refused(url: str) -> None:
    assert not URLS.allows(url)
