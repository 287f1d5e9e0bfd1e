"""Numbers that look drawn by chance and are the same on every machine, at every time."""

from __future__ import annotations

import hashlib


def between(seed: str, lowest: int, highest: int) -> int:
    """Draw from `lowest` to `highest`, both included; the same seed always draws the same."""
    digest = hashlib.blake2b(seed.encode(), digest_size=8).digest()
    return lowest + int.from_bytes(digest, "big") % (highest - lowest + 1)
