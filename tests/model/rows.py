"""What claim, release, confirm and settle make of the rows of alerts: the rules, as pure functions.

They mirror the expressions in `adapters/aws/alert_table/alert_items.py`; a test holds them against those,
and against what the fake memory does, which is like the table. Rows stand in a tuple, an alert's key is its
place.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

CLAIMED, SENT, SUPERSEDED = "CLAIMED", "SENT", "SUPERSEDED"
NOBODY = -1  # the owner has ended


class Row(NamedTuple):
    """One row; `attempts` counts to 2, for that makes a repetition.

    `lower` is what the message of a claimed row mentions, or what was recorded with one that is settled.
    """

    state: str
    owner: int = NOBODY
    is_over: bool = False
    attempts: int = 0
    lower: frozenset[int] = frozenset()


Rows = tuple[Row | None, ...]


class Alert(NamedTuple):
    """An alert to be delivered: its key, what is recorded with it, what its message tells besides."""

    key: int
    lower: frozenset[int] = frozenset()
    alongside: frozenset[int] = frozenset()


class Answer(NamedTuple):
    """What a claim found: for one that succeeds what to mention, for a settled one what to record."""

    state: str
    lower: frozenset[int] = frozenset()
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """Which conditions the writes have; the defaults are the product's."""

    confirm_is_fenced: bool = False
    release_is_fenced: bool = True


PENDING = "PENDING"


@cache
def claim(rows: Rows, alert: Alert, owner: int) -> tuple[Rows, Answer]:
    """Only if attribute_not_exists(#pk) OR (#state = :claimed AND #lease_until < :now)."""
    row = rows[alert.key]
    if row is not None and row.state != CLAIMED:
        return rows, Answer(row.state, alert.lower - row.lower)
    if row is not None and not row.is_over:
        return rows, Answer(PENDING)
    mentioned = alert.lower | alert.alongside if row is None else row.lower
    attempt = 1 if row is None else 2
    claimed = Row(CLAIMED, owner, is_over=False, attempts=attempt, lower=mentioned)
    return _with(rows, alert.key, claimed), Answer(CLAIMED, mentioned, attempt)


@cache
def release(rows: Rows, key: int, owner: int, rules: Rules) -> Rows:
    """Only if #owner = :owner AND #state = :claimed."""
    row = rows[key]
    if row is None or row.state != CLAIMED or (rules.release_is_fenced and row.owner != owner):
        return rows
    return _with(rows, key, row._replace(is_over=True))


@cache
def confirm(rows: Rows, key: int, owner: int, lower: frozenset[int], rules: Rules) -> Rows:
    """In any case: one condition that failed would cancel the lower ones' records too."""
    row = rows[key]
    if rules.confirm_is_fenced and (row is None or row.state != CLAIMED or row.owner != owner):
        return rows
    return _superseded(_with(rows, key, Row(SENT, lower=lower)), lower)


@cache
def settle(rows: Rows, key: int, lower: frozenset[int]) -> Rows:
    """In any case."""
    row = rows[key]
    assert row is not None
    return _superseded(_with(rows, key, row._replace(lower=row.lower | lower)), lower)


def _superseded(rows: Rows, lower: frozenset[int]) -> Rows:
    for key in lower:
        if rows[key] is None:
            rows = _with(rows, key, Row(SUPERSEDED))
    return rows


def _with(rows: Rows, key: int, row: Row) -> Rows:
    return (*rows[:key], row, *rows[key + 1 :])
