"""The Slack messages that say a metric is out of line, or new."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cloudflare_budgets.domain.budgets.budget import PLACES
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.formatting import format_amount, format_number
from cloudflare_budgets.messages.slack.blocks import (
    MAX_NAME,
    Block,
    account_fact,
    facts,
    footer,
    header,
    icon,
    line,
    name_of,
    read_amount,
    section,
    shown,
)

_A_FACTOR = 10
_METRIC = 60
_MEANT = "Is that meant? If not, stop its cause. Usage comes a day late: it may be going on as you read this."
_MEANT_TO_BE_USED = "Is the product meant to be in use? If not, see who switched it on."


def spike_blocks(document: Mapping[str, Any], sent: datetime | None) -> list[Block]:
    """Say how far out of line a metric is, and what it will cost if it goes on.

    Raises:
        ArithmeticError, LookupError, TypeError, ValueError, AttributeError: the document is another one.
    """
    observed = read_amount(document["observed"])
    usual = _optional(document.get("usual"))
    usually = f", usually {line(format_number(usual.number, usual.unit), MAX_NAME)}" if usual else ""
    return [
        header(f"{icon(document)} {_metric(document)} at {_times(observed, usual)}"),
        *section([f"*{shown(observed)}* on {_day(document['day'])}{usually}", _MEANT]),
        *_facts(document, "more than usual" if usual else "by its price"),
        footer(document, sent),
    ]


def new_metric_blocks(document: Mapping[str, Any], sent: datetime | None) -> list[Block]:
    """Say what is in use for the first time, and what it will cost if it goes on.

    Raises:
        ArithmeticError, LookupError, TypeError, ValueError, AttributeError: the document is another one.
    """
    observed = read_amount(document["observed"])
    return [
        header(f"{icon(document)} New metric in use: {_metric(document)}"),
        *section([f"*{shown(observed)}* on {_day(document['day'])}", _MEANT_TO_BE_USED]),
        *_facts(document, "by its price"),
        footer(document, sent),
    ]


def _facts(document: Mapping[str, Any], compared: str) -> list[Block]:
    worth, later = _optional(document.get("worth")), _optional(document.get("if_it_goes_on"))
    return facts(
        [
            (
                "Worth",
                f"{shown(worth)} a day {compared}, no allowance left" if worth else "no price is known",
            ),
            ("In 30 days", f"{shown(later)}, if it goes on" if later else ""),
            ("Since", _since(document)),
            ("Where", _where(document)),
            account_fact(document),
            ("Budget", name_of(document.get("budget"), "name")),
        ]
    )


def _metric(document: Mapping[str, Any]) -> str:
    metric = document["metric"]
    return sanitize(str(metric.get("name") or metric["metric_id"]), _METRIC)


def _times(observed: Amount, usual: Amount | None) -> str:
    if usual is None or not usual.number:
        return f"{format_amount(observed)}, where none is usual"
    times = observed.number / usual.number
    return f"{times:,.0f} times the usual" if times >= _A_FACTOR else f"{times:,.1f} times the usual"


def _since(document: Mapping[str, Any]) -> str:
    days = document.get("days")
    more = f", {days} days out of line" if isinstance(days, int) and days > 1 else ""
    return f"{_day(document['since'])}{more}"


def _where(document: Mapping[str, Any]) -> str:
    scope = document["budget"]["scope"]
    named = (f"{key} {', '.join(map(str, scope[key]))}" for key in PLACES if scope.get(key))
    return line("; ".join(named), MAX_NAME)


def _day(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d}"


def _optional(amount: Mapping[str, Any] | None) -> Amount | None:
    return read_amount(amount) if amount else None
