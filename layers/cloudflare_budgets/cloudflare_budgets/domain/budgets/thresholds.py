"""Parses thresholds: percentages of a budget's limit, or amounts in the unit of the limit."""

import re
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import OF_ALLOWANCE, Basis, Threshold
from cloudflare_budgets.domain.budgets.suggestions import threshold_meant
from cloudflare_budgets.domain.primitives.amount import BELOW_MAX_NUMBER, Amount, is_bounded, is_currency
from cloudflare_budgets.domain.primitives.json_input import InvalidFieldError, parse_each, shown
from cloudflare_budgets.domain.primitives.units import is_same_unit

MAX_THRESHOLDS = 20
DEFAULT_THRESHOLDS = ("50%", "80%", "100%")

# No `#`: it separates the parts of an alert's key. A unit may contain single spaces.
UNIT = r"[A-Za-z][^\s#\x00-\x1f\x7f]*(?: [^\s#\x00-\x1f\x7f]+)*"
NUMBER = r"(?P<number>[0-9]{1,30}(?:\.[0-9]{1,30})?)"
_THRESHOLD = re.compile(rf"{NUMBER}(?:%|(?P<unit> {UNIT}?))(?P<forecast> forecast)?")
_A_PERCENTAGE = 'a percentage of the limit, such as "80%" or "100% forecast"'
_A_THRESHOLD = 'a percentage or an amount in the unit of the limit, such as "80%", "100% forecast" or "{} {}"'


def parse_thresholds(found: object, limit: Amount | None) -> tuple[Threshold, ...]:
    """Parse thresholds, in ascending order of their amounts."""
    if not isinstance(found, list | tuple) or not 0 < len(found) <= MAX_THRESHOLDS:
        expected = f'a list of 1 to {MAX_THRESHOLDS}, such as ["80%", "100%"]'
        raise InvalidFieldError("thresholds", found, expected)
    thresholds = parse_each(lambda item: _threshold(*item, limit), enumerate(found))
    first: dict[object, int] = {}

    def check_distinct(item: tuple[int, Threshold]) -> Threshold:
        position, threshold = item
        # Without a limit, the amount of a percentage is not known.
        key = (threshold.amount, threshold.basis, limit is None and threshold.percent)
        if (earlier := first.setdefault(key, position)) != position:
            expected = f"a threshold other than {shown(found[earlier])}, which is the same amount"
            raise InvalidFieldError(f"thresholds[{position}]", found[position], expected)
        return threshold

    distinct = parse_each(check_distinct, enumerate(thresholds))
    return tuple(sorted(distinct, key=lambda threshold: (threshold.amount, threshold.basis)))


def _threshold(position: int, found: object, limit: Amount | None) -> Threshold:
    field = f"thresholds[{position}]"
    is_share = limit is not None and limit.unit == OF_ALLOWANCE
    example = limit or Amount(Decimal(40), "USD")
    expected = _A_PERCENTAGE if is_share else _A_THRESHOLD.format(example.number, example.unit)
    match = _THRESHOLD.fullmatch(found) if isinstance(found, str) else None
    if match is None or (match["unit"] and is_share):
        raise InvalidFieldError(field, found, expected, *threshold_meant(found))
    number, basis = Decimal(match["number"]), Basis.FORECAST if match["forecast"] else Basis.ACTUAL
    if match["unit"] and limit and not _is_unit_of(limit, match["unit"].strip()):
        expected = f"the unit of the limit, {limit.unit}, or a percentage"
        meant = [each for each in threshold_meant(found) if each != found]
        raise InvalidFieldError(field, found, expected, *meant)
    threshold = (
        Threshold(number, None, basis) if match["unit"] else Threshold.at_percent(number, example, basis)
    )
    if number <= 0 or not is_bounded(threshold.amount):
        raise InvalidFieldError(field, found, f"{expected}, above zero and {BELOW_MAX_NUMBER}")
    return threshold


def _is_unit_of(limit: Amount, unit: str) -> bool:
    return unit == limit.unit if is_currency(limit.unit) else is_same_unit(unit, limit.unit)
