"""Accounts of many customers that one token reads, as an agency has them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal

from local.cloudflare.accounts.account import Account, Credentials, Metered, account

_KINDS = ("Prod", "Stage", "Test")


def agency(count: int, *, name: str = "agency") -> tuple[Account, ...]:
    """Make accounts named `Prod-0001`, `Stage-0002`, `Test-0003`, … with the same credentials.

    Their usage is small, and each account's is its own.
    """
    credentials = Credentials.of(_id(name, 0))
    return tuple(
        replace(
            account(
                _id(name, number),
                f"{_KINDS[(number - 1) % len(_KINDS)]}-{number:04}",
                Metered(f"{name}-{number}", scale=Decimal("0.1")),
            ),
            credentials=credentials,
        )
        for number in range(1, count + 1)
    )


def _id(name: str, number: int) -> str:
    return hashlib.sha256(f"{name}/{number}".encode()).hexdigest()[:32]
