"""Validates the rows of both versions of the usage API, and makes a charge of each."""

import re
from collections.abc import Callable, Container, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from cloudflare_budgets.adapters.cloudflare.usage.columns import V2, Columns
from cloudflare_budgets.adapters.cloudflare.usage.row_patterns import CATEGORY
from cloudflare_budgets.adapters.cloudflare.values import (
    MAX_CACHED,
    Numbers,
    WrongValueError,
    instant_of,
    shown,
    text_of,
)
from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.errors import UsageUnreadableError

_CORRECTION = "Correction"
# FOCUS: these rows are not usage. Prices of subscriptions, taxes and credits are outside of every budget.
NOT_USAGE = frozenset({"adjustment", "credit", "purchase", "tax"})
_ROW_ID = re.compile(r"(x_)?((charge|usage|record|usage_?record|row|line_?item)_?)?(id|uuid)", re.IGNORECASE)
_DAY = timedelta(days=1)
_MAX_LAYOUTS = 64
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)  # in place of the days, while texts are checked


class RowReader:
    """Parses the rows of one answer into charges.

    Nearly all rows have the same columns, few texts and few days, so each of these is parsed once.

    Args:
        account_id: The requested account; a row that names another account is invalid.
        columns: The columns of the requested version.
    """

    def __init__(self, account_id: str, columns: Columns = V2) -> None:
        self._account_id = account_id
        self._version = columns
        self._number = 0
        self._ids: set[tuple[str, str]] = set()
        self._layouts: dict[tuple[str, ...], _Layout] = {}
        self._quantity = Numbers(signed=False).read
        self._signed = Numbers(signed=True).read  # a negative cost is a credit

    def read(self, row: object) -> Charge | None:
        """Parse the next row; `None` if its category is not usage.

        Equal rows are separate charges, for example of tiers, unless they have the same id.

        Raises:
            UsageUnreadableError: the row is invalid; the text names the row, the column and the rule.
        """
        self._number += 1
        if not isinstance(row, dict):
            raise self._refused(f"is {shown(row)}, but must be an object")
        if str(row.get(CATEGORY)).lower() in NOT_USAGE:
            return None
        layout = self._layout_of(tuple(row))
        self._check_ids(layout.ids, row)
        values = {**layout.texts.of(row), **layout.instants.of(row)}
        is_correction = values.get("charge_class") == _CORRECTION
        self._add(values, layout.quantities, row, self._signed if is_correction else self._quantity)
        self._check_required(values, self._version.quantities)
        self._add(values, layout.costs, row, self._signed)
        return Charge(**values)

    def skip(self, count: int) -> None:
        """Count rows that are parsed elsewhere, so that errors give the numbers of later rows."""
        self._number += count

    def _layout_of(self, columns: tuple[str, ...]) -> "_Layout":
        found = self._layouts.get(columns)
        if found is None:
            if len(self._layouts) == _MAX_LAYOUTS:
                self._layouts.clear()
            found = self._layouts[columns] = self._new_layout(columns)
        return found

    def _new_layout(self, columns: tuple[str, ...]) -> "_Layout":
        version, ids = self._version, tuple(filter(is_row_id, columns))
        texts, instants, quantities, costs = (
            {column: names[column] for column in columns if column in names}
            for names in (version.texts, version.instants, version.quantities, version.costs)
        )
        return _Layout(ids, _Part(texts, self.texts_of), _Part(instants, self.instants_of), quantities, costs)

    def _check_ids(self, columns: Iterable[str], row: Mapping[str, object]) -> None:
        for column in columns:
            identity = (column, str(row[column]))
            if identity in self._ids:
                raise self._refused(f"has the {column} of an earlier row, so it would count twice")
            self._ids.add(identity)

    def _add(
        self,
        values: dict[str, Any],
        columns: Mapping[str, str],
        row: Mapping[str, object],
        read: Callable[[object], object],
    ) -> None:
        """Add the values of some columns of a row, by attribute; `None` counts as absent."""
        column = ""
        try:
            for column, attribute in columns.items():
                value = row[column]
                if value is not None:
                    values[attribute] = read(value)
        except WrongValueError as error:
            rule = "a single value" if isinstance(row[column], list | dict) else error
            raise self._refused(f"has {column} {shown(row[column])}, but it must be {rule}") from None
        except TypeError:  # lists and objects are not hashable
            raise self._refused(f"has {column} {shown(row[column])}, but it must be a single value") from None

    def texts_of(self, columns: Mapping[str, str], row: Mapping[str, object]) -> dict[str, Any]:
        """Parse the texts of the next row, by attribute."""
        values: dict[str, Any] = {}
        self._add(values, columns, row, text_of)
        self._check_required(values, self._version.texts)
        values["consumed_unit"] = values.get("consumed_unit") or values.get("pricing_unit")
        if not values["consumed_unit"]:
            raise self._refused("has neither a ConsumedUnit nor a PricingUnit")
        charge = Charge(_UNKNOWN, _UNKNOWN, ZERO, **values)
        if charge.billing_account_id and charge.billing_account_id != self._account_id:
            other = shown(charge.billing_account_id)
            raise self._refused(f"has BillingAccountId {other}, but {self._account_id} was requested")
        if not charge.metric_id:
            raise self._refused(f"has {self._version.nameless}")
        return values

    def instants_of(self, columns: Mapping[str, str], row: Mapping[str, object]) -> dict[str, Any]:
        """Parse the instants of the next row, by attribute."""
        values: dict[str, Any] = {}
        self._add(values, columns, row, instant_of)
        self._check_required(values, self._version.instants)
        start, end = values["charge_period_start"], values["charge_period_end"]
        if start >= end:
            raise self._refused("has a ChargePeriodEnd that is not after its ChargePeriodStart")
        # A longer period would make the days after its first one look complete.
        values["charge_period_end"] = min(end, start + _DAY)
        start, end = values.get("billing_period_start"), values.get("billing_period_end")
        if start and end and start >= end:
            raise self._refused("has a BillingPeriodEnd that is not after its BillingPeriodStart")
        return values

    def _check_required(self, values: Mapping[str, object], columns: Container[str]) -> None:
        for attribute, column in self._version.required.items():
            if attribute not in values and column in columns:
                raise self._refused(f"has no {column}")

    def _refused(self, reason: str) -> UsageUnreadableError:
        return UsageUnreadableError(f"row {self._number} of Cloudflare's answer {reason}")


