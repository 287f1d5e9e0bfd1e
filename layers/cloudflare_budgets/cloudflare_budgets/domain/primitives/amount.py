"""Exact decimal amounts with a unit; money is never a float. An ISO 4217 code is a currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import (
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)

# Numbers from outside are limited, so that every sum and product is exact and prints in a short line:
# `1e-300000000` is a finite Decimal too, and prints as a string of 300 MB.
MAX_DIGITS = 60
MAX_EXPONENT = 24
MIN_EXPONENT = -60
MAX_NUMBER = Decimal(10) ** MAX_EXPONENT
# For error messages.
BELOW_MAX_NUMBER = f"below 10^{MAX_EXPONENT}"

# Wide enough for the sum of a billion products of two such numbers. Rounding raises.
EXACT = Context(prec=300, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
# For messages: Python's default context of 28 digits cannot hold such numbers.
ROUNDED = Context(prec=300, rounding=ROUND_HALF_EVEN)
ROUNDED_DOWN = Context(prec=300, rounding=ROUND_FLOOR)

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of a unit: `50 USD`, `10000000 Requests`."""

    number: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{plain(self.number)} {self.unit}"


def is_bounded(number: Decimal) -> bool:
    """Return whether a number is finite and small enough to be summed exactly and printed."""
    if not number.is_finite():
        return False
    _, digits, exponent = number.as_tuple()
    return (
        isinstance(exponent, int)
        and len(digits) <= MAX_DIGITS
        and MIN_EXPONENT <= exponent <= MAX_EXPONENT
        and number.copy_abs() < MAX_NUMBER  # `abs` would round
    )


def plain(number: Decimal) -> str:
    """Format a number in fixed notation, without trailing zeros: `41.2`, not `4.120E+1`."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def total(numbers: Iterable[Decimal]) -> Decimal:
    """Add numbers up without rounding.

    Raises:
        decimal.Inexact: a number is beyond the limits of `is_bounded`.
    """
    with localcontext(EXACT):
        return sum(numbers, ZERO)


def percent_of(part: Decimal, whole: Decimal, places: int = 1) -> Decimal:
    """Return the percentage of `whole` (not zero) that `part` is, rounded half to even.

    For messages only: decisions multiply instead, which is exact. For a limit see `percent_reached`.
    """
    exponent = Decimal(1).scaleb(-places)
    return ROUNDED.divide(ROUNDED.multiply(part, Decimal(100)), whole).quantize(exponent, context=ROUNDED)


def percent_reached(part: Decimal, limit: Decimal, places: int = 1) -> Decimal:
    """Return the reached percentage of a limit (not zero), rounded down: 99.99 % is not 100 %."""
    exponent = Decimal(1).scaleb(-places)
    return ROUNDED_DOWN.divide(ROUNDED_DOWN.multiply(part, Decimal(100)), limit).quantize(
        exponent, context=ROUNDED_DOWN
    )


# ISO 4217, active national currencies (list one, amendment 177).
ISO_4217 = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
    CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW
    KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR
    MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
    USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a list of 155 quoted codes is harder to read
)


def is_currency(unit: str) -> bool:
    """Return whether a unit is an ISO 4217 currency code in capitals."""
    return unit in ISO_4217
