"""Parses rows straight from the text of an answer, by patterns of the rows before them.

Nearly all rows of an answer have the same columns in the same order, and a check uses half of the columns.
One regular expression for such a row finds the values in half of the time of a JSON parser, with the
same rules: a row with a repeated column, an escape, a negative number or anything else that is unusual does
not match, and is parsed as JSON.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from cloudflare_budgets.adapters.cloudflare.usage.columns import Columns

CATEGORY = "ChargeCategory"
# In the order of the attributes of `Charge`.
COSTS = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost", "CumulatedContractedCost")

# With the two limits, a row stays below the 64 KB of a value.
_MAX_COLUMNS = 48
_TEXT = r'[^"\\\x00-\x1f]{0,1024}+'
_NUMBER = r"(?:0|[1-9][0-9]{0,59}+)(?:\.[0-9]{1,60}+)?(?:[eE][+-]?[0-9]{1,3}+)?"
# What stands before a value, the value, and what stands behind it.
_VALUES: Mapping[type, tuple[str, str, str]] = {
    str: ('"', _TEXT, '"'),
    int: ("", _NUMBER, ""),
    Decimal: ("", _NUMBER, ""),
    bool: ("", "true|false", ""),
    type(None): ("", "null", ""),
}
_NEVER = "((?!))?"  # a group that is always `None`

Groups = tuple[int, ...]


class RowPattern(NamedTuple):
    """The pattern of a row, and the groups of its values.

    `texts` begin with the category, and `numbers` with the quantity. Groups are in the order of the columns
    of a version; that of an absent column never matches.
    """

    match: Callable[[str, int], re.Match[str] | None]
    texts: Groups
    instants: Groups
    numbers: Groups


Types = tuple[tuple[str, type], ...]


def types_of(row: Mapping[str, object]) -> Types:
    """Return the columns of a row in order, with the type of each value."""
    return tuple((column, type(value)) for column, value in row.items())


@lru_cache(maxsize=32)  # a pattern takes two milliseconds, and later runs read the same columns
def pattern_of(types: Types, version: "ColumnOrder") -> RowPattern | None:
    """Return the pattern of rows with these columns, or `None`.

    Lists, objects, and numbers that are given as texts have no pattern.
    """
    if len(types) > _MAX_COLUMNS:
        return None
    wanted = {*version.texts, *version.instants, *version.numbers}
    groups: dict[str, int] = {}
    parts: list[str] = []
    for column, kind in types:
        name = f'"{column}"'
        if kind not in _VALUES or json.dumps(column, ensure_ascii=False) != name:
            return None
        if column in version.numbers and kind is str:
            return None
        before, value, behind = _VALUES[kind]
        is_wanted = column in wanted and kind is not type(None)
        if is_wanted:
            groups[column] = len(groups) + 1
        parts.append(f"{re.escape(name)}:{before}{'(' if is_wanted else '(?:'}{value}){behind}")
    never = len(groups) + 1

    def of(columns: Iterable[str]) -> Groups:
        return tuple(groups.get(column, never) for column in columns)

    match = re.compile(r"\{" + ",".join(parts) + r"\}" + _NEVER).match
    return RowPattern(match, of(version.texts), of(version.instants), of(version.numbers))


class ColumnOrder(NamedTuple):
    """The parsed columns of a version, in the order of the values of a pattern."""

    texts: tuple[str, ...]
    instants: tuple[str, ...]
    numbers: tuple[str, ...]


def order_of(version: Columns) -> ColumnOrder:
    """Return the order of the columns of a version."""
    return ColumnOrder((CATEGORY, *version.texts), tuple(version.instants), (*version.quantities, *COSTS))
