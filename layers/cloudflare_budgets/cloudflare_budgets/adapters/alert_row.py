"""A row of the alert table: how an alert and its state are spelled there, and read back."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cloudflare_budgets.domain.alert import AlertKey
from cloudflare_budgets.domain.outgoing import OutgoingAlert

Value = dict[str, Any]  # DynamoDB's spelling: {"S": "text"}
Row = Mapping[str, Any]

CLAIMED, SENT, SUPERSEDED = "CLAIMED", "SENT", "SUPERSEDED"
# The one value of `owed`: a row that has it stands in the index of what is claimed and not yet sent.
OWED = "1"


def text(value: str) -> Value:
    """Spell a text."""
    return {"S": value}


def whole(value: int) -> Value:
    """Spell a whole number."""
    return {"N": str(value)}


def seconds(instant: datetime) -> Value:
    """Spell an instant, in whole seconds since 1970; a part of one is left out."""
    return whole(int(instant.timestamp()))


def sort_keys(keys: Sequence[AlertKey]) -> Value:
    """Spell keys of one partition."""
    return {"L": [text(key.sort) for key in keys]}


def row_key(key: AlertKey) -> dict[str, Value]:
    """Spell a row's key."""
    return {"pk": text(key.partition), "sk": text(key.sort)}


def read_alert(row: Row) -> OutgoingAlert:
    """Read the alert that a claimed row keeps.

    Raises:
        LookupError, TypeError, ValueError: the row is not one that a claim has written.
    """
    partition = row["pk"]["S"]
    return OutgoingAlert(
        key=AlertKey(partition, row["sk"]["S"]),
        subject=row["subject"]["S"],
        body=row["body"]["S"],
        document=row["document"]["S"],
        attributes=json.loads(row["attributes"]["S"]),
        expires=datetime.fromtimestamp(int(row["ttl"]["N"]), UTC),
        lower=tuple(AlertKey(partition, sort) for sort in read_lower(row)),
    )


def read_lower(row: Row) -> Sequence[str]:
    """Read the sort keys that are remembered together with a row; none when it names none."""
    return [key["S"] for key in row["lower"]["L"]] if "lower" in row else []
