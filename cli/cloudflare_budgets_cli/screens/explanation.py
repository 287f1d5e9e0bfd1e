"""The screen of `why`: a budget, its thresholds, what was sent, and who gets its alerts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.primitives.amount import is_currency
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.budget_text import scope_text
from cloudflare_budgets.messages.formatting import counted, dates, format_amount, format_number, percent_text
from cloudflare_budgets_cli.screens.screen import Record, Result
from cloudflare_budgets_cli.screens.standing import Standing, amount_of
from cloudflare_budgets_cli.screens.totals import age_text

if TYPE_CHECKING:
    from rich.console import Console

_COLUMNS = (
    "account_id", "allowance_of", "threshold", "amount", "state", "missing", "sent_at", "alert_id",
    "acknowledged_by",
)  # fmt: skip
_SHORT = 8  # digits of an alert's id
_OTHERS_SHOWN = 5
_ALL = Decimal(100)  # percent


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known about one budget.

    `thresholds` are in the order of `standings`. `others` are messages about no threshold of the current
    period, newest first. `listeners` have `kind`, `name` and `state`.
    `state_file` is the file of `check --state`; `None` for a budget of the stack.
    """

    budget: Budget
    standings: Sequence[Standing]
    thresholds: Sequence[Record]
    others: Sequence[Record]
    listeners: Sequence[Record]
    now: datetime
    state_file: Path | None = None


def explanation_result(found: Explanation) -> Result:
    """Lay out an explanation in each format; the rows of the CSV are the thresholds."""
    document: Mapping[str, Any] = {
        "budget": found.budget.name,
        "standings": [{"account_id": each.account_id, **each.budget} for each in found.standings],
        "thresholds": found.thresholds,
        "other_alerts": found.others,
        "listeners": found.listeners,
    }
    return Result(document, _COLUMNS, found.thresholds, lambda console: _draw(console, found))


def _draw(console: "Console", found: Explanation) -> None:
    from rich.text import Text

    budget = found.budget
    title = f"{budget.name}: {budget.limit_text} per {budget.period.replace('_', ' ')}, {scope_text(budget)}"
    console.print(Text(title, "bold"))
    for line in _budget_lines(found):
        console.print(Text(line))
    for standing in found.standings:
        console.print()
        _draw_standing(console, standing, found)
    for line in (*_others(found.others, budget.name), *_listeners(found)):
        console.print(Text(line))


def _budget_lines(found: Explanation) -> Iterator[str]:
    budget = found.budget
    if budget.description:
        yield sanitize(budget.description, 500)
    if not budget.enabled:
        yield "Disabled: checks do not evaluate this budget"
    elif not found.standings:
        step = f"check --state {found.state_file}" if found.state_file else "status --now"
        yield f"No check has evaluated this budget yet; `cloudflare-budgets {step}` evaluates it"
    rules = ", ".join(each.replace("_", " ") for each in budget.alert_on)
    yield f"Also alerts on: {rules}" if rules else "Spikes and new metrics are not alerted (`alert_on`)"


def _draw_standing(console: "Console", standing: Standing, found: Explanation) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    for line in _standing_lines(standing, found.now):
        console.print(Text(line))
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("Threshold", "Amount", "State", "Sent (UTC)", "Alert"):
        table.add_column(name, justify="right" if name == "Amount" else "left")
    about = (standing.account_id, standing.budget["allowance_of"])
    for record in found.thresholds:
        if (record["account_id"], record["allowance_of"]) == about:
            table.add_row(*_row(record))
    console.print(table)


def _row(record: Record) -> Iterator[Any]:
    from rich.text import Text

    is_passed = record["state"] == "passed"
    state = f"{record['missing']} missing" if record["missing"] else str(record["state"])
    acknowledged = f", acknowledged by {record['acknowledged_by']}" if record["acknowledged_by"] else ""
    yield Text(str(record["threshold"]))
    yield Text(str(record["amount"]))
    yield Text(state, "yellow" if is_passed else "")
    yield Text(_minute(record["sent_at"]) or ("not sent" if is_passed else ""))
    yield Text(f"{str(record['alert_id'] or '')[:_SHORT]}{acknowledged}")


def _standing_lines(standing: Standing, now: datetime) -> Iterator[str]:
    budget, percent = standing.budget, standing.percent
    metric = f"{budget['allowance_of']}: " if budget["allowance_of"] else ""
    share = f" ({percent_text(percent, _ALL)})" if percent is not None else ""
    used, limit = amount_of(budget["observed"]), amount_of(budget["limit"])
    of = format_amount(limit) if limit else budget["limit"]
    amount = format_number(used.number, used.unit) if used else "unknown"
    yield f"{metric}{amount} of {of}{share}, {standing.level_text}"
    period = f", {dates(standing.period)} (UTC)" if standing.period else ""
    yield f"Account {standing.account_id}{period}, checked {age_text(now - standing.checked)}"
    yield _forecast(budget["forecast"])
    if budget["low"] and budget["high"]:
        yield f"Estimated: between {budget['low']} and {budget['high']}"
    if budget["provisional"]:
        yield f"With usage that is not billed yet: {budget['provisional']['amount']}"
    if budget["muted_until"]:
        yield f"Muted until {_minute(budget['muted_until'])} UTC"
    if budget["reason"]:
        yield f"Note: {sanitize(budget['reason'], 500)}"


def _forecast(forecast: Mapping[str, Any] | None) -> str:
    if not forecast:
        return "No forecast: too few complete days, or nothing to forecast"
    unit = forecast["unit"]
    amount, low, high = (
        format_number(Decimal(forecast[key]), unit if is_currency(unit) else "") if forecast[key] else ""
        for key in ("amount", "low", "high")
    )
    between = f", between {low} and {high}" if low and high else ""
    share = percent_text(Decimal(forecast["percent_of_limit"]), _ALL)
    return f"Forecast for the end of the period: {amount} {unit} ({share}){between}"


def _others(records: Sequence[Record], name: str) -> Iterator[str]:
    if not records:
        return
    yield "Other alerts about this budget:"
    for each in records[:_OTHERS_SHOWN]:
        alert_id = str(each["alert_id"])[:_SHORT]
        yield f"  {_minute(each['sent_at'])}  {alert_id}  {sanitize(str(each['subject']), 200)}"
    if len(records) > _OTHERS_SHOWN:
        more = counted(len(records) - _OTHERS_SHOWN, "more alert")
        yield f"  and {more}: cloudflare-budgets history --budget {name}"


def _listeners(found: Explanation) -> Iterator[str]:
    records = found.listeners
    if found.state_file:
        yield "Alerts go where `check` sends them: --notify-slack or --notify-command"
    elif any(each["state"] in ("confirmed", "gets alerts") for each in records):
        yield "Alerts go to:"
    else:
        yield "Alerts are held, since no subscription is confirmed: follow the link in the confirmation mail"
    for each in records:
        yield f"  {each['kind']} {each['name']}: {each['state']}"


def _minute(text: str | None) -> str:
    """Shorten an instant to its minute: `2026-11-22 10:00`."""
    return (text or "").replace("T", " ")[:16]
