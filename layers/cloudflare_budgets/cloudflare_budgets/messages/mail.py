"""The mail of an alert: a subject that SNS accepts, and a plain text for any font."""

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cloudflare_budgets.domain.primitives.text import CUT, sanitize
from cloudflare_budgets.messages.message import Message, Section, present

# AWS SNS: printable ASCII, no line breaks, fewer than 100 characters.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MAX_SUBJECT = 99
_REPEAT = "(possible repeat)"
# What a repeat leaves out first: what follows the figures, then the figures in parentheses.
_EXTRAS = (re.compile(r"(?<=\))[^()]*$"), re.compile(r" \([^()]*\)$"))
_FIGURES = re.compile(r"(?P<what>.*?)(?P<figures> (?:over limit|passed|forecast over|within)\b.*)$")
_NO_BEGINNING = "".join(chr(code) for code in range(32, 127) if not chr(code).isalnum())
# Long enough to distinguish the names of accounts.
_LEAST_FOOT = len(" - ") + 12
# A fact of at most this length is never cut, however long the account's name is.
MAX_FACT = MAX_SUBJECT - _LEAST_FOOT


# A mail should take no more lines than this on a phone, whose screen is so many characters wide.
MAX_LINES = 25
_PHONE = 48
# What a mail leaves out first if it is longer than that; the JSON for machines has all of it.
_LEFT_OUT = ("Included", "Other causes", "Counted", "Period", "Outlook")
# What a mail leaves out too if it is then short enough: the subject names the account.
_LAST = "Account"
_TITLE = "What to do"
_MAX_DESCRIPTION = 2 * _PHONE
_THE_REST = " (see the budget)"
# The title of the section that names other alerts, and the last line of a long one.
INCLUDES = "This alert includes"
_AND_MORE = re.compile(r"- and (\d+) more")


def mail_text(message: Message, alert_id: str, description: str = "") -> str:
    """Lay out a message as the text of a mail: fact, cause, what to do, then the figures.

    Some figures are left out of a mail that would have more than MAX_LINES lines on a phone; then the line of
    the message that is the `description` of the budget is cut further, and then the account and the title
    above what to do are left out, and last all but one of the included alerts and the description.
    """
    text = _mail_text(message, alert_id)
    present_labels = {fact.label for fact in message.facts if fact.text}
    for label in (each for each in _LEFT_OUT if each in present_labels):
        if lines_on_a_phone(text) <= MAX_LINES:
            return text
        message = _without(message, label)
        text = _mail_text(message, alert_id)
    short = sanitize(description.removesuffix(_THE_REST), _PHONE - len(_THE_REST)) + _THE_REST
    if lines_on_a_phone(text) > MAX_LINES and len(description) > _PHONE:
        message = _with_line(message, description, short)
        text = _mail_text(message, alert_id)
    if lines_on_a_phone(text) <= MAX_LINES:
        return text
    fewer = _with_one_included(message)
    bare = _with_line(_with_line(fewer, short, ""), description, "")
    texts = (found for each in (message, fewer, bare) for found in _shorter(each, alert_id))
    return next((found for found in texts if lines_on_a_phone(found) <= MAX_LINES), text)


def _shorter(message: Message, alert_id: str) -> Iterator[str]:
    """Yield the mail without the account, and without the title above what to do."""
    brief = _without(message, _LAST)
    return (_mail_text(brief, alert_id, title) for title in (_TITLE, ""))


def _with_one_included(message: Message) -> Message:
    """Return the message with the first of the alerts that it includes and a count."""
    return replace(message, sections=tuple(_in_two_lines(each) for each in message.sections))


def _in_two_lines(section: Section) -> Section:
    if section.title != INCLUDES or len(section.lines) <= 2:  # noqa: PLR2004 - as the name says
        return section
    found = _AND_MORE.fullmatch(section.lines[-1])
    others = len(section.lines) - 2 + int(found[1]) if found else len(section.lines) - 1
    return replace(section, lines=(section.lines[0], and_more(others)))


