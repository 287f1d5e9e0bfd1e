"""Subjects of mails: what SNS takes, with the percentage and whose it is kept as long as there is room."""

import re
import unicodedata

from cloudflare_budgets.domain.wording import CUT, one_line

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
    decomposed = unicodedata.normalize("NFKD", one_line(text, limit=10 * MAX_SUBJECT))
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
