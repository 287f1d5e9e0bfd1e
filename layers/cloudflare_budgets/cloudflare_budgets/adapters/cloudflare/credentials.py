"""Both ways to identify oneself to Cloudflare, and keeping them out of every text."""

import re
from collections.abc import Iterator

from cloudflare_budgets.domain.budgets.account import ApiToken, Credential, Secret
from cloudflare_budgets.errors import AccessDeniedError, UsageUnavailableError

# Visible ASCII: what a header carries as it is. http.client quotes a value that it cannot carry.
_CARRIED = re.compile(r"[\x21-\x7e]{1,500}")
# A secret that was cut off somewhere is still one; fewer characters than this may be chance.
_SHORTEST_PART = 8


def headers_of(credential: Credential) -> dict[str, str]:
    """Make the headers that carry a credential; the one place that reveals it.

    Raises:
        AccessDeniedError: it holds characters that no header carries.
    """
    if isinstance(credential, ApiToken):
        return {"Authorization": f"Bearer {_carried('API token', credential.token.reveal())}"}
    return {
        "X-Auth-Email": _carried("e-mail address", credential.email),
        "X-Auth-Key": _carried("Global API Key", credential.api_key.reveal()),
    }


def masked(text: str, credential: Credential) -> str:
    """Take the secret out of a text that may have come back from outside, and every larger part of it."""
    hidden = [_secret_of(credential).reveal()]
    if not isinstance(credential, ApiToken):
        hidden.append(credential.email)
    for secret in hidden:
        text = _without_parts(text, secret)
    return text


def refuse_secret(pieces: Iterator[bytes], credential: Credential) -> Iterator[bytes]:
    """Pass an answer on, piece by piece, unless it quotes the secret that asked for it.

    What is read of an answer goes into messages and the table: names of accounts, zones and metrics.

    Raises:
        UsageUnavailableError: it does.
    """
    secret = _secret_of(credential).reveal().encode()
    seen = b""
    for piece in pieces:
        seen = seen[-len(secret) :] + piece
        if secret in seen:
            raise UsageUnavailableError("Cloudflare's answer quotes the credential that asked for it")
        yield piece


def _without_parts(text: str, secret: str) -> str:
    for length in range(len(secret), min(_SHORTEST_PART, len(secret)) - 1, -1):
        for start in range(len(secret) - length + 1):
            text = text.replace(secret[start : start + length], "***")
    return text


def _secret_of(credential: Credential) -> Secret:
    return credential.token if isinstance(credential, ApiToken) else credential.api_key


def _carried(what: str, text: str) -> str:
    if not _CARRIED.fullmatch(text):
        raise AccessDeniedError(
            f"the {what} holds blanks, line breaks or other characters that it cannot have: store it again"
        )
    return text
