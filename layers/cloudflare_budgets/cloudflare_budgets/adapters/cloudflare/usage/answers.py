"""Parses answers of the usage API into charges: the envelope, then the rows."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from cloudflare_budgets.adapters.cloudflare.json_stream import Scan, Streamed, read_envelope
from cloudflare_budgets.adapters.cloudflare.refusals import check_complete, check_success
from cloudflare_budgets.adapters.cloudflare.usage.columns import V2, Columns
from cloudflare_budgets.adapters.cloudflare.usage.row_patterns import (
    RowPattern,
    Types,
    order_of,
    pattern_of,
    types_of,
)
from cloudflare_budgets.adapters.cloudflare.usage.rows import NOT_USAGE, RowReader, is_row_id
from cloudflare_budgets.adapters.cloudflare.values import Cached, WrongValueError, number_of, shown
from cloudflare_budgets.domain.primitives.amount import MAX_EXPONENT
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.errors import UsageUnreadableError

# Few rows are parsed as JSON before a pattern of them is compiled.
_ROWS_BEFORE_PATTERNS = 250
_MAX_PATTERNS = 8
_TEXTS = Charge._fields[11:]


def read_charges(
    pieces: Iterator[bytes], account_id: str, used: Period | None = None, columns: Columns = V2
) -> list[Charge]:
    """Parse an answer's body into all its charges, or those that start in the period `used`.

    Raises:
        TransientError: the body is not JSON, or truncated.
        UsageRefusedError: the answer reports a failure.
        UsageUnreadableError: the answer or a row is invalid.
    """
    rows = _Rows(account_id, columns, used)
    result = read_result(pieces, rows.take, rows.scan)
    if not isinstance(result, Streamed):
        raise UsageUnreadableError(f"`result` of Cloudflare's answer is {shown(result)}, but must be a list")
    return rows.charges


def read_result(pieces: Iterator[bytes], take: Callable[[object], None], scan: Scan | None = None) -> object:
    """Parse the body of a successful answer, and pass its list's elements to `take`.

    Elements that `scan` parses are not passed to `take`.

    Raises:
        TransientError: the body is not JSON, or truncated.
        UsageRefusedError: the answer reports a failure.
        UsageUnreadableError: the answer is invalid.
    """
    envelope = read_envelope(pieces, take, scan)
    check_success(envelope.get("success"), envelope.get("errors"))
    check_complete(envelope)
    return envelope.get("result")


class _Instants(NamedTuple):
    """The instants of a row; `is_used`: its charge period starts in the requested period."""

    charge_period_start: datetime
    charge_period_end: datetime
    billing_period_start: datetime | None
    billing_period_end: datetime | None
    is_used: bool


class _Texts(NamedTuple):
    """The texts of a row of usage, in the order of the attributes of `Charge`."""

    consumed_unit: str
    others: tuple[str | None, ...]


class _Parts:
    """Parses parts of rows that most rows share, by the rules of `reader`.

    It is no part of `_Rows`, whose rows would then be in a reference cycle, and stay in memory.
    """

    def __init__(self, reader: RowReader, version: Columns, used: Period | None) -> None:
        self._reader, self._version, self._used = reader, version, used

    def texts(self, values: Any) -> _Texts | None:  # noqa: ANN401 - a key of the cache
        """Parse the texts of a row; `None` if its category is not usage."""
        category, *texts = values
        if str(category).lower() in NOT_USAGE:
            return None
        row = dict(zip(self._version.texts, texts, strict=True))
        found = self._reader.texts_of(self._version.texts, row)
        return _Texts(found["consumed_unit"], tuple(map(found.get, _TEXTS)))

    def instants(self, values: Any) -> _Instants:  # noqa: ANN401 - a key of the cache
        """Parse the instants of a row."""
        row = dict(zip(self._version.instants, values, strict=True))
        found = self._reader.instants_of(self._version.instants, row)
        start = found["charge_period_start"]
        is_used = self._used is None or start in self._used
        cycle = found.get("billing_period_start"), found.get("billing_period_end")
        return _Instants(start, found["charge_period_end"], *cycle, is_used)


def _number(text: str | None) -> Decimal | None:
    """Parse a number that has matched the pattern; `None` counts as absent."""
    if text is None:
        return None
    if len(text) <= MAX_EXPONENT and text.replace(".", "", 1).isdecimal():
        return Decimal(text)  # within the bounds, which take longer to check
    return number_of(text)


class _Rows:
    """Parses rows as JSON or by patterns, with the same result, and collects the charges."""

    def __init__(self, account_id: str, version: Columns, used: Period | None) -> None:
        self.charges: list[Charge] = []
        self._reader = RowReader(account_id, version)
        self._used = used
        self._order = order_of(version)
        self._taken = 0
        self._known: set[Types] = set()
        self._patterns: list[RowPattern] = []  # the one that matched last comes first
        parts = _Parts(self._reader, version, used)
        self._texts = Cached(parts.texts)
        self._instants = Cached(parts.instants)
        self._numbers = Cached(_number)

    def take(self, row: object) -> None:
        """Parse a row from JSON."""
        charge = self._reader.read(row)
        if charge is not None and (self._used is None or charge.charge_period_start in self._used):
            self.charges.append(charge)
        self._taken += 1
        if self._taken > _ROWS_BEFORE_PATTERNS and len(self._known) < _MAX_PATTERNS and isinstance(row, dict):
            self._learn(types_of(row))

    def scan(self, text: str, at: int) -> tuple[int, int]:
        """Parse rows from a text, up to one that matches no pattern or is invalid."""
        count, end = 0, at
        start = at
        while (found := self._match(text, start)) is not None:
            row, pattern = found
            try:
                self._add(row.group, pattern)
            except (WrongValueError, UsageUnreadableError):
                break  # the row is parsed again, from JSON
            count, end = count + 1, row.end()
            if text[end : end + 1] != ",":
                break
            start = end + 1
        self._reader.skip(count)
        return count, end

    def _match(self, text: str, start: int) -> tuple[Any, RowPattern] | None:
        for place, pattern in enumerate(self._patterns):
            row = pattern.match(text, start)
            if row is not None:
                if place:
                    self._patterns.insert(0, self._patterns.pop(place))
                return row, pattern
        return None

    def _add(self, group: Callable[..., tuple[str | None, ...]], pattern: RowPattern) -> None:
        texts = self._texts[group(*pattern.texts)]
        if texts is None:
            return
        instants = self._instants[group(*pattern.instants)]
        numbers = self._numbers
        quantity, *costs = [numbers[text] for text in group(*pattern.numbers)]
        if instants.is_used:
            start, end, cycle_start, cycle_end, _ = instants
            values = (start, end, quantity, texts.consumed_unit, *costs, cycle_start, cycle_end)
            self.charges.append(Charge._make(values + texts.others))

    def _learn(self, types: Types) -> None:
        """Compile the pattern of a row; rows with an id are parsed as JSON, where ids are compared."""
        if types in self._known:
            return
        self._known.add(types)
        has_id = any(is_row_id(column) for column, _ in types)
        pattern = None if has_id else pattern_of(types, self._order)
        if pattern is not None:
            self._patterns.append(pattern)
