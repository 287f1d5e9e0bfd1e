"""Parses answers of the usage API into charges: first the envelope of both versions, then each row."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from cloudflare_budgets.adapters.cloudflare.json_stream import Streamed, read_envelope
from cloudflare_budgets.adapters.cloudflare.refusals import check_complete, check_success
from cloudflare_budgets.adapters.cloudflare.usage.columns import V2, Columns
from cloudflare_budgets.adapters.cloudflare.values import (
    Cached,
    Numbers,
    WrongValueError,
    instant_of,
    shown,
    text_of,
)
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.errors import UsageUnreadableError

_CORRECTION = "Correction"
# FOCUS: these rows are not usage. Prices of subscriptions, taxes and credits are outside of every budget.
_NOT_USAGE = frozenset({"adjustment", "credit", "purchase", "tax"})
_ROW_ID = re.compile(r"(x_)?((charge|usage|record|usage_?record|row|line_?item)_?)?(id|uuid)", re.IGNORECASE)
_DAY = timedelta(days=1)


class RowReader:
    """Parses the rows of one answer into charges.

    Args:
        account_id: The requested account; a row that names another account is invalid.
        columns: The columns of the requested version.
    """

    def __init__(self, account_id: str, columns: Columns = V2) -> None:
        self._account_id = account_id
        self._version = columns
        self._number = 0
        self._ids: set[tuple[str, str]] = set()
        self._columns = _readers(columns, Numbers(signed=False))
        self._columns_of_corrections = _readers(columns, Numbers(signed=True))

    def read(self, row: object) -> Charge | None:
        """Parse the next row; `None` if its category is not usage.

        Equal rows are separate charges, for example of tiers, unless they have the same id.

        Raises:
            UsageUnreadableError: the row is invalid; the text names the row, the column and the rule.
        """
        self._number += 1
        if not isinstance(row, dict):
            raise self._refused(f"is {shown(row)}, but must be an object")
        if str(row.get("ChargeCategory")).lower() in _NOT_USAGE:
            return None
        self._check_ids(row)
        return self._charge(row)

    def _check_ids(self, row: Mapping[str, object]) -> None:
        for column in filter(_is_row_id, row):
            identity = (column, str(row[column]))
            if identity in self._ids:
                raise self._refused(f"has the {column} of an earlier row, so it would count twice")
            self._ids.add(identity)

    def _charge(self, row: Mapping[str, object]) -> Charge:
        values = self._values(row)
        for attribute, column in self._version.required.items():
            if attribute not in values:
                raise self._refused(f"has no {column}")
        # A longer period would make the days after its first one look complete.
        end = min(values["charge_period_end"], values["charge_period_start"] + _DAY)
        values["charge_period_end"] = end
        values["consumed_unit"] = values.get("consumed_unit") or values.get("pricing_unit")
        if not values["consumed_unit"]:
            raise self._refused("has neither a ConsumedUnit nor a PricingUnit")
        charge = Charge(**values)
        self._check(charge)
        return charge

    def _values(self, row: Mapping[str, object]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        is_correction = row.get("ChargeClass") == _CORRECTION
        columns = self._columns_of_corrections if is_correction else self._columns
        column = ""
        try:
            for column, value in row.items():
                known = columns.get(column)
                if known is not None and value is not None:
                    attribute, read = known
                    values[attribute] = read(value)
        except WrongValueError as error:
            raise self._refused(f"has {column} {shown(row[column])}, but it must be {error}") from None
        except TypeError:  # lists and objects are not hashable
            raise self._refused(f"has {column} {shown(row[column])}, but it must be a single value") from None
        return values

    def _check(self, charge: Charge) -> None:
        if charge.charge_period_start >= charge.charge_period_end:
            raise self._refused("has a ChargePeriodEnd that is not after its ChargePeriodStart")
        start, end = charge.billing_period_start, charge.billing_period_end
        if start and end and start >= end:
            raise self._refused("has a BillingPeriodEnd that is not after its BillingPeriodStart")
        if charge.billing_account_id and charge.billing_account_id != self._account_id:
            other = shown(charge.billing_account_id)
            raise self._refused(f"has BillingAccountId {other}, but {self._account_id} was requested")
        if not charge.metric_id:
            raise self._refused(f"has {self._version.nameless}")

    def _refused(self, reason: str) -> UsageUnreadableError:
        return UsageUnreadableError(f"row {self._number} of Cloudflare's answer {reason}")


def _readers(columns: Columns, numbers: Numbers) -> dict[str, tuple[str, Callable[[object], object]]]:
    readers: list[tuple[Mapping[str, str], Callable[[object], object]]] = [
        (columns.texts, Cached(text_of).__getitem__),
        (columns.instants, Cached(instant_of).__getitem__),
        (columns.quantities, numbers.read),
        (columns.costs, Numbers(signed=True).read),  # a negative cost is a credit
    ]
    return {column: (attribute, read) for names, read in readers for column, attribute in names.items()}


@cache
def _is_row_id(column: str) -> bool:
    return _ROW_ID.fullmatch(column) is not None


def read_charges(
    pieces: Iterator[bytes], account_id: str, used: Period | None = None, columns: Columns = V2
) -> list[Charge]:
    """Parse the body of an answer into all its charges, or those that start in the period `used`.

    Raises:
        TransientError: the body is not JSON, or truncated.
        UsageRefusedError: the answer reports a failure.
        UsageUnreadableError: the answer or a row is invalid.
    """
    charges: list[Charge] = []
    rows = RowReader(account_id, columns)

    def take(row: object) -> None:
        charge = rows.read(row)
        if charge is not None and (used is None or charge.charge_period_start in used):
            charges.append(charge)

    result = read_result(pieces, take)
    if not isinstance(result, Streamed):
        raise UsageUnreadableError(f"`result` of Cloudflare's answer is {shown(result)}, but must be a list")
    return charges


def read_result(pieces: Iterator[bytes], take: Callable[[object], None]) -> object:
    """Parse the body of an answer that reports success, and pass the elements of its list to `take`.

    Raises:
        TransientError: the body is not JSON, or truncated.
        UsageRefusedError: the answer reports a failure.
        UsageUnreadableError: the answer is invalid.
    """
    envelope = read_envelope(pieces, take)
    check_success(envelope.get("success"), envelope.get("errors"))
    check_complete(envelope)
    return envelope.get("result")
