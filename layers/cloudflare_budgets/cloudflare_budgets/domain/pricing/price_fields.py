"""Parses the fields of one entry of the `prices` parameter."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cloudflare_budgets.domain.pricing.price import IncludedPer, Rounding, Tier
from cloudflare_budgets.domain.primitives.amount import is_bounded, is_currency
from cloudflare_budgets.domain.primitives.json_input import InvalidFieldError, UnknownKeyError

MAX_TIERS = 20
MAX_UNITS = 10

_NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PRICE = re.compile(rf"(?P<number>{_NUMBER.pattern}) (?P<currency>[A-Z]{{3}})")
_UNIT = re.compile(r"[A-Za-z][^\x00-\x1f\x7f]{0,63}")
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,120}")

_A_PRICE = 'an amount and its currency, below 10^24, such as "0.25 USD"'
_A_DAY = 'a day (UTC) such as "2026-12-01"'
_A_TIER = 'an object such as {"up_to": "1000000", "price": "0.30 USD"}, the last one without "up_to"'


def _read_price(found: object) -> dict[str, Any]:
    amount, currency = _amount("price", found)
    return {"tiers": (Tier(None, amount),), "currency": currency}


def _read_tiers(found: object) -> dict[str, Any]:
    if not isinstance(found, list) or not 0 < len(found) <= MAX_TIERS:
        raise InvalidFieldError("tiers", found, f"a list of 1 to {MAX_TIERS} tiers, each {_A_TIER}")
    read = [_tier(f"tiers[{place}]", tier, place == len(found) - 1) for place, tier in enumerate(found)]
    currency = read[0][1]
    below = Decimal(0)
    for place, (tier, tiers_currency) in enumerate(read):
        if tiers_currency != currency:
            raise InvalidFieldError(
                f"tiers[{place}].price", tiers_currency, f"the currency of tiers[0], {currency}"
            )
        if tier.up_to is not None and tier.up_to <= below:
            raise InvalidFieldError(f"tiers[{place}].up_to", str(tier.up_to), f"a number above {below}")
        below = tier.up_to or below
    return {"tiers": tuple(tier for tier, _ in read), "currency": currency}


def _read_per(found: object) -> dict[str, Any]:
    expected = 'how many units the price is for, above zero, such as "1000000"'
    number = _number("per", found, expected)
    if number == 0:
        raise InvalidFieldError("per", found, expected)
    return {"per": number}


def _read_included(found: object) -> dict[str, Any]:
    return {"included": _number("included", found, 'how many units are free, such as "10000000" or "0"')}


def _read_included_per(found: object) -> dict[str, Any]:
    if not isinstance(found, str) or found not in set(IncludedPer):
        raise InvalidFieldError("included_per", found, f"one of {', '.join(IncludedPer)}")
    return {"included_per": IncludedPer(found)}


def _read_rounding(found: object) -> dict[str, Any]:
    if not isinstance(found, str) or found not in set(Rounding):
        raise InvalidFieldError("rounding", found, f"one of {', '.join(Rounding)}")
    return {"rounding": Rounding(found)}


def _read_unit(found: object) -> dict[str, Any]:
    units = [found] if isinstance(found, str) else found
    usable = (
        isinstance(units, list)
        and 0 < len(units) <= MAX_UNITS
        and all(isinstance(unit, str) and _UNIT.fullmatch(unit) for unit in units)
    )
    if not usable or not isinstance(units, list):
        expected = f'the ConsumedUnit, or a list of 1 to {MAX_UNITS} spellings of it, such as "Requests"'
        raise InvalidFieldError("unit", found, expected)
    return {"units": tuple(units)}


def _read_each_zone(found: object) -> dict[str, Any]:
    if not isinstance(found, bool):
        raise InvalidFieldError("each_zone", found, "true or false")
    return {"each_zone": found}


def _read_name(found: object) -> dict[str, Any]:
    if not isinstance(found, str) or not _NAME.fullmatch(found):
        raise InvalidFieldError("name", found, "one line of text, at most 120 characters")
    return {"name": found}


def _day_reader(field: str) -> Callable[[object], dict[str, Any]]:
    def read(found: object) -> dict[str, Any]:
        if not isinstance(found, str) or not _DAY.fullmatch(found):
            raise InvalidFieldError(field, found, _A_DAY)
        try:
            return {field: datetime.fromisoformat(found).replace(tzinfo=UTC)}
        except ValueError as error:
            raise InvalidFieldError(field, found, _A_DAY) from error

    return read


# Parsers of the fields of an entry; each returns attributes of `Price`.
READERS: Mapping[str, Callable[[object], dict[str, Any]]] = MappingProxyType(
    {
        "price": _read_price,
        "tiers": _read_tiers,
        "per": _read_per,
        "included": _read_included,
        "included_per": _read_included_per,
        "rounding": _read_rounding,
        "unit": _read_unit,
        "each_zone": _read_each_zone,
        "name": _read_name,
        "valid_from": _day_reader("valid_from"),
        "valid_until": _day_reader("valid_until"),
    }
)


def _tier(field: str, found: object, is_last: bool) -> tuple[Tier, str]:  # noqa: FBT001 - which of two tiers it is
    if not isinstance(found, dict):
        raise InvalidFieldError(field, found, _A_TIER)
    for key in found:
        if key not in ("up_to", "price"):
            raise UnknownKeyError(field, key, ("up_to", "price"))
    amount, currency = _amount(f"{field}.price", found.get("price"))
    if not is_last:
        expected = 'up to how many units beyond the allowance, such as "1000000"'
        return Tier(_number(f"{field}.up_to", found.get("up_to"), expected), amount), currency
    if "up_to" in found:
        raise InvalidFieldError(f"{field}.up_to", found["up_to"], "no up_to: the last tier has no end")
    return Tier(None, amount), currency


def _amount(field: str, found: object) -> tuple[Decimal, str]:
    match = _PRICE.fullmatch(found) if isinstance(found, str) else None
    if match is None or not is_bounded(Decimal(match["number"])):
        raise InvalidFieldError(field, found, _A_PRICE)
    if not is_currency(match["currency"]):
        raise InvalidFieldError(field, found, "a currency of ISO 4217, such as USD")
    return Decimal(match["number"]), match["currency"]


def _number(field: str, found: object, expected: str) -> Decimal:
    if not isinstance(found, str) or not _NUMBER.fullmatch(found) or not is_bounded(Decimal(found)):
        raise InvalidFieldError(field, found, f"{expected}, a string below 10^24")
    return Decimal(found)
