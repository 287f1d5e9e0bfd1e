"""What Cloudflare says about tokens of users and of accounts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cloudflare_budgets.domain.budgets.account import Account, ApiToken, GlobalApiKey, Secret
from cloudflare_budgets_cli.cloudflare.tokens import EXPIRES_SOON, TokenState, examine_token
from local.cloudflare.accounts.account import Analytics
from local.cloudflare.accounts.self_serve import SELF_SERVE
from local.cloudflare.server import LocalCloudflare

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ACCOUNT = Account(SELF_SERVE.id, ApiToken(Secret(SELF_SERVE.credentials.token)))


def examined(*, analytics: Analytics | None = None, account: Account = ACCOUNT, **token: Any) -> TokenState:  # noqa: ANN401 - fields of the credentials
    known = replace(
        SELF_SERVE,
        credentials=replace(SELF_SERVE.credentials, **token),
        analytics=analytics or SELF_SERVE.analytics,
    )
    with LocalCloudflare(now=NOW, accounts=[known]) as server:
        return examine_token(account, server.url, NOW)


@pytest.mark.parametrize("is_of_account", [False, True])
def test_the_expiry_of_a_token_is_read(is_of_account: bool) -> None:  # noqa: FBT001 - a parameter of the test
    expiry = NOW + timedelta(days=90)
    found = examined(is_of_account=is_of_account, expires_on=expiry)
    assert (found.status, found.expires_on) == ("active", expiry)
    assert found.text == "reads analytics, expires 2027-02-20 (in 90 days)"
    assert found.advice == ""


def test_a_token_without_an_expiry_needs_no_renewal() -> None:
    assert examined().text == "reads analytics, no expiry date"


def test_a_token_that_expires_soon_is_to_be_renewed() -> None:
    found = examined(expires_on=NOW + EXPIRES_SOON - timedelta(hours=1))
    assert found.text.endswith("(in 29 days)")
    assert "account rotate" in found.advice


def test_a_missing_permission_for_analytics_is_named() -> None:
    found = examined(analytics=Analytics(permitted=False))
    assert found.text == "reads no analytics, no expiry date"
    assert "Account Analytics > Read" in found.advice


def test_a_global_api_key_has_no_readable_expiry() -> None:
    key = GlobalApiKey(SELF_SERVE.credentials.email, Secret(SELF_SERVE.credentials.key))
    assert examined(account=Account(SELF_SERVE.id, key)).text == "reads analytics, expiry not readable"


def test_a_token_that_cloudflare_does_not_know_has_no_state() -> None:
    found = examined(account=Account(SELF_SERVE.id, ApiToken(Secret("y" * 40))))
    assert found.status is None
