"""Reads accounts, budgets and price overrides from AWS Systems Manager Parameter Store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.aws.accounts.credentials import (
    read_account,
    read_reference,
    read_shared_reference,
    read_shared_token,
)
from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.domain.budgets.account import (
    Account,
    AccountReference,
    InvalidAccount,
    SharedToken,
    SharedTokenReference,
    is_account_id,
)
from cloudflare_budgets.domain.budgets.budgets_object import ObjectBudgets
from cloudflare_budgets.errors import RetryableError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import ParameterTypeDef

    from cloudflare_budgets.adapters.aws.accounts.budgets_object import BudgetsObject

_UNDECRYPTABLE = "it cannot be decrypted: {}; check its KMS key, and that the function may use the key"


class ParameterStore:
    """Implements `ConfigurationSource`; every call reads the parameters below a prefix again."""

    def __init__(
        self, prefix: str, client: "Callable[[], SSMClient]", budgets_object: "BudgetsObject | None" = None
    ) -> None:
        self._prefix = prefix
        self._client = client
        self._object = budgets_object

    def accounts(self) -> Sequence[Account | InvalidAccount]:
        """Read the credential of every account, sorted by parameter name.

        Raises:
            RetryableError: Parameter Store failed.
        """
        path = f"{self._prefix}/accounts"
        try:
            return [_parse_account(path, parameter) for parameter in self._parameters(path)]
        except _UndecryptableError as error:
            return self._accounts_one_by_one(path, error)

    def references(self) -> Sequence[AccountReference | InvalidAccount]:
        """List every account without decrypting a credential, sorted by parameter name.

        Raises:
            RetryableError: Parameter Store failed.
        """
        path = f"{self._prefix}/accounts"
        found = self._parameters(path, decrypts=False)
        return [read_reference(path, parameter["Name"], parameter["Type"]) for parameter in found]

    def account(self, reference: AccountReference) -> Account | InvalidAccount:
        """Read the credential of one account.

        Raises:
            RetryableError: Parameter Store failed, or the parameter was deleted after it was listed.
        """
        if not reference.token.startswith(f"{self._prefix}/tokens/"):
            return self._account(f"{self._prefix}/accounts", reference.token)
        found = self.shared_token(reference.token)
        if isinstance(found, InvalidAccount):
            return replace(found, account_id=reference.account_id)
        return Account(reference.account_id, found.credential, reference.name, reference.since)

    def shared_tokens(self) -> Sequence[SharedTokenReference | InvalidAccount]:
        """List the tokens for many accounts without decrypting one, by parameter name.

        Raises:
            RetryableError: Parameter Store failed.
        """
        path = f"{self._prefix}/tokens"
        return [
            read_shared_reference(path, found["Name"], found["Type"], found.get("Version", 0))
            for found in self._parameters(path, decrypts=False)
        ]

    def shared_token(self, parameter: str) -> SharedToken | InvalidAccount:
        """Read a token for many accounts.

        Raises:
            RetryableError: Parameter Store failed, or the parameter was deleted after it was listed.
        """
        found = self._decrypted(parameter)
        return found if isinstance(found, InvalidAccount) else read_shared_token(parameter, found["Value"])

    def budget_documents(self) -> Mapping[str, str]:
        """Read every budget document (JSON) by the budget's name, its parameter below `budgets/`.

        Raises:
            RetryableError: Parameter Store failed.
        """
        path = f"{self._prefix}/budgets"
        return {
            parameter["Name"].removeprefix(f"{path}/"): parameter["Value"]
            for parameter in self._parameters(path)
        }

    def object_budgets(self) -> ObjectBudgets:
        """Read the budgets in the object beside the parameters, if one is configured."""
        return self._object.read() if self._object else ObjectBudgets()

    def price_document(self) -> str | None:
        """Read the price overrides (JSON) in the parameter `prices`; `None` if it does not exist.

        Raises:
            RetryableError: Parameter Store failed.
        """
        return self._document("prices")

    def mute_document(self) -> str | None:
        """Read the timed mutes (JSON) in the parameter `mutes`; `None` if it does not exist.

        Raises:
            RetryableError: Parameter Store failed.
        """
        return self._document("mutes")

    def _document(self, below: str) -> str | None:
        name = f"{self._prefix}/{below}"
        try:
            answer = self._client().get_parameter(Name=name, WithDecryption=True)
            return _complete(answer["Parameter"])["Value"]
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            if error_code(error) == "ParameterNotFound":
                return None
            message = f"cannot read the parameter {name}: {error_code(error)}"
            raise RetryableError(message) from None

    def _accounts_one_by_one(
        self, path: str, error: "_UndecryptableError"
    ) -> Sequence[Account | InvalidAccount]:
        """Read each credential separately: one that cannot be decrypted fails a common read."""
        names = [parameter["Name"] for parameter in self._parameters(path, decrypts=False)]
        accounts = [self._account(path, name) for name in names]
        if not any(isinstance(account, Account) for account in accounts):
            raise error  # the key or the permission to use it is missing for all, perhaps for a short time
        return accounts

    def _account(self, path: str, name: str) -> Account | InvalidAccount:
        found = self._decrypted(name)
        if not isinstance(found, InvalidAccount):
            return _parse_account(path, found)
        account_id = name.removeprefix(f"{path}/").partition("/")[0]
        return replace(found, account_id=account_id if is_account_id(account_id) else None)

    def _decrypted(self, name: str) -> "ParameterTypeDef | InvalidAccount":
        try:
            return _complete(self._client().get_parameter(Name=name, WithDecryption=True)["Parameter"])
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            code = error_code(error)
        if not _is_undecryptable(code):
            raise RetryableError(f"cannot read the parameter {name}: {code}")
        return InvalidAccount(name, _UNDECRYPTABLE.format(code))

    def _parameters(self, path: str, *, decrypts: bool = True) -> "Sequence[ParameterTypeDef]":
        # Powertools' SSMProvider does not return types, which reveal an unencrypted token.
        try:
            pages = self._client().get_paginator("get_parameters_by_path")
            found = [
                _complete(parameter)
                for page in pages.paginate(Path=path, Recursive=True, WithDecryption=decrypts)
                for parameter in page["Parameters"]
            ]
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            # Without the cause: an exception may quote the response, which contains tokens.
            code = error_code(error)
            kind = _UndecryptableError if decrypts and _is_undecryptable(code) else RetryableError
            raise kind(f"cannot read the parameters below {path}: {code}") from None
        return sorted(found, key=lambda parameter: parameter["Name"])


class _UndecryptableError(RetryableError):
    """Some parameter below a path cannot be decrypted."""


def _is_undecryptable(code: str) -> bool:
    return code in {"AccessDeniedException", "InvalidKeyId"} or code.startswith("KMS")


def _parse_account(path: str, parameter: "ParameterTypeDef") -> Account | InvalidAccount:
    return read_account(path, parameter["Name"], parameter["Type"], parameter["Value"])


def _complete(parameter: "ParameterTypeDef") -> "ParameterTypeDef":
    for key in ("Name", "Type", "Value"):
        if not isinstance(parameter.get(key), str):
            raise TypeError(key)
    return parameter
