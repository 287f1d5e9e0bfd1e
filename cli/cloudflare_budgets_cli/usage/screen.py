"""The screen of `usage`: the total so far, then rows by metric, product, zone or region."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.domain.evaluation.measurement import CostBasis
from cloudflare_budgets.domain.pricing.price import Price
from cloudflare_budgets.domain.primitives.amount import percent_reached, plain
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.formatting import (
    counted,
    dates,
    day_text,
    format_amount,
    format_number,
    metric_name,
    percent_text,
    unit_text,
)
from cloudflare_budgets_cli.screens.screen import WIDE, Record, Result
from cloudflare_budgets_cli.settings import Grouping
from cloudflare_budgets_cli.usage.summary import Line, Summary

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_BASIS = {CostBasis.ESTIMATED: ", estimated by list prices", CostBasis.MIXED: ", partly estimated"}
_COLUMNS = (
    "metric_id", "name", "product", "quantity", "unit", "allowance", "allowance_used_percent",
    "cost", "currency", "is_estimated",
)  # fmt: skip


def usage_result(summary: Summary, grouping: Grouping, *, lists_all: bool = True) -> Result:
    """Lay out a summary of usage in each format; the table may leave out what costs nothing."""
    records = [_record(line) for line in summary.lines]
    columns = _COLUMNS if grouping is Grouping.METRIC else ("name", "cost", "currency", "is_estimated")
    return Result(
        _document(summary, records),
        columns,
        [{key: record[key] for key in columns} for record in records],
        lambda console: _draw(console, summary, grouping, lists_all=lists_all),
    )


def headline(summary: Summary) -> str:
    """Return the total so far: `196.20 USD, partly estimated, from 5 Nov to 4 Dec 2026 (UTC)`."""
    amount = format_amount(summary.total) if summary.total else "Cost unknown"
    basis = _BASIS.get(summary.basis, "") if summary.basis else ""
    kind = "billing period" if summary.window.is_cycle else "UTC"
    return f"{amount} so far{basis}; {dates(summary.window.period)} ({kind})"


def _document(summary: Summary, records: list[Record]) -> Mapping[str, Any]:
    usage, window = summary.usage, summary.window
    return {
        "account_id": usage.account_id,
        "account_name": usage.account_name,
        "source": usage.source,
        "data_through": utc_text(usage.data_through) if usage.data_through else None,
        "period": {"start": utc_text(window.period.start), "end": utc_text(window.period.end)},
        "total": str(summary.total) if summary.total else None,
        "cost_basis": summary.basis.value if summary.basis else None,
        "incomplete": summary.gap.reason if summary.gap else None,
        "lines": records,
    }


def _record(line: Line) -> Record:
    use = line.allowance
    return {
        "metric_id": line.metric_id,
        "name": line.name,
        "product": line.product,
        "quantity": plain(line.quantity.number) if line.quantity else None,
        "unit": line.quantity.unit if line.quantity else None,
        "allowance": plain(use.included) if use else None,
        "allowance_used_percent": plain(percent_reached(use.used, use.included)) if use else None,
        "cost": plain(line.cost.number) if line.cost else None,
        "currency": line.cost.unit if line.cost else None,
        "is_estimated": "true" if line.is_estimated else "false",
    }


def _draw(console: "Console", summary: Summary, grouping: Grouping, *, lists_all: bool) -> None:
    usage = summary.usage
    lines = [line for line in summary.lines if lists_all or _matters(line)]
    name = sanitize(usage.account_name or usage.account_id, 60)
    through = f"data through {day_text(usage.data_through)}" if usage.data_through else "no usage yet"
    console.print(f"{name}: {headline(summary)}", style="bold", markup=False)
    console.print(f"usage API {usage.source}, {through}\n", style="dim", markup=False)
    if lines:
        console.print(_table(lines, grouping, is_narrow=console.width < WIDE))
    if hidden := len(summary.lines) - len(lines):
        text = f"{counted(hidden, 'more line')} without cost, below half of the allowance: usage --all"
        console.print(text, style="dim", markup=False)
    if summary.gap:
        console.print(f"\nIncomplete: {summary.gap.reason}", markup=False)


def _matters(line: Line) -> bool:
    use = line.allowance
    return line.cost is None or bool(line.cost.number) or (use is not None and 2 * use.used >= use.included)


def _table(lines: Sequence[Line], grouping: Grouping, *, is_narrow: bool) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=False)
    by_metric = grouping is Grouping.METRIC
    table.add_column(grouping.value.capitalize(), ratio=2 if by_metric else None)
    if by_metric:
        if not is_narrow:
            table.add_column("Product", style="dim")
        table.add_column("Used", justify="right")
        table.add_column("Allowance", justify="right")
        if not is_narrow:
            table.add_column("Price", justify="right", style="dim")
    table.add_column("Cost so far", justify="right")
    for line in lines:
        table.add_row(*(_cells(line, is_narrow=is_narrow) if by_metric else (_text(line.name), _cost(line))))
    return table


def _cells(line: Line, *, is_narrow: bool) -> tuple[Any, ...]:
    quantity = format_amount(line.quantity) if line.quantity else ""
    product = () if is_narrow else (_text(line.product or ""),)
    price = () if is_narrow else (_text(price_text(line.price)),)
    name = _text(metric_name(line.name))
    return (name, *product, _text(quantity), _allowance(line), *price, _cost(line))


def _allowance(line: Line) -> Any:  # noqa: ANN401 - rich's text
    use = line.allowance
    if use is None:
        return _text("")
    style = "red" if use.used >= use.included else ""
    return _text(f"{percent_text(use.used, use.included)} used", style)


def _cost(line: Line) -> Any:  # noqa: ANN401 - rich's text
    if line.cost is None:
        return _text("unknown")
    return _text(f"{'~' if line.is_estimated else ''}{format_amount(line.cost)}")


def _text(text: str, style: str = "") -> Any:  # noqa: ANN401 - rich's text
    from rich.text import Text

    return Text(sanitize(text, 120) if text else "", style)


def price_text(price: Price | None) -> str:
    """Format a price: `0.30 USD per 1,000,000`; empty if the price is not known."""
    if price is None or not price.tiers:
        return ""
    amount, *others = price.tiers
    more = " and less beyond" if others else ""
    per = "" if price.per == Decimal(1) else f" per {format_number(price.per, '')}"
    unit = f" {unit_text(price.units[0])}" if price.units else ""
    return f"{plain(amount.amount)} {price.currency}{per}{unit if per else ' per' + unit}{more}"