def and_more(count: int) -> str:
    """Return the last line of a list that leaves some lines out."""
    return f"- and {count} more"


def _with_line(message: Message, line: str, other: str) -> Message:
    return replace(message, lead=present(other if each == line else each for each in message.lead))


def description_line(description: str) -> str:
    """Return the description of a budget as one line, cut with a note where the rest is."""
    line = sanitize(description, len(description) + 1)
    if len(line) <= _MAX_DESCRIPTION:
        return line
    return sanitize(line, _MAX_DESCRIPTION - len(_THE_REST)) + _THE_REST


def _without(message: Message, label: str) -> Message:
    return replace(message, facts=tuple(fact for fact in message.facts if fact.label != label))


def lines_on_a_phone(text: str) -> int:
    """Count the lines that a text takes on a phone, the empty ones included."""
    return sum(len(textwrap.wrap(line, _PHONE)) if len(line) > _PHONE else 1 for line in text.splitlines())


def _mail_text(message: Message, alert_id: str, title: str = _TITLE) -> str:
    facts = [f"{fact.label}: {fact.text}" for fact in message.facts if fact.text]
    footer = [text for text in message.footer if not any(text in fact for fact in facts)]
    actions = Section(
        title,
        tuple(f"- {': '.join(present((action.text, action.url)))}" for action in message.actions),
    )
    blocks = [
        [message.headline],
        message.lead,
        _section(actions),
        *(_section(section) for section in message.sections),
        [
            *facts,
            *present(("; ".join(footer), f"Alert {alert_id}")),
        ],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _section(section: Section) -> Iterable[str]:
    return present((section.title, *section.lines)) if section.lines else ()


def subject_line(text: str, whose: str = "", shorter: str = "") -> str:
    """Return a subject that SNS accepts, from any text and the name of the account.

    If both are too long, the name is cut first. Then the text is replaced by `shorter`, and then `shorter` is
    cut at its end.
    """
    fact, brief, name = (plain_ascii(each) for each in (text, shorter, whose))
    foot = f" - {name}" if name else ""
    least = min(len(foot), _LEAST_FOOT)
    fact = fact.lstrip(_NO_BEGINNING) or "Cloudflare Budgets"
    if len(fact) + least > MAX_SUBJECT:
        fact = _cut(brief.lstrip(_NO_BEGINNING) or fact, MAX_SUBJECT - least)
    return fact + _cut(foot, MAX_SUBJECT - len(fact))


def plain_ascii(text: str) -> str:
    """Replace each character beyond ASCII by a plain letter if there is one, otherwise by `?`."""
    decomposed = unicodedata.normalize("NFKD", sanitize(text, limit=10 * MAX_SUBJECT))
    without_accents = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(without_accents.encode("ascii", "replace").decode().split())


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - len(CUT)].rstrip()}{CUT}"


def repeat_subject(subject: str) -> str:
    """Return the subject of a message that may have been sent before.

    Where there is no room, what follows the figures is left out, then figures in parentheses, and then the
    name before the figures is cut.
    """
    room = MAX_SUBJECT - len(_REPEAT) - 1
    fact, dash, name = subject.rpartition(" - ")
    if not dash:
        return f"{_cut(subject, room)} {_REPEAT}"
    foot = dash + name
    least = min(len(foot), _LEAST_FOOT)
    for extra in _EXTRAS:
        if len(fact) + least > room:
            fact = extra.sub("", fact)
    if len(fact) + least > room:
        fact = _cut_before_figures(fact, room - least)
    return f"{fact}{_cut(foot, room - len(fact))} {_REPEAT}"


def _cut_before_figures(fact: str, limit: int) -> str:
    found = _FIGURES.match(fact)
    left = limit - len(found["figures"]) if found else 0
    if found and left >= _LEAST_FOOT:
        return _cut(found["what"], left) + found["figures"]
    return _cut(fact, limit)
