"""The parameters below `accounts/`, each a Cloudflare credential; no refusal shows any part of it."""

import re

from cloudflare_budgets.domain import strict_json
from cloudflare_budgets.domain.account import (
    Account,
    ApiToken,
    Credential,
    GlobalApiKey,
    InvalidAccount,
    Secret,
)
from cloudflare_budgets.domain.budget_fields import is_account_id

# Wider than what Cloudflare issues today, narrow enough to be safe in an HTTP header.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,200}")
_EMAIL = re.compile(r"[!-?A-~]{1,64}@[!-?A-~]{1,190}")

_A_NAME = "expected accounts/<account_id>/api-token"
_AN_ACCOUNT_ID = "the account id must be 32 hex digits in lower case"
_WHAT_IS_RIGHT = (
    'expected a Cloudflare API token (20 to 200 letters, digits, "-" and "_", without quotes or '
    '"Bearer"), or {"email": "...", "api_key": "..."}'
)
_LIES_OPEN = (
    "it is of type {}, so the credential lies open to everybody who may read parameters; "
    "revoke it at Cloudflare and store a new one as a SecureString"
)


def read_account(path: str, name: str, parameter_type: str, value: str) -> Account | InvalidAccount:
    """Read one parameter below `path`, which ends in `accounts`."""
    account_id, _, rest = name.removeprefix(f"{path}/").partition("/")
    if not is_account_id(account_id):
        return InvalidAccount(name, f"{_AN_ACCOUNT_ID}; {_A_NAME}")
    if rest != "api-token":
        return InvalidAccount(name, f"nothing reads this parameter; {_A_NAME}", account_id)
    if parameter_type != "SecureString":
        return InvalidAccount(name, _LIES_OPEN.format(parameter_type), account_id)
    credential = _credential(value.strip())
    if isinstance(credential, str):
        return InvalidAccount(name, f"{credential}; {_WHAT_IS_RIGHT}", account_id)
    return Account(account_id, credential)


def _credential(text: str) -> Credential | str:
    """Read a credential; what is wrong with it comes back as text."""
    if text.startswith("{"):
        return _global_api_key(text)
    return _wrong_with_token(text) or ApiToken(Secret(text))


def _global_api_key(text: str) -> GlobalApiKey | str:
    try:
        found = strict_json.loads(text)
    except (ValueError, RecursionError):  # their texts quote the document
        return "it begins like a JSON object but is none"
    if not isinstance(found, dict) or set(found) != {"email", "api_key"}:
        return 'it is a JSON object with other keys than "email" and "api_key"'
    email, api_key = found["email"], found["api_key"]
    if not isinstance(email, str) or not _EMAIL.fullmatch(email):
        return '"email" is not an e-mail address'
    if not isinstance(api_key, str) or not _TOKEN.fullmatch(api_key):
        return '"api_key" is not a Cloudflare API key'
    return GlobalApiKey(email, Secret(api_key))


def _wrong_with_token(text: str) -> str | None:
    if _TOKEN.fullmatch(text):
        return None
    if not text:
        return "it is empty"
    if re.search(r"[^A-Za-z0-9_-]", text):
        return "it holds characters that no token has"
    return "it is too short or too long for a token"
