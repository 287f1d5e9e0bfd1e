"""The address of Cloudflare's API, which gets to see the credential."""

import re
from urllib.parse import SplitResult, urlsplit

from cloudflare_budgets.adapters.cloudflare_values import shown
from cloudflare_budgets.adapters.loopback import is_loopback
from cloudflare_budgets.domain.wording import one_line
from cloudflare_budgets.errors import AccountUnknownError

_ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")
_USER = re.compile(r"//.*@", re.DOTALL)
_RIGHT = "write https://api.cloudflare.com/client/v4; plain http is accepted for loopback addresses alone"


def checked_address(base_url: str) -> str:
    """Give an address back, without a slash at its end, if a credential may be sent there.

    Raises:
        ValueError: it is no https address of a host, nor an http address on the loopback.
    """
    try:
        parts = urlsplit(base_url)
        port_is_valid = parts.port != 0
    except ValueError:
        port_is_valid = False
    if not port_is_valid or not _is_plain(base_url, parts) or not _is_safe(parts):
        shown = one_line(_USER.sub("//***@", base_url))
        raise ValueError(f'"{shown}" is no address of Cloudflare\'s API: {_RIGHT}')
    return base_url.rstrip("/")


def account_path(account_id: str, endpoint: str) -> str:
    """Give the path of an account's endpoint.

    Raises:
        AccountUnknownError: no account can have such an id.
    """
    if not _ACCOUNT_ID.fullmatch(account_id):
        raise AccountUnknownError(
            f"{shown(account_id)} is no account id: it has 32 digits and letters from a to f"
        )
    return f"/accounts/{account_id}/{endpoint}"


def _is_plain(base_url: str, parts: SplitResult) -> bool:
    return (
        base_url.isascii()
        and base_url.isprintable()
        and not any(character in base_url for character in "@?#\\ %")
        and bool(parts.hostname)
    )


def _is_safe(parts: SplitResult) -> bool:
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
