"""The right form of an amount, a threshold or a period, for "did you mean …?"."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from cloudflare_budgets.domain.budgets.account import is_account_id
from cloudflare_budgets.domain.budgets.budget import OF_ALLOWANCE
from cloudflare_budgets.domain.primitives.amount import ISO_4217, is_bounded, plain
from cloudflare_budgets.domain.primitives.nearest import nearest
from cloudflare_budgets.domain.primitives.period import PeriodKind

# Words and signs that people write for a currency; none of them is a unit of usage.
CURRENCY_WORDS = {
    "$": "USD",
    "us$": "USD",
    "buck": "USD",
    "dollar": "USD",
    "us dollar": "USD",
    "€": "EUR",
    "euro": "EUR",
    "£": "GBP",
    "pound": "GBP",
    "¥": "JPY",
    "yen": "JPY",
    "₹": "INR",
    "rupee": "INR",
}
# Words for a power of ten, which are no part of a unit.
MAGNITUDES = {"thousand": 3, "thousands": 3, "million": 6, "millions": 6, "billion": 9, "billions": 9}
_SCALES = {"": 0, "k": 3, "m": 6, "b": 9, "bn": 9, **MAGNITUDES}
# A limit is for its period and no other: `50 USD per month`, `50 USD a day`.
_RATE_WORDS = frozenset({"per", "a", "an", "each", "every"})
# Patterns are compiled when a document is invalid, not in every run.
_WRITTEN = (
    r"(?i)(?P<before>[^\d.,+-]*)(?P<number>\d(?:[\d.,_' ]*\d)?)"
    r"(?:e\+?(?P<exponent>\d{1,2})(?!\w)"
    r"| ?(?P<scale>k|m|b|bn|thousands?|millions?|billions?)(?![\w-]))?(?P<after>[^\d]*)"
)
_UNIT = r"%.*|[A-Za-z][^#\x00-\x1f\x7f]{0,63}"
_SHARE = r"(?i)% *(?:of +)?(?:the +|its +)?(?:included +)?(?:allowances?|included|free tier)"
_OF_LIMIT = r"(?i)% *of +(?:the +|its +|my +)?(?:limit|budget)"
_FORECAST = r"(?i)\(?\b(?:forecast(?:ed|s)?|expected|projected)\b\)?"
_HEX = r"(?i)[0-9a-f]{20,}"
_EVERY_ACCOUNT = frozenset({"all", "any", "each", "every", "everything"})
_PERIODS = {
    "dail": "day",
    "annual": "year",
    "annum": "year",
    "billing": "billing_period",
    "cycle": "billing_period",
    "billing_cycle": "billing_period",
    "invoice": "billing_period",
}


def account_meant(found: object) -> list[str]:
    """Return the account id that was written with capitals or spaces, or the pattern of a name."""
    text = found.strip() if isinstance(found, str) else ""
    if is_account_id(text.lower()):
        return [text.lower()]
    if text.lower() in _EVERY_ACCOUNT:
        return ["*"]
    return [f"{text}*"] if text and not re.fullmatch(_HEX, text) else []


def currency_meant(unit: str) -> str | None:
    """Return the ISO 4217 code that a unit means: `usd`, `dollars` and `USD per month` are USD."""
    word = _without_rate(unit).strip(" .").lower()
    if word.upper() in ISO_4217:
        return word.upper()
    return CURRENCY_WORDS.get(word) or CURRENCY_WORDS.get(word.removesuffix("s"))


def limit_meant(found: object) -> tuple[str, ...]:
    """Return the right form of an amount: `50 USD` for `$50`, `1000 USD` for `1,000 dollars`."""
    match = _written(found)
    if match is None:
        return ()
    number, unit = match
    if unit.startswith("%"):
        return (f"{number}{OF_ALLOWANCE}",) if unit == "%" or re.fullmatch(_SHARE, unit) else ()
    return (f"{number} {currency_meant(unit) or unit or 'USD'}",)


def threshold_meant(found: object) -> tuple[str, ...]:
    """Return the valid form of a threshold: `80%` for `80`, `100% forecast` for `forecast 100%`."""
    if isinstance(found, str):
        found = " ".join("forecast" if nearest(word, ("forecast",), 1) else word for word in found.split())
    match = _written(re.sub(_FORECAST, " ", found) if isinstance(found, str) else found)
    if match is None:
        return ()
    number, unit = match
    suffix = " forecast" if re.search(_FORECAST, str(found)) else ""
    if unit in ("", "%") or unit.lower() in ("percent", "pct", "per cent"):
        return (f"{number}%{suffix}",)
    if unit.startswith("%"):
        is_known = re.fullmatch(_OF_LIMIT, unit) or re.fullmatch(_SHARE, unit)
        return (f"{number}%{suffix}",) if is_known else ()
    return (f"{number} {currency_meant(unit) or unit}{suffix}",)


def day_meant(found: object) -> tuple[str, ...]:
    """Return the right form of a day: `2026-12-01` for `2026/12/1` or `2026-12-01T00:00:00Z`."""
    text = _with_plain_digits(found) if isinstance(found, str) else ""
    match = re.fullmatch(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?:[T ][\d:.]+(?:Z|\+00:00)?)?", text)
    if match is None:
        return ()
    year, month, day = (int(part) for part in match.groups())
    try:
        return (f"{date(year, month, day):%Y-%m-%d}",)
    except ValueError:
        return ()


def period_meant(found: object) -> tuple[str, ...]:
    """Return the period that a word means: `month` for `monthly`."""
    if not isinstance(found, str):
        return ()
    word = re.sub(r"[ -]+", "_", found.strip().lower())
    word = re.sub(r"^(?:per|each|every|calendar)_", "", word)
    known = [_PERIODS[each] for each in (word, word.removesuffix("ly"), word[:-1]) if each in _PERIODS]
    return (known[0],) if known else nearest(word, PeriodKind, 1)


def _written(found: object) -> tuple[str, str] | None:
    """Parse an amount as people write it; return its plain number, above zero, and its unit."""
    if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
        return None
    match = re.fullmatch(_WRITTEN, _with_plain_digits(str(found)))
    digits = _without_separators(match["number"]) if match else None
    if match is None or digits is None:
        return None
    power = int(match["exponent"] or 0) + _SCALES[(match["scale"] or "").lower()]
    number = Decimal(digits).scaleb(power)
    before, after = match["before"].strip(), _without_rate(match["after"].strip(" ."))
    unit = after or before
    is_unit = not unit or currency_meant(unit) or re.fullmatch(_UNIT, unit)
    contradicts = before and after and currency_meant(before) != currency_meant(after)
    if contradicts or not is_unit or number <= 0 or not is_bounded(number):
        return None
    return plain(number), unit


def _without_rate(unit: str) -> str:
    """Return a unit without a span of time: `USD` for `USD per month` and `USD/month`."""
    words = unit.partition("/")[0].split(" ")
    end = next((at for at, word in enumerate(words) if word.lower() in _RATE_WORDS), len(words))
    return " ".join(words[:end]).strip()


def _with_plain_digits(text: str) -> str:
    """Return a text with ASCII digits and single spaces."""
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in text)


def _without_separators(digits: str) -> str | None:
    """Remove what separates thousands; `None` when the number is ambiguous."""
    digits = re.sub(r"[_' ]", "", digits)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        return digits.replace(",", "")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d+,\d+", digits):
        return digits.replace(".", "").replace(",", ".")
    return digits if re.fullmatch(r"\d+(?:\.\d+)?", digits) else None
