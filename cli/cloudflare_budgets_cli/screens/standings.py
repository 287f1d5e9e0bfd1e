"""The table of budgets, with the accounts' costs above and what needs attention below."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.domain.primitives.amount import is_currency
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.formatting import counted, format_amount, format_number
from cloudflare_budgets_cli.screens.screen import WIDE, Record, Result
from cloudflare_budgets_cli.screens.standing import (
    OVER,
    PASSED,
    UNKNOWN,
    WITHIN,
    Budget,
    Standing,
    amount_of,
)
from cloudflare_budgets_cli.screens.totals import age_text, total_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

COLUMNS = (
    "account_id", "name", "allowance_of", "level", "observed", "limit", "percent", "forecast_amount",
    "forecast_percent", "period_start", "period_end", "reason",
)  # fmt: skip
_OF_REPLY = ("name", "allowance_of", "level", "observed", "limit", "percent", "reason")
_FAILURES_SHOWN = 3
_STYLES = {OVER: "bold red", PASSED: "yellow", WITHIN: "green", UNKNOWN: "magenta"}
_BAR, _NARROW_BAR = 12, 6
_LISTED_ALLOWANCE = 50  # percent


def standings_result(
    reply: Mapping[str, Any],
    standings: Sequence[Standing],
    now: datetime,
    *,
    lists_all: bool = False,
    over: int = 0,
) -> Result:
    """Lay out the budgets of a reply in each format; the JSON is the reply.

    The table leaves out budgets below `over` percent of their limit, and allowances that are barely used
    unless it `lists_all`.
    """
    records = [_record(each) for each in standings]
    shown = [each for each in standings if lists_all or _matters(each, over)]
    return Result(reply, COLUMNS, records, lambda console: _draw(console, reply, standings, shown, now))


def _matters(standing: Standing, over: int) -> bool:
    if standing.level != WITHIN:
        return True
    least = max(over, _LISTED_ALLOWANCE if standing.budget["allowance_of"] else 0)
    return (standing.percent or 0) >= least


def headline(standings: Sequence[Standing]) -> str:
    """Return the first line: `1 of 3 budgets over limit, 1 unknown`."""
    over = sum(each.budget["level"] == OVER for each in standings)
    unknown = sum(each.budget["level"] == UNKNOWN for each in standings)
    states = [f"{over} over limit"] if over else []
    states += [f"{unknown} unknown"] if unknown else []
    return f"{counted(len(standings), 'budget')}: {', '.join(states) or 'all within their limits'}"


def _record(standing: Standing) -> Record:
    budget = standing.budget
    forecast, period = budget["forecast"] or {}, budget["period"] or {}
    return {
        "account_id": standing.account_id,
        "forecast_amount": f"{forecast['amount']} {forecast['unit']}" if forecast else None,
        "forecast_percent": forecast.get("percent_of_limit"),
        "period_start": period.get("start"),
        "period_end": period.get("end"),
        **{key: budget[key] for key in _OF_REPLY},
    }


def _draw(
    console: "Console",
    reply: Mapping[str, Any],
    standings: Sequence[Standing],
    shown: Sequence[Standing],
    now: datetime,
) -> None:
    from rich.text import Text

    for line in total_lines(reply["accounts"], now):
        console.print(Text(line, "bold"))
    style = _STYLES[OVER] if any(each.is_finding for each in standings) else _STYLES[WITHIN]
    console.print(Text(f"{headline(standings)}{_age(reply['accounts'], now)}", style))
    for account in reply["accounts"]:
        own = [each for each in shown if each.account_id == account["account_id"]]
        age = _age([account], now) if len(reply["accounts"]) > 1 else ""
        console.print(Text(f"\n{_title(account)}{age}", "dim"))
        if own:
            console.print(_table(own, is_narrow=console.width < WIDE))
    if hidden := len(standings) - len(shown):
        console.print(Text(f"{counted(hidden, 'more line')} within the limit: --all", "dim"))
    for note in dict.fromkeys(_notes(reply, standings)):
        console.print(Text(note))


def _age(accounts: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """Return how old the oldest stored standing is; nothing for the reply of a check."""
    checked = min((each["as_of"] for each in accounts if "as_of" in each), default=None)
    return f", checked {age_text(now - datetime.fromisoformat(checked))}" if checked else ""


def _title(account: Mapping[str, Any]) -> str:
    name = account.get("account_name")
    parts = [
        f"account {sanitize(name, 60)} ({account['account_id']})"
        if name
        else f"account {account['account_id']}"
    ]
    through = str(account["data_through"] or "").replace("T", " ").replace(":00Z", " UTC")
    parts.append(f"data through {through}" if through else "no usage")
    return ", ".join(parts)


def _notes(reply: Mapping[str, Any], standings: Sequence[Standing]) -> Iterator[str]:
    for each in standings:
        if entry := each.budget.get("acknowledged"):
            note = f": {sanitize(entry['note'], 200)}" if entry["note"] else ""
            yield f"{_name(each.budget)}: acknowledged by {sanitize(entry['by'])}{note}"
    unknown = [each.budget for each in standings if each.budget["level"] == UNKNOWN and each.budget["reason"]]
    for budget in unknown:
        yield f"{_name(budget)}: {sanitize(budget['reason'], 500)}"
    for place in (*reply["accounts"], reply):
        for problem in place["problems"]:
            if any(budget["reason"] in problem["message"] for budget in unknown):
                continue
            yield f"{problem['kind']}: {sanitize(problem['message'], 500)}"
    for failure in reply.get("failures", ())[:_FAILURES_SHOWN]:
        yield f"failed: {sanitize(failure, 500)}"


def _table(standings: Sequence[Standing], *, is_narrow: bool) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 0, 0, 1) if is_narrow else (0, 1))
    table.add_column("Budget", overflow="fold", min_width=18)
    table.add_column("Level", no_wrap=not is_narrow, max_width=11 if is_narrow else None)
    table.add_column("", no_wrap=True)
    for title in ("%", "Used", "of") if is_narrow else ("%", "Used", "of", "Forecast"):
        table.add_column(title, justify="right")
    count = 3 if is_narrow else 4
    for each in standings:
        style = _STYLES.get(each.level, "yellow")
        bar = _bar(each.percent, style, _NARROW_BAR if is_narrow else _BAR)
        level = Text(each.level_text, style)
        table.add_row(Text(_name(each.budget)), level, bar, *map(Text, _figures(each)[:count]))
    return table


def _figures(standing: Standing) -> tuple[str, str, str, str]:
    budget, forecast = standing.budget, standing.budget["forecast"]
    limit = amount_of(budget["limit"])
    used = amount_of(budget["observed"])
    return (
        f"{int(standing.percent):,}" if standing.percent is not None else "?",
        format_number(used.number, used.unit) if used else "?",
        format_amount(limit) if limit else str(budget["limit"]),
        format_number(Decimal(forecast["amount"]), _rounded(forecast["unit"])) if forecast else "",
    )


def _rounded(unit: str) -> str:
    return unit if is_currency(unit) else ""


def _bar(percent: Decimal | None, style: str, width: int) -> "Text":
    from rich.text import Text

    full = min(int((percent or 0) * width / 100), width)
    return Text("━" * full, style).append("╌" * (width - full), "dim")


def _name(budget: Budget) -> str:
    metric = budget["allowance_of"]
    return sanitize(f"{budget['name']}: {metric}" if metric else budget["name"], 100)
