"""Plain-text layout shared by all alerts, readable on a phone and in a monospace window; and SNS subjects."""

import re
import textwrap
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from cloudflare_budgets.domain.primitives.text import CUT, sanitize

WIDTH = 72
_LABEL = 10
BILLING_PAGE = "https://dash.cloudflare.com/?to=/:account/billing/billable-usage"
# The usage API does not carry them.
NO_FEES = "Not included: fixed plan and seat fees, and tax."


class Named(Protocol):
    """An account with its name, as far as Cloudflare gives one."""

    @property
    def account_id(self) -> str:
        """Its id."""

    @property
    def account_name(self) -> str | None:
        """Its name."""


class Dated(Protocol):
    """Something that rests on usage, as far as there is any."""

    @property
    def data_through(self) -> datetime | None:
        """The end of the newest usage."""

    @property
    def source(self) -> str | None:
        """The usage API that told it."""


def wrapped(text: str, indent: int = 0) -> list[str]:
    """Break a text into lines that leave room for an indent; words stay whole."""
    return textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)


def paragraphs(texts: Iterable[str]) -> str:
    """Begin a line with each text."""
    return "\n".join(line for text in texts for line in wrapped(text))


def labelled(lines: Iterable[tuple[str, str]]) -> str:
    """Put texts beside their labels; an empty text is left out, an empty label goes on with the last."""
    return "\n".join(
        f"{label if first else '':<9} {line}"
        for label, text in lines
        for first, line in _beside_a_label(text)
    )


def _beside_a_label(text: str) -> Iterable[tuple[bool, str]]:
    # What fits stays as it is, such as a bar.
    lines = [text] if len(text) <= WIDTH - _LABEL else wrapped(text, indent=_LABEL)
    return ((not number, line) for number, line in enumerate(lines) if line)


def letter(*sections: str, alert_id: str) -> str:
    """Put the sections of a mail together, those that have anything to say."""
    return "\n\n".join(section for section in (*sections, f"Alert {alert_id}") if section) + "\n"


def data_text(found: Dated, as_of: datetime) -> str:
    """Say up to when there is data, and from where."""
    through = found.data_through
    if through is None:
        return ""
    source = f"Cloudflare usage API {(found.source or '').upper()}"
    if through > as_of:
        return f"through today, which is not complete; {source}"
    return f"through {through - timedelta(microseconds=1):%Y-%m-%d} (UTC); {source}"


def account_lines(account: Named) -> list[tuple[str, str]]:
    """Name the account."""
    name = sanitize(account.account_name or "", 50)
    return [("Account", name or account.account_id), ("", account.account_id if name else "")]


def what_to_do(first: str, parameter: str) -> str:
    """Say what to do: first what this alert is about, then what holds for all of a budget."""
    lines = textwrap.wrap(first, WIDTH - 4)
    return "\n".join(
        [
            "What to do",
            f"  - {lines[0]}",
            *(f"    {line}" for line in lines[1:]),
            f"  - Cloudflare's own figures: {BILLING_PAGE}",
            '  - Change this budget, or silence it with "muted_until", in the',
            f"    Parameter Store parameter {parameter}",
        ]
    )


# AWS SNS: printable ASCII, no line breaks, fewer than 100 characters.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MAX_SUBJECT = 99
_REPEAT = "(possible repeat)"
_AMOUNTS = re.compile(r" \([^()]*\)$")
_AT_PERCENT = re.compile(r"(?P<what>.*?)(?P<at>(?: forecast)? at -?[\d,]+%)")
_NO_BEGINNING = "".join(chr(code) for code in range(32, 127) if not chr(code).isalnum())
_LEAST_FOOT = len(" - ") + 12  # enough of a name to tell it from others
# So long may a fact be that is never cut, whosever it is.
MAX_FACT = MAX_SUBJECT - _LEAST_FOOT


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
    decomposed = unicodedata.normalize("NFKD", sanitize(text, limit=10 * MAX_SUBJECT))
    without_accents = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(without_accents.encode("ascii", "replace").decode().split())


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - len(CUT)].rstrip()}{CUT}"


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
