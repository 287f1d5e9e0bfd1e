"""Headers with a credential, and the removal of credentials from answers and errors."""

import re
from collections.abc import Iterator

from cloudflare_budgets.domain.budgets.account import ApiToken, Credential, Secret
from cloudflare_budgets.errors import AccessDeniedError, UsageUnavailableError

# Visible ASCII, which a header transmits unchanged. http.client quotes a value that it cannot transmit.
_VALID = re.compile(r"[\x21-\x7e]{1,500}")
# JSON may write any character of a secret as an escape of six characters.
_ESCAPE = re.compile(rb"\\u00([0-7][0-9A-Fa-f])")
_ESCAPED_SIZE = 6
# A part of a secret is secret too; a shorter match may be a coincidence.
_SHORTEST_PART = 8


def headers_of(credential: Credential) -> dict[str, str]:
    """Return the headers that carry a credential.

    Raises:
        AccessDeniedError: the credential contains characters that no header can carry.
    """
    if isinstance(credential, ApiToken):
        return {"Authorization": f"Bearer {_checked('API token', credential.token.reveal())}"}
    return {
        "X-Auth-Email": _checked("e-mail address", credential.email),
        "X-Auth-Key": _checked("Global API Key", credential.api_key.reveal()),
    }


def masked(text: str, credential: Credential) -> str:
    """Replace the secret, and every longer part of it, in a text that may quote an answer."""
    hidden = [secret_of(credential).reveal()]
    if not isinstance(credential, ApiToken):
        hidden.append(credential.email)
    for secret in hidden:
        text = _without_parts(text, secret)
    return text


def refuse_secret(pieces: Iterator[bytes], credential: Credential) -> Iterator[bytes]:
    """Yield the pieces of an answer unless it contains the secret of its request.

    Parts of an answer are stored and sent: names of accounts, zones and metrics.

    Raises:
        UsageUnavailableError: the answer contains the secret.
    """
    secret = secret_of(credential).reveal().encode()
    seen = b""
    for piece in pieces:
        seen = seen[-_ESCAPED_SIZE * len(secret) :] + piece
        if secret in seen or (b"\\u00" in seen and secret in _ESCAPE.sub(_unescaped, seen)):
            raise UsageUnavailableError("Cloudflare's answer contains the credential of its request")
        yield piece


def _unescaped(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16)])


def _without_parts(text: str, secret: str) -> str:
    for length in range(len(secret), min(_SHORTEST_PART, len(secret)) - 1, -1):
        for start in range(len(secret) - length + 1):
            text = text.replace(secret[start : start + length], "***")
    return text


def secret_of(credential: Credential) -> Secret:
    """Return the secret part of a credential."""
    return credential.token if isinstance(credential, ApiToken) else credential.api_key


def _checked(what: str, text: str) -> str:
    if not _VALID.fullmatch(text):
        raise AccessDeniedError(
            f"the {what} contains blanks, line breaks or other invalid characters: store it again"
        )
    return text
