"""The parameters of the tests."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.domain.budgets.account import (
    Account,
    ApiToken,
    InvalidAccount,
)

PREFIX = "/cloudflare-budgets"
FIRST, SECOND = "023e105f4ecef8ad9ca31a8372d0c353", "f23e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY"
PARAMETER = f"{PREFIX}/accounts/{FIRST}/api-token"
SHARED = f"{PREFIX}/tokens/agency"
Put = Callable[..., None]


def token_of(account: Account | InvalidAccount) -> str:
    assert isinstance(account, Account)
    assert isinstance(account.credential, ApiToken)
    return account.credential.token.reveal()


@contextlib.contextmanager
def undecryptable(name: str, code: str) -> Iterator[None]:
    """Let SSM fail to decrypt each parameter whose name starts so."""

    def refuse(params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        asked = params.get("Path") or params["Name"]
        if params.get("WithDecryption") and (name.startswith(asked) or asked.startswith(name)):
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, model.name)

    events = aws_clients.ssm().meta.events
    events.register("before-parameter-build.ssm", refuse)
    yield
    events.unregister("before-parameter-build.ssm", refuse)
