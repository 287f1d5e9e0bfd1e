"""Secrets that are made up, and where a text gives any of them away.

Every test is held against them: what it prints or logs must not show one (tests/conftest.py).
"""

import base64
import re
import urllib.parse
from collections.abc import Iterable, Iterator

API_TOKEN = "canary-Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY"
API_KEY = "canary144c9defac04969c7bfad8efaa8ea194"
KEY_OWNER = "canary.kqwxjz@vbnmtr.example"
SLACK_PATH = "canaryxsn3lzjtbx6kkg7odc"
ALL = (API_TOKEN, API_KEY, KEY_OWNER, SLACK_PATH)

# So many characters of a secret in a row are no chance.
_PART = 12
_QUOTING = re.compile(r"[^A-Za-z0-9]+")


def given_away(text: str, secrets: Iterable[str] = ALL) -> list[str]:
    """Find the secrets of which a text holds a part: as they are, encoded, or split by quotes and breaks."""
    joined = _QUOTING.sub("", text)
    return [secret for secret in secrets if any(part in joined for part in _parts(secret))]


def _parts(secret: str) -> Iterator[str]:
    for form, window in _forms(secret):
        plain = _QUOTING.sub("", form)
        yield from (plain[start : start + window] for start in range(len(plain) - window + 1))


def _forms(secret: str) -> Iterator[tuple[str, int]]:
    """Write a secret in every way, each with how many characters of it make a part."""
    yield secret, _PART
    yield urllib.parse.quote(secret, safe=""), _PART
    for code in ("{:02X}", "{:02x}"):
        yield "".join(code.format(byte) for byte in secret.encode()), 2 * _PART
    for shift in range(3):
        encoded = base64.b64encode(b"." * shift + secret.encode()).decode().rstrip("=")
        yield encoded[4:-2], _PART  # its ends depend on what stands around it
