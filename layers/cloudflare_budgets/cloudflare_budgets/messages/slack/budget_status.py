"""The Slack messages that say where budgets stand: what is over, what a period came to, the digest."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cloudflare_budgets.domain.primitives.amount import percent_reached
from cloudflare_budgets.messages.slack.blocks import (
    MAX_NAME,
    MAX_SECTION,
    Block,
    account_fact,
    bar,
    escaped,
    facts,
    footer,
    header,
    icon,
    line,
    name_of,
    read_amount,
    section,
    shown,
    shown_beside,
)

_RESOLVED = "\N{WHITE HEAVY CHECK MARK}"
_MAX_REASON = 160
_MAX_STANDINGS = 2500
_MAX_ACCOUNTS = 12
_ROOM = 5000  # for all accounts of a digest
_MAX_PROBLEMS = 1500
_WHY = {
    "limit_raised": "The limit was changed.",
    "thresholds_changed": (
        "The limit is the same, and the threshold that was told is still reached: it is none of the budget's "
        "thresholds any more."
    ),
    "usage_restated": (
        "The limit is the same: Cloudflare has restated its usage downwards, or the budget counts less of it."
    ),
    "problem_gone": "This problem is gone.",
}
_LATE = "Usage that arrives late may still change it a little; the invoice has the last word."
_ESTIMATED = {"estimated": ", estimated", "mixed": ", partly estimated"}
# Nothing that could end the link, or begin another.
_URL = re.compile(r"https://[!-;=?-{}~]+")


def resolved_blocks(document: Mapping[str, Any], subject: str, sent: datetime | None) -> list[Block]:
    """Say that what an earlier alert told is over, and why.

    Raises:
        ArithmeticError, LookupError, TypeError, ValueError, AttributeError: the document is another one.
    """
    standing, problem = document.get("standing"), document.get("problem")
    period = standing["period"] if standing else None
    return [
        header(f"{_RESOLVED} {subject}"),
        *section([_standing(standing) if standing else "", _WHY[document["reason"]]]),
        *facts(
            [
                ("Kind", name_of(problem, "kind")),
                ("About", name_of(problem, "subject")),
                ("Period", _dates(period) if period else ""),
                account_fact(document),
                ("Ends", f"alert {line(str(document['resolves']), MAX_NAME)}"),
            ]
        ),
        footer(document, sent),
    ]


def period_closed_blocks(document: Mapping[str, Any], subject: str, sent: datetime | None) -> list[Block]:
    """Say what a period came to, budget by budget.

    Raises:
        ArithmeticError, LookupError, TypeError, ValueError, AttributeError: the document is another one.
    """
    return [
        header(f"{icon(document)} {subject}"),
        *_standings([], document, _MAX_STANDINGS),
        *facts([("Period", _dates(document["period"])), account_fact(document)]),
        *section([_LATE]),
        footer(document, sent),
    ]


def digest_blocks(document: Mapping[str, Any], subject: str, sent: datetime | None) -> list[Block]:
    """Say where every budget stands, and that somebody looks.

    Raises:
        ArithmeticError, LookupError, TypeError, ValueError, AttributeError: the document is another one.
    """
    accounts = document["accounts"]
    told = accounts[:_MAX_ACCOUNTS]
    problems = [f"• {name_of(each, 'kind')}: {_reason(each['message'])}" for each in document["problems"]]
    left = len(accounts) - len(told) + document.get("more_accounts", 0)
    return [
        header(f"{icon(document)} {subject}"),
        *section([_proof_of_life(document)]),
        *(block for account in told for block in _account(account, _ROOM // len(told))),
        *section([f"... and {left:,d} more accounts" if left else ""]),
        *section(["*Problems*", *problems] if problems else [], _MAX_PROBLEMS),
        *section([_link(document.get("report_url"))]),
        footer(document, sent),
    ]


def _proof_of_life(document: Mapping[str, Any]) -> str:
    checks, alerts = document["checks"], document["alerts"]
    sent = f"{alerts:,d} {'alert' if alerts == 1 else 'alerts'} sent" if alerts else "nothing to report"
    undone = f"; {checks['incomplete']:,d} more left something undone" if checks["incomplete"] else ""
    since = datetime.fromisoformat(document["since"])
    complete = f"{checks['complete']:,d} {'check' if checks['complete'] == 1 else 'checks'}"
    return f"{complete} since {since:%Y-%m-%d}, {sent}{undone}"


def _account(account: Mapping[str, Any], room: int) -> list[Block]:
    through = account.get("data_through")
    last = datetime.fromisoformat(through) - timedelta(microseconds=1) if through else None
    data = f" · data through {last:%Y-%m-%d}" if last else ""
    title = f"*{name_of(account['account'], 'name', 'id')}*{data}"
    return _standings([title], account, min(room, MAX_SECTION))


def _standings(before: list[str], document: Mapping[str, Any], room: int) -> list[Block]:
    """List budgets, as many as fit; those that are not in the document count as well."""
    lines = [_standing(each) for each in document["budgets"]]
    for count in range(len(lines), -1, -1):
        left = len(lines) - count + document["more"]
        shown_lines = [*before, *lines[:count], *([f"... and {left:,d} more"] if left else [])]
        if len("\n".join(shown_lines)) <= room:
            return section(shown_lines)
    return section(before)


def _standing(standing: Mapping[str, Any]) -> str:
    budget, observed = standing["budget"], standing.get("observed")
    name = name_of(budget, "name") + (
        f", {name_of(budget, 'allowance_of')}" if budget.get("allowance_of") else ""
    )
    muted = standing.get("muted_until")
    quiet = f", muted until {datetime.fromisoformat(muted):%Y-%m-%d}" if muted else ""
    reason = f" ({_reason(standing['reason'])})" if standing.get("reason") else ""
    if not observed:
        return f"? {name}: not known{quiet}{reason}"
    used, limit = read_amount(observed), read_amount(budget["limit"])
    percent = f"{percent_reached(used.number, limit.number):,f}%"
    estimated = _ESTIMATED.get(str(standing.get("cost_basis")), "")
    unknown = reason if standing.get("status") == "unknown" else ""
    amounts = f"{shown_beside(used, limit)} of {shown(limit)}{estimated}{quiet}{unknown}"
    return f"{bar(used.number, limit.number)} {percent} {name}: {amounts}"


def _dates(period: Mapping[str, Any]) -> str:
    start, end = datetime.fromisoformat(period["start"]), datetime.fromisoformat(period["end"])
    return f"{start:%Y-%m-%d} to {end - timedelta(microseconds=1):%Y-%m-%d} (UTC)"


def _reason(text: object) -> str:
    return line(str(text), _MAX_REASON)


def _link(url: object) -> str:
    # An address that is cut leads nowhere, so one that does not fit is left out.
    link = f"<{escaped(str(url))}|Report with charts>, for some hours"
    return link if url and _URL.fullmatch(str(url)) and len(link) <= MAX_SECTION else ""
