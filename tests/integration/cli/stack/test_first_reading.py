"""The account that `init` sets up, if the token reads several."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cloudflare_budgets.domain.budgets.account import ApiToken, Secret
from cloudflare_budgets_cli.cloudflare.access import Access
from cloudflare_budgets_cli.settings import UsageError
from cloudflare_budgets_cli.stack.install import first_reading
from cloudflare_budgets_cli.stack.install.first_reading import named_account
from local.cloudflare.accounts.self_serve import SELF_SERVE
from local.cloudflare.server import LocalCloudflare

OTHER = replace(SELF_SERVE, id="f" * 32, name="Another Account")
TOKEN = ApiToken(Secret(SELF_SERVE.credentials.token))


@pytest.fixture
def access() -> Iterator[Access]:
    """A token of two accounts."""
    with LocalCloudflare(accounts=[SELF_SERVE, OTHER]) as server:
        yield Access(TOKEN, server.url)


def test_the_account_is_asked_for_with_the_names_of_all(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[str] = []

    def answer(question: str, _hint: str) -> str:
        questions.append(question)
        return OTHER.id

    monkeypatch.setattr(first_reading, "has_terminal", lambda: True)
    monkeypatch.setattr(first_reading, "ask", answer)
    assert named_account(access).account.account_id == OTHER.id
    assert "Another Account" in questions[0]
    assert SELF_SERVE.name in questions[0]


@pytest.mark.parametrize("answer", ["shop", "e" * 32])
def test_an_answer_that_is_no_account_of_the_token_is_refused(
    access: Access, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(first_reading, "has_terminal", lambda: True)
    monkeypatch.setattr(first_reading, "ask", lambda *_: answer)
    with pytest.raises(UsageError, match="expected the id of an account above"):
        named_account(access)


def test_without_a_terminal_the_accounts_are_listed(access: Access) -> None:
    with pytest.raises(UsageError, match="set CLOUDFLARE_ACCOUNT_ID"):
        named_account(access)


def test_the_only_account_of_a_token_is_not_asked_for() -> None:
    with LocalCloudflare(accounts=[SELF_SERVE]) as server:
        access = Access(TOKEN, server.url)
        assert named_account(access) is access
