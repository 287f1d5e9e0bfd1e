"""Texts and figures as people read them; nothing here decides anything."""

from decimal import Decimal

from cloudflare_budgets.domain.primitives.amount import (
    ROUNDED,
    ROUNDED_DOWN,
    Amount,
    is_currency,
    percent_reached,
    plain,
)

BAR_WIDTH = 20
_ROUGH_FROM = 1000
_ALL = 100  # percent


def format_next_to_limit(number: Decimal, limit: Amount, *, is_expected: bool = False) -> str:
    """Write a number beside the limit it is held against: one below it has the digits that tell them apart.

    Of one that `is_expected`, the digits that nobody reads are left out else.
    """
    text = format_number(rough(number) if is_expected else number, limit.unit)
    if number >= limit.number or text != format_number(limit.number, limit.unit):
        return text
    places = _places(limit.unit) + 1
    down = number.quantize(Decimal(1).scaleb(-places), context=ROUNDED_DOWN)
    short = format_number(down, limit.unit)
    return f"{down:,f}".rstrip("0") if short == text else short


def format_number(number: Decimal, unit: str) -> str:
    """Write a number with thousands separators, rounded as people expect of its unit.

    Costs have two decimals unless they are whole, quantities at most three; what would round to
    nothing keeps two significant digits.
    """
    rounded = number.quantize(Decimal(1).scaleb(-_places(unit)), context=ROUNDED)
    if rounded == 0 and number != 0:
        return plain(ROUNDED.create_decimal(f"{number:.1e}"))
    if rounded == rounded.to_integral_value():
        return f"{abs(rounded) if rounded == 0 else rounded:,.0f}"
    return f"{rounded:,f}" if is_currency(unit) else f"{rounded:,f}".rstrip("0")


def _places(unit: str) -> int:
    return 2 if is_currency(unit) else 3


def format_amount(amount: Amount) -> str:
    """Write an amount for people: `41.20 USD`, `8,234,567 Requests`."""
    return f"{format_number(amount.number, amount.unit)} {amount.unit}"


def allowance_text(percent: Decimal | None, article: str = "the") -> str:
    """Call a limit of so many percent of an allowance what it is: `75% of the allowance`."""
    allowance = f"{article} allowance"
    return allowance if percent is None or percent == _ALL else f"{plain(percent)}% of {allowance}"


def rough(number: Decimal) -> Decimal:
    """Leave out of what is only expected the digits that nobody reads: whole numbers from a thousand on."""
    return number.quantize(Decimal(1), context=ROUNDED) if number >= _ROUGH_FROM else number


def whole_percent(part: Decimal, whole: Decimal) -> str:
    """Write a percentage without decimals, rounded down: 99.9 % is not yet 100 %."""
    return f"{percent_reached(part, whole, places=0):,f}%"


def filled(part: Decimal, whole: Decimal, width: int) -> int:
    """Say how much of a bar of some width is filled: all of it from 100 % on, and not before."""
    return min(max(int(ROUNDED_DOWN.divide(ROUNDED_DOWN.multiply(part, Decimal(width)), whole)), 0), width)


def bar(part: Decimal, whole: Decimal) -> str:
    """Draw how much of a whole is used, in ASCII, full from 100 % on."""
    full = filled(part, whole, BAR_WIDTH)
    return "[" + "#" * full + "-" * (BAR_WIDTH - full) + "]"