class _Part:
    """Columns with few different values, by name; each combination of values is parsed once."""

    def __init__(
        self,
        columns: Mapping[str, str],
        parse: Callable[[Mapping[str, str], Mapping[str, object]], dict[str, Any]],
    ) -> None:
        self._columns = columns
        self._parse = parse
        self._parsed: dict[tuple[object, ...], dict[str, Any]] = {}

    def of(self, row: Mapping[str, object]) -> Mapping[str, Any]:
        """Return the values of a row, by attribute."""
        key = tuple([row[column] for column in self._columns])
        try:
            found = self._parsed.get(key)
        except TypeError:  # a list or an object is not hashable, and invalid
            return self._parse(self._columns, row)
        if found is None:
            if len(self._parsed) == MAX_CACHED:
                self._parsed.clear()
            found = self._parsed[key] = self._parse(self._columns, row)
        return found


class _Layout(NamedTuple):
    """The columns of rows; `quantities` and `costs` map each to an attribute of `Charge`."""

    ids: tuple[str, ...]
    texts: _Part
    instants: _Part
    quantities: Mapping[str, str]
    costs: Mapping[str, str]


@cache
def is_row_id(column: str) -> bool:
    """Return whether a column has the id of a row, which must not occur twice."""
    return _ROW_ID.fullmatch(column) is not None
