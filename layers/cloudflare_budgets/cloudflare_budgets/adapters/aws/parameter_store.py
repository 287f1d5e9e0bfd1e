"""Reads accounts, budgets and price overrides from AWS Systems Manager Parameter Store.

Credentials are validated here; no error message contains any part of one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.domain.budgets.account import (
    Account,
    AccountReference,
    ApiToken,
    Credential,
    GlobalApiKey,
    InvalidAccount,
    Secret,
    is_account_id,
)
from cloudflare_budgets.domain.primitives import json_input as strict_json
from cloudflare_budgets.errors import RetryableError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import ParameterTypeDef


# Accepts more than Cloudflare issues today, but only characters that are safe in an HTTP header.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,200}")
_EMAIL = re.compile(r"[!-?A-~]{1,64}@[!-?A-~]{1,190}")

_EXPECTED_NAME = "expected accounts/<account_id>/api-token"
_EXPECTED_ID = "the account id must be 32 hex digits in lower case"
_EXPECTED_VALUE = (
    'expected a Cloudflare API token (20 to 200 letters, digits, "-" and "_", without quotes or '
    '"Bearer"), or {"email": "...", "api_key": "..."}'
)
_UNENCRYPTED = (
    "it is stored as an unencrypted {}, so everyone who may read parameters can read the credential; "
    "revoke it at Cloudflare and store a new one as a SecureString"
)


def read_account(path: str, name: str, parameter_type: str, value: str) -> Account | InvalidAccount:
    """Parse one parameter below `path`, which ends in `accounts`."""
    reference = _reference(path, name, parameter_type)
    return reference if isinstance(reference, InvalidAccount) else _with_credential(reference, value)


def _with_credential(reference: AccountReference, value: str) -> Account | InvalidAccount:
    credential = _credential(value.strip())
    if isinstance(credential, str):
        return InvalidAccount(reference.token, f"{credential}; {_EXPECTED_VALUE}", reference.account_id)
    return Account(reference.account_id, credential)


def _reference(path: str, name: str, parameter_type: str) -> AccountReference | InvalidAccount:
    """Parse all of a parameter except its value, which may still be encrypted."""
    account_id, _, rest = name.removeprefix(f"{path}/").partition("/")
    if not is_account_id(account_id):
        return InvalidAccount(name, f"{_EXPECTED_ID}; {_EXPECTED_NAME}")
    if rest != "api-token":
        return InvalidAccount(name, f"this parameter is not used; {_EXPECTED_NAME}", account_id)
    if parameter_type != "SecureString":
        return InvalidAccount(name, _UNENCRYPTED.format(parameter_type), account_id)
    return AccountReference(account_id, name)


def _credential(text: str) -> Credential | str:
    """Parse a credential, or return the text of its fault."""
    if text.startswith("{"):
        return _global_api_key(text)
    return _token_fault(text) or ApiToken(Secret(text))


def _global_api_key(text: str) -> GlobalApiKey | str:
    try:
        found = strict_json.loads(text)
    except (ValueError, RecursionError):  # the error quotes the document
        return 'it starts with "{" but is not valid JSON'
    if not isinstance(found, dict) or set(found) != {"email", "api_key"}:
        return 'it is a JSON object whose keys are not exactly "email" and "api_key"'
    email, api_key = found["email"], found["api_key"]
    if not isinstance(email, str) or not _EMAIL.fullmatch(email):
        return '"email" is not an e-mail address'
    if not isinstance(api_key, str) or not _TOKEN.fullmatch(api_key):
        return '"api_key" is not a Cloudflare API key'
    return GlobalApiKey(email, Secret(api_key))


def _token_fault(text: str) -> str | None:
    if _TOKEN.fullmatch(text):
        return None
    if not text:
        return "it is empty"
    if re.search(r"[^A-Za-z0-9_-]", text):
        return "it contains characters that a token cannot have"
    return "it is too short or too long for a token"


class ParameterStore:
    """Implements `ConfigurationSource`; every call reads the parameters below a prefix again."""

    def __init__(self, prefix: str, client: "Callable[[], SSMClient]") -> None:
        self._prefix = prefix
        self._client = client

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
        return [_reference(path, parameter["Name"], parameter["Type"]) for parameter in found]

    def account(self, reference: AccountReference) -> Account | InvalidAccount:
        """Read the credential of one account.

        Raises:
            RetryableError: Parameter Store failed, or the parameter was deleted after it was listed.
        """
        return self._account(f"{self._prefix}/accounts", reference.token)

    def budget_documents(self) -> Mapping[str, str]:
        """Read every budget document (JSON) by the name of the budget, the parameter name below `budgets/`.

        Raises:
            RetryableError: Parameter Store failed.
        """
        path = f"{self._prefix}/budgets"
        return {
            parameter["Name"].removeprefix(f"{path}/"): parameter["Value"]
            for parameter in self._parameters(path)
        }

    def price_document(self) -> str | None:
        """Read the document of price overrides (JSON), the parameter `prices`; `None` if it does not exist.

        Raises:
            RetryableError: Parameter Store failed.
        """
        return self._document("prices")

    def mute_document(self) -> str | None:
        """Read the document of timed mutes (JSON), the parameter `mutes`; `None` if it does not exist.

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
        """Read each credential separately, because one undecryptable credential fails the read of all."""
        names = [parameter["Name"] for parameter in self._parameters(path, decrypts=False)]
        accounts = [self._account(path, name) for name in names]
        if not any(isinstance(account, Account) for account in accounts):
            raise error  # the key or the permission to use it is missing for all, perhaps for a short time
        return accounts

    def _account(self, path: str, name: str) -> Account | InvalidAccount:
        try:
            parameter = _complete(self._client().get_parameter(Name=name, WithDecryption=True)["Parameter"])
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            code = error_code(error)
        else:
            return _parse_account(path, parameter)
        if not _is_undecryptable(code):
            raise RetryableError(f"cannot read the parameter {name}: {code}")
        fault = f"it cannot be decrypted: {code}; check its KMS key, and that the function may use the key"
        account_id = name.removeprefix(f"{path}/").partition("/")[0]
        return InvalidAccount(name, fault, account_id if is_account_id(account_id) else None)

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
