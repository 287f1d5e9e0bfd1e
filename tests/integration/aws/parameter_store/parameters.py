"""The parameters of the tests."""

from collections.abc import Callable

from cloudflare_budgets.domain.budgets.account import (
    Account,
    ApiToken,
    InvalidAccount,
)

PREFIX = "/cloudflare-budgets"
FIRST, SECOND = "023e105f4ecef8ad9ca31a8372d0c353", "f23e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY"
PARAMETER = f"{PREFIX}/accounts/{FIRST}/api-token"
Put = Callable[..., None]


def token_of(account: Account | InvalidAccount) -> str:
    assert isinstance(account, Account)
    assert isinstance(account.credential, ApiToken)
    return account.credential.token.reveal()
