"""Parses the parameters of credentials; no error message contains any part of one."""

import re

from cloudflare_budgets.domain.budgets.account import (
    Account,
    AccountReference,
    ApiToken,
    Credential,
    GlobalApiKey,
    InvalidAccount,
    Secret,
    SharedToken,
    SharedTokenReference,
    is_account_id,
    is_account_pattern,
)
from cloudflare_budgets.domain.primitives import json_input as strict_json

# Accepts more than Cloudflare issues today, but only characters that are safe in an HTTP header.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,200}")
_EMAIL = re.compile(r"[!-?A-~]{1,64}@[!-?A-~]{1,190}")

# Of a selection of accounts; a pattern may be as long as one of a budget.
_MAX_SELECTED, _MAX_PATTERN = 10_000, 256

_EXPECTED_NAME = "expected accounts/<account_id>/api-token"
_EXPECTED_ID = "the account id must be 32 hex digits in lower case"
_EXPECTED_VALUE = (
    'expected a Cloudflare API token (20 to 200 letters, digits, "-" and "_", without quotes or '
    '"Bearer"), or {"email": "...", "api_key": "..."}'
)
_EXPECTED_SHARED_NAME = "expected tokens/<name>, one name of letters, digits, dots, dashes and underscores"
_EXPECTED_SHARED = (
    'expected {"token": "...", "accounts": ["*"]}, where accounts are ids (32 hex digits in lower case) and '
    "patterns of ids and names"
)
_UNENCRYPTED = (
    "it is stored as an unencrypted {}, so everyone who may read parameters can read the credential; "
    "revoke it at Cloudflare and store a new one as a SecureString"
)


def read_account(path: str, name: str, parameter_type: str, value: str) -> Account | InvalidAccount:
    """Parse one parameter below `path`, which ends in `accounts`."""
    reference = read_reference(path, name, parameter_type)
    return reference if isinstance(reference, InvalidAccount) else _with_credential(reference, value)


def _with_credential(reference: AccountReference, value: str) -> Account | InvalidAccount:
    credential = _credential(value.strip())
    if isinstance(credential, str):
        return InvalidAccount(reference.token, f"{credential}; {_EXPECTED_VALUE}", reference.account_id)
    return Account(reference.account_id, credential)


def read_reference(path: str, name: str, parameter_type: str) -> AccountReference | InvalidAccount:
    """Parse all of a parameter except its value, which may still be encrypted."""
    account_id, _, rest = name.removeprefix(f"{path}/").partition("/")
    if not is_account_id(account_id):
        return InvalidAccount(name, f"{_EXPECTED_ID}; {_EXPECTED_NAME}")
    if rest != "api-token":
        return InvalidAccount(name, f"this parameter is not used; {_EXPECTED_NAME}", account_id)
    if parameter_type != "SecureString":
        return InvalidAccount(name, _UNENCRYPTED.format(parameter_type), account_id)
    return AccountReference(account_id, name)


def read_shared_reference(
    path: str, name: str, parameter_type: str, version: int
) -> SharedTokenReference | InvalidAccount:
    """Parse all of a parameter below `path`, which ends in `tokens`, except its value."""
    if "/" in name.removeprefix(f"{path}/"):
        return InvalidAccount(name, f"this parameter is not used; {_EXPECTED_SHARED_NAME}")
    if parameter_type != "SecureString":
        return InvalidAccount(name, _UNENCRYPTED.format(parameter_type))
    return SharedTokenReference(name, version)


def read_shared_token(name: str, value: str) -> SharedToken | InvalidAccount:
    """Parse the value of the parameter of a token for many accounts."""
    found = _shared_token(value)
    return InvalidAccount(name, f"{found}; {_EXPECTED_SHARED}") if isinstance(found, str) else found


def _shared_token(text: str) -> SharedToken | str:
    """Parse a token for many accounts, or return the text of its fault."""
    try:
        found = strict_json.loads(text)
    except (ValueError, RecursionError):  # the error quotes the document
        return "it is not valid JSON"
    if not isinstance(found, dict) or set(found) != {"token", "accounts"}:
        return 'it is not a JSON object whose keys are exactly "token" and "accounts"'
    fault = _token_fault(found["token"]) if isinstance(found["token"], str) else "it is not a text"
    if fault:
        return f'"token": {fault}'
    accounts = found["accounts"]
    if not isinstance(accounts, list) or not 0 < len(accounts) <= _MAX_SELECTED:
        return f'"accounts" is not a list of 1 to {_MAX_SELECTED} ids and patterns'
    if not all(_is_selection(each) for each in accounts):
        return '"accounts" has an entry that is neither an account id nor a pattern'
    return SharedToken(ApiToken(Secret(found["token"])), tuple(accounts))


def _is_selection(found: object) -> bool:
    if not isinstance(found, str) or len(found) > _MAX_PATTERN:
        return False
    return is_account_id(found) or is_account_pattern(found)


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
