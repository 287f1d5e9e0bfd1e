"""A Cloudflare account to watch, and its credential."""

import re
from dataclasses import dataclass
from datetime import datetime


class Secret:
    """A secret string: `repr`, `str` and `format` return `***`, and pickling raises."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the string, for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> str | tuple[object, ...]:
        message = "a secret cannot be pickled"
        raise TypeError(message)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A Cloudflare API token, sent as a bearer token."""

    token: Secret


@dataclass(frozen=True, slots=True)
class GlobalApiKey:
    """The legacy Global API Key with its owner's e-mail address."""

    email: str
    api_key: Secret


Credential = ApiToken | GlobalApiKey


@dataclass(frozen=True, slots=True)
class Account:
    """A Cloudflare account to watch.

    `name` is the one that Cloudflare lists, if it was asked. `since` is the instant at which an account was
    found that its token did not list before.
    """

    account_id: str
    credential: Credential
    name: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountReference:
    """An account without its credential.

    `token` is the name of the parameter that contains the credential; accounts with the same one share it.
    `name` and `since` are those of `Account`.
    """

    account_id: str
    token: str
    name: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SharedTokenReference:
    """A shared token's parameter without the token; its `version` changes with its value."""

    parameter: str
    version: int


@dataclass(frozen=True, slots=True)
class SharedToken:
    """A credential for many accounts: their ids, and patterns of their ids and names."""

    credential: Credential
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvalidAccount:
    """An invalid account parameter: its name, and the reason."""

    parameter: str
    reason: str
    account_id: str | None = None
    name: str | None = None


_ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")
_WILDCARDS = frozenset("*?[")


def is_account_id(text: str) -> bool:
    """Return whether a string is a Cloudflare account id: 32 hex digits in lower case."""
    return _ACCOUNT_ID.fullmatch(text) is not None


def is_account_pattern(text: str) -> bool:
    """Return whether a string is a shell-style pattern of account ids and names, not an id."""
    return not _WILDCARDS.isdisjoint(text)
