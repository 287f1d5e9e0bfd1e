"""The fields of a budget document, read one by one; each refusal says what would be right."""

import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal

from cloudflare_budgets.domain.budgets.account import is_account_id
from cloudflare_budgets.domain.budgets.budget import (
    CONSUMED_QUANTITY,
    COST_COLUMNS,
    OF_ALLOWANCE,
    AlertOn,
    Basis,
    Scope,
    Threshold,
)
from cloudflare_budgets.domain.primitives.amount import ISO_4217, Amount, is_bounded, is_currency
from cloudflare_budgets.domain.primitives.json_input import CONTROL, InvalidFieldError, UnknownKeyError, shown
from cloudflare_budgets.domain.primitives.period import PeriodKind

MAX_DESCRIPTION = 500
MAX_PATTERN = 256
MAX_THRESHOLDS = 20
DEFAULT_THRESHOLDS = ("50%", "80%", "100%")

# No `#`: it separates the parts of an alert's key. A unit may hold single spaces.
_UNIT = r"[A-Za-z][^\s#\x00-\x1f\x7f]*(?: [^\s#\x00-\x1f\x7f]+)*"
_NUMBER = r"(?P<number>\d{1,30}(?:\.\d{1,30})?)"
_LIMIT = re.compile(rf"{_NUMBER}(?: (?P<unit>{_UNIT})|{OF_ALLOWANCE})")
_THRESHOLD = re.compile(rf"{_NUMBER}(?:%|(?P<unit> {_UNIT}?))(?P<forecast> forecast)?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

_PLACES = frozenset({"zone", "region"})
_AN_AMOUNT = 'an amount above zero and its unit, such as "50 USD", "10000000 Requests" or "100% of allowance"'
_A_PERCENTAGE = 'a percentage of the limit, such as "80%" or "100% forecast"'
_A_THRESHOLD = 'a percentage or an amount in the unit of the limit, such as "80%", "100% forecast" or "{} {}"'


def read_name(name: str) -> str:
    """Accept a budget's name, the last part of its parameter's name.

    Raises:
        InvalidFieldError: it is none.
    """
    if not _NAME.fullmatch(name):
        expected = "1 to 64 letters, digits, dots, dashes or underscores, the first a letter or digit"
        raise InvalidFieldError("name", name, expected)
    return name


def read_limit(found: object) -> Amount:
    """Read `limit`.

    Raises:
        InvalidFieldError: it is none, or too large.
    """
    match = _LIMIT.fullmatch(found) if isinstance(found, str) else None
    if match is None or (number := Decimal(match["number"])) <= 0 or not is_bounded(number):
        raise InvalidFieldError("limit", found, _AN_AMOUNT + ", below 10^15")
    unit = match["unit"] or OF_ALLOWANCE
    if unit.upper() in ISO_4217 and not is_currency(unit):
        raise InvalidFieldError(
            "limit", found, f'the currency in capitals: "{match["number"]} {unit.upper()}"'
        )
    if len(unit) > 64:  # noqa: PLR2004 - no unit of Cloudflare's is near it
        raise InvalidFieldError("limit", found, "a unit of at most 64 characters")
    return Amount(number, unit)


def read_column(found: object, limit: Amount) -> str:
    """Read `column`, which only a cost budget has.

    Raises:
        InvalidFieldError: it is none, or the limit is no cost.
    """
    if not is_currency(limit.unit):
        if found is not None:
            expected = f"no column: a limit in {limit.unit} always counts {CONSUMED_QUANTITY}"
            raise InvalidFieldError("column", found, expected)
        return CONSUMED_QUANTITY
    if found is None:
        return COST_COLUMNS[0]
    if not isinstance(found, str) or found not in COST_COLUMNS:
        raise InvalidFieldError("column", found, f"one of {', '.join(COST_COLUMNS)}")
    return found


def read_description(found: object) -> str:
    """Read `description`.

    Raises:
        InvalidFieldError: it is more than one short line of text.
    """
    if not isinstance(found, str) or len(found) > MAX_DESCRIPTION or CONTROL.search(found):
        raise InvalidFieldError(
            "description", found, f"one line of text, at most {MAX_DESCRIPTION} characters"
        )
    return found


def read_account_id(found: object) -> str | None:
    """Read `account_id`.

    Raises:
        InvalidFieldError: it is none.
    """
    if found is None:
        return None
    if not isinstance(found, str) or not is_account_id(found):
        raise InvalidFieldError("account_id", found, "the account's id, 32 hex digits in lower case")
    return found


def read_period(found: object, limit: Amount) -> PeriodKind:
    """Read `period`; an allowance has the period that its price gives it.

    Raises:
        InvalidFieldError: it is none, or an allowance has another.
    """
    if limit.unit == OF_ALLOWANCE:
        if found not in (None, PeriodKind.BILLING_PERIOD):
            raise InvalidFieldError(
                "period", found, "no period: allowances begin anew with the billing period"
            )
        return PeriodKind.BILLING_PERIOD
    if found is None:
        return PeriodKind.MONTH
    if not isinstance(found, str) or found not in set(PeriodKind):
        raise InvalidFieldError("period", found, f"one of {', '.join(PeriodKind)}")
    return PeriodKind(found)


def read_alert_on(found: object, limit: Amount, scope: Scope) -> tuple[AlertOn, ...]:
    """Read `alert_on`: everything by default for a cost budget of the whole account, else nothing.

    Raises:
        InvalidFieldError: it lists something else, or something twice.
    """
    if found is None:
        return tuple(AlertOn) if is_currency(limit.unit) and not scope.patterns() else ()
    names = found if isinstance(found, list) else [None]
    if not all(isinstance(name, str) and name in set(AlertOn) for name in names):
        raise InvalidFieldError("alert_on", found, f"a list of {' or '.join(AlertOn)}, or an empty one")
    if len(set(names)) < len(names):
        raise InvalidFieldError("alert_on", found, "each name once")
    return tuple(kind for kind in AlertOn if kind in names)


def read_muted_until(found: object) -> datetime | None:
    """Read `muted_until`, the day on which the budget speaks again, in UTC.

    Raises:
        InvalidFieldError: it is no day.
    """
    if found is None:
        return None
    expected = 'the day on which it speaks again, such as "2026-12-01"'
    if not isinstance(found, str) or not _DATE.fullmatch(found):
        raise InvalidFieldError("muted_until", found, expected)
    try:
        return datetime.fromisoformat(found).replace(tzinfo=UTC)
    except ValueError:
        raise InvalidFieldError("muted_until", found, expected) from None


def read_enabled(found: object) -> bool:
    """Read `enabled`.

    Raises:
        InvalidFieldError: it is neither true nor false.
    """
    if not isinstance(found, bool):
        raise InvalidFieldError("enabled", found, "true or false")
    return found


def read_scope(found: object, limit: Amount) -> Scope:
    """Read `scope`; an allowance is shared by all zones and regions, so none of them has a part of it.

    Raises:
        InvalidFieldError: a key or its patterns are of no use, or an allowance has none of such a part.
    """
    keys = [field.name for field in fields(Scope)]
    if not isinstance(found, dict):
        raise InvalidFieldError("scope", found, 'an object such as {"metric_id": ["workers_*"]}')
    for key in found:
        if key not in keys:
            raise UnknownKeyError("scope", key, keys)
        if key in _PLACES and limit.unit == OF_ALLOWANCE:
            expected = f"no {key}: the whole account shares an allowance; let `limit` be in a unit instead"
            raise InvalidFieldError(f"scope.{key}", found[key], expected)
    return Scope(**{key: _patterns(key, patterns) for key, patterns in found.items()})


def _patterns(key: str, found: object) -> tuple[str, ...]:
    usable = (
        isinstance(found, list)
        and len(found) > 0
        and all(isinstance(pattern, str) and _is_line(pattern) for pattern in found)
    )
    if not usable or not isinstance(found, list):
        raise InvalidFieldError(f"scope.{key}", found, 'a list of patterns, such as ["workers_*"]')
    return tuple(found)


def _is_line(pattern: str) -> bool:
    return 0 < len(pattern) <= MAX_PATTERN and not CONTROL.search(pattern)


def read_thresholds(found: object, limit: Amount) -> tuple[Threshold, ...]:
    """Read `thresholds`, in ascending order of their amounts.

    Raises:
        InvalidFieldError: one of them is of no use, or two are the same amount.
    """
    if not isinstance(found, list | tuple) or not 0 < len(found) <= MAX_THRESHOLDS:
        raise InvalidFieldError(
            "thresholds", found, f'a list of 1 to {MAX_THRESHOLDS}, such as ["80%", "100%"]'
        )
    thresholds = [_threshold(position, text, limit) for position, text in enumerate(found)]
    _refuse_duplicates(found, thresholds)
    return tuple(sorted(thresholds, key=lambda threshold: (threshold.amount, threshold.basis)))


def _threshold(position: int, found: object, limit: Amount) -> Threshold:
    field = f"thresholds[{position}]"
    is_share = limit.unit == OF_ALLOWANCE
    expected = _A_PERCENTAGE if is_share else _A_THRESHOLD.format(limit.number, limit.unit)
    match = _THRESHOLD.fullmatch(found) if isinstance(found, str) else None
    if match is None:
        raise InvalidFieldError(field, found, expected)
    if match["unit"] and is_share:
        raise InvalidFieldError(field, found, expected)
    number = Decimal(match["number"])
    basis = Basis.FORECAST if match["forecast"] else Basis.ACTUAL
    if match["unit"] and match["unit"].strip() != limit.unit:
        raise InvalidFieldError(field, found, f"the unit of the limit, {limit.unit}, or a percentage")
    threshold = (
        Threshold(number, None, basis) if match["unit"] else Threshold.at_percent(number, limit, basis)
    )
    if number <= 0 or not is_bounded(threshold.amount):
        raise InvalidFieldError(field, found, expected + ", above zero and below 10^15")
    return threshold


def _refuse_duplicates(found: Sequence[object], thresholds: Sequence[Threshold]) -> None:
    first: dict[tuple[Decimal, Basis], int] = {}
    for position, threshold in enumerate(thresholds):
        earlier = first.setdefault((threshold.amount, threshold.basis), position)
        if earlier != position:
            expected = f"a threshold other than {shown(found[earlier])}, which is the same amount"
            raise InvalidFieldError(f"thresholds[{position}]", found[position], expected)
