"""Parsers of the fields of a budget document; each error says what was expected.

A parser gets the value of its field and the budget's limit, which is `None` if the limit is invalid: then
only what depends on the limit is not checked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cloudflare_budgets.domain.budgets.account import is_account_id, is_account_pattern
from cloudflare_budgets.domain.budgets.budget import (
    CONSUMED_QUANTITY,
    COST_COLUMNS,
    OF_ALLOWANCE,
    AlertOn,
    Scope,
)
from cloudflare_budgets.domain.budgets.suggestions import (
    MAGNITUDES,
    account_meant,
    currency_meant,
    day_meant,
    limit_meant,
    period_meant,
)
from cloudflare_budgets.domain.budgets.thresholds import DEFAULT_THRESHOLDS, NUMBER, UNIT, parse_thresholds
from cloudflare_budgets.domain.primitives.amount import BELOW_MAX_NUMBER, Amount, is_bounded, is_currency
from cloudflare_budgets.domain.primitives.json_input import (
    CONTROL,
    InvalidFieldError,
    UnknownKeyError,
    parse_each,
)
from cloudflare_budgets.domain.primitives.nearest import nearest
from cloudflare_budgets.domain.primitives.period import PeriodKind

MAX_DESCRIPTION = 500
MAX_PATTERN = 256
MAX_UNIT = 64

_LIMIT = re.compile(rf"{NUMBER}(?: (?P<unit>{UNIT})|{OF_ALLOWANCE})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_PLACES = frozenset({"zone", "region"})
_AN_AMOUNT = 'an amount above zero and its unit, such as "50 USD", "10000000 Requests" or "100% of allowance"'


def parse_name(name: str) -> str:
    """Parse a budget's name, the last part of its parameter's name."""
    if not _NAME.fullmatch(name):
        expected = "1 to 64 letters, digits, dots, dashes or underscores, the first a letter or digit"
        raise InvalidFieldError("name", name, expected)
    return name


def _limit(found: object, _: Amount | None) -> Amount:
    match = _LIMIT.fullmatch(found) if isinstance(found, str) else None
    if match is None or (number := Decimal(match["number"])) <= 0 or not is_bounded(number):
        raise InvalidFieldError("limit", found, f"{_AN_AMOUNT}, {BELOW_MAX_NUMBER}", *limit_meant(found))
    unit = match["unit"] or OF_ALLOWANCE
    if not is_currency(unit) and currency_meant(unit):
        expected = "a currency as its ISO 4217 code in capitals, without a period"
        raise InvalidFieldError("limit", found, expected, *limit_meant(found))
    if unit.partition(" ")[0].lower() in MAGNITUDES:
        raise InvalidFieldError("limit", found, "the number in digits", *limit_meant(found))
    if len(unit) > MAX_UNIT:
        raise InvalidFieldError("limit", found, f"a unit of at most {MAX_UNIT} characters")
    return Amount(number, unit)


def _column(found: object, limit: Amount | None) -> str:
    if limit and not is_currency(limit.unit):
        if found is not None:
            expected = f"no column: a limit in {limit.unit} always counts {CONSUMED_QUANTITY}"
            raise InvalidFieldError("column", found, expected)
        return CONSUMED_QUANTITY
    if found is None:
        return COST_COLUMNS[0]
    if not isinstance(found, str) or found not in COST_COLUMNS:
        raise _not_one_of(COST_COLUMNS, "column", found)
    return found


def _description(found: object, _: Amount | None) -> str:
    if not isinstance(found, str) or len(found) > MAX_DESCRIPTION or CONTROL.search(found):
        expected = f"one line of text, at most {MAX_DESCRIPTION} characters"
        raise InvalidFieldError("description", found, expected)
    return found


def _account_id(found: object, _: Amount | None) -> str | None:
    if found is None:
        return None
    if not isinstance(found, str) or not (is_account_id(found) or is_account_pattern(found)):
        expected = (
            "the account's id, 32 hex digits in lower case, or a pattern of ids and names, such as "
            '"*" for each account by itself'
        )
        raise InvalidFieldError("account_id", found, expected, *account_meant(found))
    if not _is_pattern(found):
        expected = f"a pattern of at most {MAX_PATTERN} characters on one line"
        raise InvalidFieldError("account_id", found, expected)
    return found


def _period(found: object, limit: Amount | None) -> PeriodKind:
    if limit and limit.unit == OF_ALLOWANCE:
        if found not in (None, PeriodKind.BILLING_PERIOD):
            expected = "no period: allowances start again with the billing period"
            raise InvalidFieldError("period", found, expected)
        return PeriodKind.BILLING_PERIOD
    if found is None:
        return PeriodKind.MONTH
    if not isinstance(found, str) or found not in set(PeriodKind):
        raise InvalidFieldError("period", found, f"one of {', '.join(PeriodKind)}", *period_meant(found))
    return PeriodKind(found)


def _alert_on(found: object, _: Amount | None) -> tuple[AlertOn, ...] | None:
    if found is None:
        return None
    names = found if isinstance(found, list) else [None]
    if not all(isinstance(name, str) and name in set(AlertOn) for name in names):
        meant = {each for name in names if isinstance(name, str) for each in nearest(name, AlertOn, 1)}
        expected = f"a list of {' or '.join(AlertOn)}, or an empty one"
        raise InvalidFieldError("alert_on", found, expected, *(sorted(meant)))
    if len(set(names)) < len(names):
        raise InvalidFieldError("alert_on", found, "each name once")
    return tuple(kind for kind in AlertOn if kind in names)


def _muted_until(found: object, _: Amount | None) -> datetime | None:
    if found is None:
        return None
    expected = 'the day (UTC) from which the budget alerts again, such as "2026-12-01"'
    if not isinstance(found, str) or not _DATE.fullmatch(found):
        raise InvalidFieldError("muted_until", found, expected, *day_meant(found))
    try:
        return datetime.fromisoformat(found).replace(tzinfo=UTC)
    except ValueError:
        raise InvalidFieldError("muted_until", found, expected) from None


def _enabled(found: object, _: Amount | None) -> bool:
    if not isinstance(found, bool):
        raise InvalidFieldError("enabled", found, "true or false")
    return found


def _schema(found: object, _: Amount | None) -> None:
    if not isinstance(found, str):
        raise InvalidFieldError("$schema", found, "the address of the schema, for editors")


def _scope(found: object, limit: Amount | None) -> Scope:
    if not isinstance(found, dict):
        raise InvalidFieldError("scope", found, 'an object such as {"metric_id": ["workers_*"]}')
    shared = limit is not None and limit.unit == OF_ALLOWANCE
    return Scope(**dict(parse_each(lambda entry: _scope_entry(*entry, shared=shared), found.items())))


def _scope_entry(key: str, found: object, *, shared: bool) -> tuple[str, tuple[str, ...]]:
    keys = [field.name for field in fields(Scope)]
    if key not in keys:
        raise UnknownKeyError("scope", key, keys)
    if shared and key in _PLACES:
        expected = f"no {key}: the whole account shares an allowance; write `limit` in a unit instead"
        raise InvalidFieldError(f"scope.{key}", found, expected)
    if not isinstance(found, list) or not found or not all(_is_pattern(pattern) for pattern in found):
        raise InvalidFieldError(f"scope.{key}", found, 'a list of patterns, such as ["workers_*"]')
    return key, tuple(found)


def _is_pattern(found: object) -> bool:
    return isinstance(found, str) and 0 < len(found) <= MAX_PATTERN and not CONTROL.search(found)


def _not_one_of(names: tuple[str, ...], field: str, found: object) -> InvalidFieldError:
    meant = nearest(found, names, 1) if isinstance(found, str) else ()
    return InvalidFieldError(field, found, f"one of {', '.join(names)}", *meant)


Parser = Callable[[object, Amount | None], Any]

# The limit is parsed first. Each field is an attribute of `Budget`, except `$schema`.
PARSERS: Mapping[str, Parser] = MappingProxyType(
    {
        "limit": _limit,
        "column": _column,
        "description": _description,
        "account_id": _account_id,
        "period": _period,
        "scope": _scope,
        "thresholds": parse_thresholds,
        "alert_on": _alert_on,
        "muted_until": _muted_until,
        "enabled": _enabled,
        "$schema": _schema,
    }
)
# The values of fields that a document does not have; `None` for the others.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {"description": "", "scope": {}, "thresholds": DEFAULT_THRESHOLDS, "enabled": True, "$schema": ""}
)
