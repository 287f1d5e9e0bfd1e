"""Our list of accounts against the local Cloudflare, beside the official SDK."""

from __future__ import annotations

import pytest
from cloudflare import Cloudflare

from cloudflare_budgets.adapters.cloudflare.accounts import CloudflareAccountLister
from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.domain.budgets.account import ApiToken, Secret
from cloudflare_budgets.errors import AccessDeniedError
from local.cloudflare.accounts.agency import agency
from local.cloudflare.accounts.examples import ORDINARY
from local.cloudflare.server import LocalCloudflare


@pytest.mark.parametrize("count", [1, 49, 50, 51, 100, 123])
def test_every_account_of_the_token_is_listed_as_by_the_official_sdk(count: int) -> None:
    accounts = agency(count)
    token = accounts[0].credentials.token
    with LocalCloudflare(accounts=(*accounts, ORDINARY)) as cloudflare:
        lister = CloudflareAccountLister(lambda: CloudflareApi(cloudflare.url))
        found = lister.list_accounts(ApiToken(Secret(token)))
        requests = len(cloudflare.requests)
        sdk = Cloudflare(api_token=token, base_url=cloudflare.url)
        assert found == {each.id: each.name for each in sdk.accounts.list(per_page=50)}
    assert found == {each.id: each.name for each in accounts}
    assert requests == -(-count // 50)


def test_an_unknown_token_is_refused_with_what_listing_needs() -> None:
    with LocalCloudflare(accounts=(ORDINARY,)) as cloudflare:
        lister = CloudflareAccountLister(lambda: CloudflareApi(cloudflare.url))
        with pytest.raises(AccessDeniedError) as refused:
            lister.list_accounts(ApiToken(Secret("x" * 40)))
    assert str(refused.value).startswith(
        "Cloudflare answers 401 (code 1000, Invalid API Token): accounts are listed only for"
    )
