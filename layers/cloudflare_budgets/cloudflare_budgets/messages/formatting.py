"""Formats figures, dates and names for people."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

from cloudflare_budgets.domain.primitives.amount import (
    ROUNDED,
    ROUNDED_DOWN,
    Amount,
    is_currency,
    percent_of,
    percent_reached,
    plain,
)
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.primitives.text import sanitize

_ROUGH_FROM = 100
_BAR_WIDTH = 10
_ALL = Decimal(100)
_ONE_DECIMAL_BELOW = 10  # percent
_DAY = timedelta(days=1)
_SHORT_UNITS = {"milliseconds": "ms", "seconds": "s"}
# ISO 4217: currencies without a minor unit, and those with three decimals; all others have two.
_MINOR_UNITS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),  # noqa: SIM905
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),  # noqa: SIM905
}
# Version 1 of the usage API writes the allowance into the name of a metric.
_ALLOWANCE_IN_NAME = re.compile(r"\s*\((?=[^()]*\b(?:included|free)\b)[^()]*\)", re.IGNORECASE)


def format_next_to_limit(number: Decimal, limit: Amount, *, is_expected: bool = False) -> str:
    """Format a number beside its limit, with enough digits to differ from a limit above it.

    Otherwise, a number that `is_expected` is rounded to a whole number from 100 on.
    """
    text = format_number(rough(number) if is_expected else number, limit.unit)
    if number >= limit.number or text != format_number(limit.number, limit.unit):
        return text
    places = _places(limit.unit) + 1
    down = number.quantize(Decimal(1).scaleb(-places), context=ROUNDED_DOWN)
    short = format_number(down, limit.unit)
    return f"{down:,f}".rstrip("0") if short == text else short


def format_number(number: Decimal, unit: str) -> str:
    """Format a number with thousands separators, rounded as its unit requires.

    Money has the decimals of its currency unless it is whole. A quantity has at most three decimals, and none
    from 100 on. A number that would round to zero has two significant digits.
    """
    places = 0 if not is_currency(unit) and abs(number) >= _ROUGH_FROM else _places(unit)
    rounded = number.quantize(Decimal(1).scaleb(-places), context=ROUNDED)
    if rounded == 0 and number != 0:
        return plain(ROUNDED.create_decimal(f"{number:.1e}"))
    if rounded == rounded.to_integral_value():
        return f"{abs(rounded) if rounded == 0 else rounded:,.0f}"
    return f"{rounded:,f}" if is_currency(unit) else f"{rounded:,f}".rstrip("0")


def _places(unit: str) -> int:
    return _MINOR_UNITS.get(unit, 2) if is_currency(unit) else 3


def format_amount(amount: Amount) -> str:
    """Format an amount: `41.20 USD`, `8,234,567 Requests`."""
    return f"{format_number(amount.number, amount.unit)} {unit_text(amount.unit)}"


def format_limit(limit: Amount) -> str:
    """Format a limit with all of its digits: `6,000.5 JPY`, although yen have no decimals."""
    shown = format_number(limit.number, limit.unit)
    if Decimal(shown.replace(",", "")) != limit.number:
        shown = f"{Decimal(plain(limit.number)):,f}"
    return f"{shown} {unit_text(limit.unit)}"


def unit_text(unit: str) -> str:
    """Return a unit as people write it: `ms` for `Milliseconds`."""
    return _SHORT_UNITS.get(unit.lower(), unit)


def rough(number: Decimal) -> Decimal:
    """Round an expected number to a whole one from 100 on."""
    return number.quantize(Decimal(1), context=ROUNDED) if number >= _ROUGH_FROM else number


def percent_text(part: Decimal, whole: Decimal) -> str:
    """Format a percentage, rounded down: 99.9 % is not yet 100 %; below 10 % with one decimal."""
    exact = percent_reached(part, whole)
    if abs(exact) >= _ONE_DECIMAL_BELOW:
        return f"{percent_reached(part, whole, places=0):,f} %"
    return f"{plain(exact)} %" if exact or part <= 0 else "below 0.1 %"


def change_text(now: Decimal, before: Decimal) -> str:
    """Format how much more or less something became: `+510 %`."""
    return f"{percent_of(now - before, before, places=0):+,f} %"


def times_text(now: Decimal, before: Decimal) -> str:
    """Format a factor: `3.2 times`, `21 times`."""
    times = now / before
    return f"{times:,.0f} times" if times >= _ONE_DECIMAL_BELOW else f"{times:,.1f} times"


def day_text(day: datetime) -> str:
    """Format a day within a message: `21 Nov`."""
    return f"{day.day} {day:%b}"


def dates(period: Period) -> str:
    """Format the first and the last day of a period: `1 to 30 Nov 2026`."""
    start, last = period.start, period.end - _DAY
    if last <= start:
        return f"{start.day} {start:%b %Y}"
    first = f"{start.day}"
    if (start.year, start.month) != (last.year, last.month):
        first += f" {start:%b}" if start.year == last.year else f" {start:%b %Y}"
    return f"{first} to {last.day} {last:%b %Y}"


def days_left(period: Period, as_of: datetime) -> int:
    """Count the days of a period that are left, the running day included."""
    return max(-((as_of - period.end) // _DAY), 0)


def counted(count: int, noun: str) -> str:
    """Format a count with its noun: `1 budget`, `2 budgets`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def metric_name(name: str, limit: int = 60) -> str:
    """Return a metric's name without the allowance that some names carry, cut to a length."""
    return sanitize(_ALLOWANCE_IN_NAME.sub("", sanitize(name, 10 * limit)), limit)


def bar(percent: Decimal) -> str:
    """Draw a percentage of a limit as ten blocks, full from 100 % on; an arrow marks more."""
    scaled = ROUNDED_DOWN.divide(ROUNDED_DOWN.multiply(percent, Decimal(_BAR_WIDTH)), _ALL)
    full = min(max(int(scaled), 0), _BAR_WIDTH)
    return "█" * full + "░" * (_BAR_WIDTH - full) + ("▶" if percent > _ALL else "")
