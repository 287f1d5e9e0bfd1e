"""The blocks that our Slack messages are made of, and what the messages of all kinds have in common."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.amount import Amount, is_bounded
from cloudflare_budgets.domain.mail import BILLING_PAGE
from cloudflare_budgets.domain.priced_by import PricedBy, prices_text
from cloudflare_budgets.domain.slack_lines import line
from cloudflare_budgets.domain.slack_text import fitting_lines
from cloudflare_budgets.domain.wording import amount_text, figure_beside, filled

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
    return line(amount_text(amount), _MAX_AMOUNT)


def shown_beside(amount: Amount, limit: Amount) -> str:
    """Write an amount beside the limit it is held against, escaped."""
    return line(f"{figure_beside(amount.number, limit)} {amount.unit}", _MAX_AMOUNT)


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
