"""Building blocks of Slack messages: everything escaped, everything within Slack's limits."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.pricing.price import PricedBy, prices_text
from cloudflare_budgets.domain.primitives.amount import Amount, is_bounded
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.alerts.layout import BILLING_PAGE
from cloudflare_budgets.messages.formatting import filled, format_amount, format_next_to_limit

_ELLIPSIS = "..."
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(text: str) -> str:
    """Make text mean itself in Slack's markup: `<!channel>` in a budget's name calls nobody.

    Slack asks for these three characters and no others.
    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return "".join(_ESCAPES.get(char, char) for char in text)


def shortened(text: str, limit: int) -> str:
    """Cut text that is already escaped to at most `limit` characters, never within an escape."""
    if len(text) <= limit:
        return text
    kept = text[: max(limit - len(_ELLIPSIS), 0)]
    ampersand = kept.rfind("&")
    if ampersand >= 0 and ";" not in kept[ampersand:]:
        kept = kept[:ampersand]  # every ampersand of escaped text begins an escape
    return (kept.rstrip() + _ELLIPSIS)[:limit]


def fitting_lines(lines: Sequence[str], limit: int) -> str:
    """Put lines below each other in at most `limit` characters; the last says how many were left out."""
    if len(text := "\n".join(lines)) <= limit:
        return text
    for count in range(len(lines) - 1, 0, -1):
        text = "\n".join([*lines[:count], f"... and {len(lines) - count} more"])
        if len(text) <= limit:
            return text
    return shortened("\n".join(lines), limit)


_FENCE = "```"
_BEYOND_ANY_LIMIT = 100_000


def line(text: str, limit: int) -> str:
    """Make one line of any text: escaped, and at most `limit` long as Slack gets it."""
    return shortened(escaped(sanitize(text, _BEYOND_ANY_LIMIT)), limit)


def preformatted(text: str, limit: int) -> str:
    """Make a block of monospace of any text, its lines as they are; empty when there is nothing to show."""
    room = limit - 2 * len(f"{_FENCE}\n")
    lines = [_visible(found, room) for found in text.strip("\n").splitlines()]
    if sum(len(found) + 1 for found in lines) - 1 > room:
        lines = _beginning(lines, room)
    shown = "\n".join(lines)
    return f"{_FENCE}\n{shown}\n{_FENCE}" if shown.strip() else ""


def _beginning(lines: list[str], room: int) -> list[str]:
    room -= len(f"\n... and {len(lines)} more lines")
    for count, found in enumerate(lines):
        room -= len(found) + 1
        if room < 0:
            # What does not fit is one line at least: a single one is cut rather than left out.
            shown = lines[:count] or [shortened(found, room + len(found) + 1)]
            left = len(lines) - len(shown)
            return [*shown, f"... and {left} more lines"] if left else shown
    return lines


def _visible(text: str, limit: int) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text).rstrip()
    return shortened(escaped(printable.replace(_FENCE, "'''")), limit)


# https://docs.slack.dev/reference/block-kit/blocks
MAX_HEADER = 150
MAX_SECTION = 3000

MAX_NAME = 100
_MAX_AMOUNT = 120
_BAR_WIDTH = 10
_ICONS = {"critical": "\N{POLICE CARS REVOLVING LIGHT}", "info": "\N{INFORMATION SOURCE}\ufe0f"}
_WARNING = "\N{WARNING SIGN}\ufe0f"
_COSTS = {
    "billed": "Billed costs, without fixed fees and tax",
    "estimated": "Costs estimated by {}, without fixed fees and tax",
    "mixed": "Costs partly estimated by {}, without fixed fees and tax",
}

Block = dict[str, Any]


def icon(document: Mapping[str, Any]) -> str:
    """Give the sign of an alert's severity."""
    return _ICONS.get(str(document.get("severity")), _WARNING)


