"""The message of one alert: what every channel lays out, built once from facts.

An alert is published with its message (the attribute `message`), so that a subscriber only deserializes it
and lays it out. Alerts that were queued without one are posted as the text of their mail.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.size_limits import MAX_MESSAGE, json_text, size

_MAX_EXPONENT = 100  # of a percentage; more digits would make a text of any length


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with its label, for channels that have room: `Period`, `1 to 30 Nov 2026 (UTC)`."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """Lines below a title, such as the budgets of an account; the title may be empty."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """What the reader can do: in a sentence, and in a few words where there is little room.

    An action without `short` is left out there. `url` is where a link leads, if the action has one.
    """

    text: str
    short: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """The text of one alert, the most important part first.

    `percent` is how much of a limit is used, for channels that draw a bar. `facts` are left out
    where there is little room. `footer` states how recent the data is, and how costs are estimated. `brief`
    is the headline in few words, for the message of another alert that includes this one.
    """

    headline: str
    account: str = ""
    percent: Decimal | None = None
    lead: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    sections: tuple[Section, ...] = ()
    facts: tuple[Fact, ...] = ()
    footer: tuple[str, ...] = ()
    brief: str = ""


def present(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that are not empty."""
    return tuple(text for text in texts if text)


def message_json(message: Message) -> str:
    """Serialize a message within MAX_MESSAGE; sections that do not fit are left out and counted.

    Returns:
        an empty text if the message is too long even without sections: channels then post the mail's text.
    """
    text, kept = _json(message), len(message.sections)
    while size(text) > MAX_MESSAGE and kept:
        kept = kept * 3 // 4
        more = Section("", (f"and {len(message.sections) - kept:,} more, in the mail",))
        text = _json(replace(message, sections=(*message.sections[:kept], more)))
    return text if size(text) <= MAX_MESSAGE else ""


def _json(message: Message) -> str:
    return json_text(
        {
            "headline": message.headline,
            "account": message.account,
            "percent": None if message.percent is None else plain(message.percent),
            "lead": message.lead,
            "actions": [(action.text, action.short, action.url) for action in message.actions],
            "sections": [(section.title, section.lines) for section in message.sections],
            "facts": [(fact.label, fact.text) for fact in message.facts if fact.text],
            "footer": message.footer,
            "brief": message.brief,
        }
    )


def parse_message(text: object) -> Message | None:
    """Deserialize a message; `None` for a text that is not one, such as that of a later version."""
    try:
        found = json.loads(text)  # type: ignore[arg-type]
        return Message(
            str(found["headline"]),
            str(found["account"]),
            None if found["percent"] is None else _number(found["percent"]),
            _texts(found["lead"]),
            tuple(Action(*_texts(each)) for each in found["actions"]),
            tuple(Section(str(title), _texts(lines)) for title, lines in found["sections"]),
            tuple(Fact(*_texts(each)) for each in found["facts"]),
            _texts(found["footer"]),
            str(found.get("brief") or ""),  # absent in what an earlier version published
        )
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
        return None


def _texts(found: Any) -> tuple[str, ...]:  # noqa: ANN401 - any JSON
    if not isinstance(found, list):
        raise TypeError("texts")
    return tuple(str(each) for each in found)


def _number(text: object) -> Decimal:
    number = Decimal(str(text))
    if not number.is_finite() or abs(number.adjusted()) > _MAX_EXPONENT:
        raise ValueError("percent")
    return number


# Attributes of a published alert: the alerts of the same check that its Slack message shows too, and the
# id of the alert whose Slack message shows it.
MENTIONS = "mentions"
MENTIONED_IN = "mentioned_in"


@dataclass(frozen=True, slots=True)
class Mention:
    """A line about another alert of the same check, for channels that show both in one message."""

    alert_id: str
    type: str
    severity: str
    headline: str


_MAX_HEADLINE = 200
# Slack shows all lines in one section of 3,000 characters, and escapes some characters.
# https://docs.slack.dev/reference/block-kit/blocks/section-block
_MAX_LINES = 2_800
_LONGEST_ESCAPE = len("&amp;")
_LINE_OVERHEAD = len("\N{POLICE CARS REVOLVING LIGHT} \n") + 1
MAX_MENTIONS = 8_000  # bytes of the serialized attribute


def mention(alert_id: str, kind: str, severity: str, headline: str) -> Mention:
    """Return the line about an alert, its headline cut to 200 characters."""
    return Mention(alert_id, kind, severity, sanitize(headline, _MAX_HEADLINE))


def mentions_json(mentions: Sequence[Mention]) -> str:
    """Serialize mentions as ASCII; empty if there are none or they do not fit into one message."""
    escapes = sum(each.headline.count(char) for each in mentions for char in "&<>")
    lines = sum(len(each.headline) + _LINE_OVERHEAD for each in mentions) + escapes * _LONGEST_ESCAPE
    text = json.dumps([_mention_fields(each) for each in mentions], separators=(",", ":"))
    return text if mentions and lines <= _MAX_LINES and len(text) <= MAX_MENTIONS else ""


def _mention_fields(found: Mention) -> dict[str, str]:
    return {
        "alert_id": found.alert_id,
        "type": found.type,
        "severity": found.severity,
        "headline": found.headline,
    }


def parse_mentions(text: object) -> tuple[Mention, ...]:
    """Deserialize mentions; none for a text that contains no list of them."""
    try:
        found = json.loads(text)  # type: ignore[arg-type]
        keys = ("alert_id", "type", "severity", "headline")
        return tuple(Mention(*(str(each[key]) for key in keys)) for each in found)
    except (LookupError, TypeError, ValueError, RecursionError):
        return ()
