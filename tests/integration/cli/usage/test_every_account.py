"""Every example account of the local Cloudflare can be shown, exported and judged, or says why not."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudflare_budgets_cli.budget_files.budget_file import read_budget_files
from local.cloudflare.accounts.account import Account
from local.cloudflare.accounts.examples import demo_accounts
from local.cloudflare.server import LocalCloudflare
from tests.integration.cli.conftest import AS_OF, Run
from tests.support.few_metrics import with_few_metrics

ACCOUNTS = tuple(with_few_metrics(account) for account in demo_accounts(AS_OF))


@pytest.fixture(scope="module")
def server() -> Iterator[LocalCloudflare]:
    with LocalCloudflare(now=AS_OF, accounts=ACCOUNTS) as server:
        yield server


@pytest.fixture(params=ACCOUNTS, ids=lambda account: account.name)
def account(request: pytest.FixtureRequest, run: Run, monkeypatch: pytest.MonkeyPatch) -> Account:  # noqa: ARG001
    found: Account = request.param
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", found.credentials.token)
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", found.id)
    return found


def test_an_account_is_shown_or_out_of_reach(run: Run, account: Account) -> None:
    shown = run("usage", "--all")
    assert shown.exit_code in (0, 3), shown.exception
    if shown.exit_code:
        assert shown.stderr.startswith("Error: ")
        return
    assert run("-o", "json", "export", "--format", "focus").exit_code == 0
    assert run("suggest", "--write", "budgets.yaml").exit_code == 0
    assert read_budget_files([Path("budgets.yaml")]).findings == ()
    checked = run("-o", "json", "check")
    assert checked.exit_code in (0, 1), checked.exception
    assert json.loads(checked.stdout)["accounts"][0]["account_id"] == account.id