def header(text: str) -> Block:
    """Make a headline of any text."""
    return {
        "type": "header",
        # `emoji` off: a name such as `:bell:` stays what somebody wrote.
        "text": {"type": "plain_text", "text": line(text, MAX_HEADER), "emoji": False},
    }


def section(lines: Iterable[str], limit: int = MAX_SECTION) -> list[Block]:
    """Make a section of lines that are escaped, without the empty ones; none when all are."""
    text = fitting_lines([found for found in lines if found], limit)
    return [{"type": "section", "text": _markup(text)}] if text else []


def facts(lines: Iterable[tuple[str, str]]) -> list[Block]:
    """Make a section of labels, each with a text that is escaped; those without a text are left out."""
    return section(f"*{label}*  {text}" for label, text in lines if text)


def footer(document: Mapping[str, Any], sent: datetime | None) -> Block:
    """Say how far the data goes, where it comes from, and which alert this is."""
    costs = _COSTS.get(str(document.get("cost_basis")), "").format(whose_prices(document))
    texts = (
        "*Possible repeat*" if is_repeat(document) else "",
        _data_text(document, sent),
        costs,
        f"<{BILLING_PAGE}|Cloudflare's own figures>",
        f"Alert {line(str(document['alert_id']), MAX_NAME)}" if document.get("alert_id") else "",
    )
    return {"type": "context", "elements": [_markup(" · ".join(text for text in texts if text))]}


def is_repeat(document: Mapping[str, Any]) -> bool:
    """Tell whether the message may have been sent before."""
    attempt = document.get("attempt")
    return isinstance(attempt, int) and attempt > 1


def read_amount(document: Mapping[str, Any]) -> Amount:
    """Read an amount of an alert: `{"amount": "41.2", "unit": "USD"}`.

    Raises:
        ArithmeticError, LookupError, TypeError, ValueError: it is none.
    """
    number = Decimal(document["amount"])
    if not is_bounded(number):
        raise ValueError("amount")
    return Amount(number, str(document["unit"]))


def shown(amount: Amount) -> str:
    """Write an amount, escaped."""
    return line(format_amount(amount), _MAX_AMOUNT)


def shown_beside(amount: Amount, limit: Amount) -> str:
    """Write an amount beside the limit it is held against, escaped."""
    return line(f"{format_next_to_limit(amount.number, limit)} {amount.unit}", _MAX_AMOUNT)


def name_of(thing: object, *keys: str) -> str:
    """Give the first name that something has, escaped; empty when it has none."""
    found = thing if isinstance(thing, Mapping) else {}
    return next((line(str(found[key]), MAX_NAME) for key in keys if found.get(key)), "")


def account_fact(document: Mapping[str, Any]) -> tuple[str, str]:
    """Name the account, by its id where it has no name."""
    return "Account", name_of(document.get("account"), "name", "id")


def whose_prices(priced: Mapping[str, Any]) -> str:
    """Name the prices that costs are estimated by, or what is billed is held against."""
    by = str(priced.get("priced_by"))
    return prices_text(PricedBy(by) if by in set(PricedBy) else None)


def bar(part: Decimal, whole: Decimal) -> str:
    """Draw how much of a whole is used, full from 100 % on."""
    full = filled(part, whole, _BAR_WIDTH)
    return "█" * full + "░" * (_BAR_WIDTH - full)


def _data_text(document: Mapping[str, Any], sent: datetime | None) -> str:
    if not document.get("data_through"):
        return ""
    through = datetime.fromisoformat(document["data_through"])
    source = f"usage API {line(str(document.get('source') or '?').upper(), MAX_NAME)}"
    if sent is not None and through > sent:
        return f"Data through today, which is not complete, {source}"
    return f"Data through {through - timedelta(microseconds=1):%Y-%m-%d} (UTC), {source}"


def _markup(text: str) -> Block:
    # `verbatim`: channels, people and addresses that somebody merely wrote are not looked up.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
