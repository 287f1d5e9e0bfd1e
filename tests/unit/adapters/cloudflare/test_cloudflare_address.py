"""Where a credential may be sent."""

from __future__ import annotations

import pytest

from cloudflare_budgets.adapters.cloudflare.api import checked_base_url


@pytest.mark.parametrize(
    "address",
    [
        "https://api.cloudflare.com/client/v4",
        "https://127.0.0.1:8443",
        "http://127.0.0.1:8787/client/v4",
        "http://127.8.9.10",
        "http://localhost:8787",
        "http://[::1]:8787/client/v4",
    ],
)
def test_https_and_the_loopback_are_accepted(address: str) -> None:
    assert checked_base_url(address) == address


def test_a_slash_at_the_end_is_dropped() -> None:
    assert checked_base_url("https://api.cloudflare.com/client/v4/") == "https://api.cloudflare.com/client/v4"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.cloudflare.com",
        "//api.cloudflare.com",
        "https://",
        "https:///client/v4",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://api.cloudflare.com/client/v4",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1@example.com",
        "http://127.1",
        "http://0.0.0.0",
        "http://[::ffff:10.0.0.1]",
        "https://user:secret@api.cloudflare.com",
        "https://api.cloudflare.com?x=1",
        "https://api.cloudflare.com#x",
        "https://api.cloudflare.com:port",
        "https://api.cloudflare.com:99999",
        "https://api.cloudflare.com/client v4",
        "https://api.cloudflare.com/\r\nX-Evil: 1",
        "https://api.cloudflare.com\\@example.com",
        "https://api.cl\u043eudflare.com",
        " https://api.cloudflare.com",
        "https://[::1",
    ],
)
def test_any_other_address_is_refused_and_the_right_one_named(address: str) -> None:
    with pytest.raises(ValueError, match=r"write https://api\.cloudflare\.com/client/v4") as refusal:
        checked_base_url(address)
    assert "secret" not in str(refusal.value)
