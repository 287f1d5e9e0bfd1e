"""Texts and figures as people read them; nothing here decides anything."""

import re
import unicodedata
from decimal import Decimal

from cloudflare_budgets.domain.amount import ROUNDED, ROUNDED_DOWN, Amount, percent_reached, plain
from cloudflare_budgets.domain.currency import is_currency

# AWS SNS: printable ASCII, no line breaks, fewer than 100 characters.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MAX_SUBJECT = 99
MAX_NAME = 120
BAR_WIDTH = 20
_ROUGH_FROM = 1000
_ALL = 100  # percent

# Control characters, lone surrogates, and what reorders or hides the text around it.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")
_REPEAT = "(possible repeat)"
_AMOUNTS = re.compile(r" \([^()]*\)$")
_AT_PERCENT = re.compile(r"(?P<what>.*?)(?P<at>(?: forecast)? at -?[\d,]+%)")
_NO_BEGINNING = "".join(chr(code) for code in range(32, 127) if not chr(code).isalnum())
_CUT = "..."
_LEAST_FOOT = len(" - ") + 12  # enough of a name to tell it from others
# So long may a fact be that is never cut, whosever it is.
MAX_FACT = MAX_SUBJECT - _LEAST_FOOT


def one_line(text: str, limit: int = MAX_NAME) -> str:
    """Make text of unknown origin safe to show: one line, nothing invisible, cut to a length."""
    line = " ".join(_UNSAFE.sub(" ", text).split())
    return line if len(line) <= limit else line[: limit - len(_CUT)] + _CUT


def subject_line(text: str, whose: str = "", shorter: str = "") -> str:
    """Make a subject that SNS takes of any text, and of the name of whose it is.

    Where both are too long, first the name is cut, then the text gives way to one that is `shorter`, and
    then that is cut: what a reader looks for stands at its beginning.
    """
    fact, brief, name = (_plain_ascii(each) for each in (text, shorter, whose))
    foot = f" - {name}" if name else ""
    least = min(len(foot), _LEAST_FOOT)
    fact = fact.lstrip(_NO_BEGINNING) or "Cloudflare Budgets"
    if len(fact) + least > MAX_SUBJECT:
        fact = _cut(brief.lstrip(_NO_BEGINNING) or fact, MAX_SUBJECT - least)
    return fact + _cut(foot, MAX_SUBJECT - len(fact))


def _plain_ascii(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", one_line(text, limit=10 * MAX_SUBJECT))
    without_accents = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(without_accents.encode("ascii", "replace").decode().split())


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - len(_CUT)].rstrip()}{_CUT}"


def repeat_subject(subject: str) -> str:
    """Say in a subject that the message may have been sent before.

    Where there is no room, the amounts give way to it, and then what stands around the percentage.
    """
    room = MAX_SUBJECT - len(_REPEAT) - 1
    fact, dash, name = subject.rpartition(" - ")
    if not dash:
        return f"{_cut(subject, room)} {_REPEAT}"
    foot = dash + name
    least = min(len(foot), _LEAST_FOOT)
    if len(fact) + least > room:
        fact = _AMOUNTS.sub("", fact)
    if len(fact) + least > room:
        fact = _cut_around_percent(fact, room - least)
    return f"{fact}{_cut(foot, room - len(fact))} {_REPEAT}"


def _cut_around_percent(fact: str, limit: int) -> str:
    found = _AT_PERCENT.match(fact)
    left = limit - len(found["at"]) if found else 0
    return _cut(found["what"], left) + found["at"] if found and left >= _LEAST_FOOT else _cut(fact, limit)


def figure_beside(number: Decimal, limit: Amount, *, is_expected: bool = False) -> str:
    """Write a number beside the limit it is held against: one below it has the digits that tell them apart.

    Of one that `is_expected`, the digits that nobody reads are left out else.
    """
    text = figure(rough(number) if is_expected else number, limit.unit)
    if number >= limit.number or text != figure(limit.number, limit.unit):
        return text
    places = _places(limit.unit) + 1
    down = number.quantize(Decimal(1).scaleb(-places), context=ROUNDED_DOWN)
    short = figure(down, limit.unit)
    return f"{down:,f}".rstrip("0") if short == text else short


def figure(number: Decimal, unit: str) -> str:
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


def amount_text(amount: Amount) -> str:
    """Write an amount for people: `41.20 USD`, `8,234,567 Requests`."""
    return f"{figure(amount.number, amount.unit)} {amount.unit}"


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
