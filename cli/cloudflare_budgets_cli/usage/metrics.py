"""The list of metrics that a scope may name: the account's, and those of the price list."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.pricing.price import Price
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.messages.formatting import format_amount, metric_name
from cloudflare_budgets_cli.screens.screen import WIDE, Record, Result

if TYPE_CHECKING:
    from rich.console import Console

_COLUMNS = ("metric_id", "name", "product_family", "unit", "included", "is_used")


def metrics_result(context: EvaluationContext) -> Result:
    """Lay out every metric, those that the account uses first."""
    used: dict[str, Record] = {}
    for series, charges in context.usage.series.items():
        price = context.prices.find(series.metric_id, series.metric_name, series.product_family)
        used.setdefault(
            series.metric_id,
            _record(series.metric_id, series.metric_name, series.product_family, charges[0].consumed_unit)
            | {"included": _included(price), "is_used": "true"},
        )
    known = {context.prices.known_as(metric_id) for metric_id in used}
    others = {
        price.metric_id: _record(price.metric_id, price.name, price.family, price.units[0])
        | {"included": _included(price), "is_used": "false"}
        for price in context.prices.prices.values()
        if price.metric_id not in known
    }
    records = [*_sorted(used), *_sorted(others)]
    return Result({"metrics": records}, _COLUMNS, records, lambda console: _draw(console, records))


def _record(metric_id: str, name: str | None, family: str | None, unit: str) -> dict[str, str | None]:
    return {"metric_id": metric_id, "name": name, "product_family": family, "unit": unit}


def _included(price: Price | None) -> str | None:
    if price is None or not price.included:
        return None
    return format_amount(Amount(price.included, price.units[0]))


def _sorted(records: Mapping[str, Record]) -> list[Record]:
    return [records[metric_id] for metric_id in sorted(records)]


def _draw(console: "Console", records: list[Record]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Metric id", overflow="fold")
    if console.width >= WIDE:
        table.add_column("Name")
    for title in ("Unit", "Included", "Used"):
        table.add_column(title)
    for each in records:
        name = [metric_name(each["name"] or "", 40)] if console.width >= WIDE else []
        cells: list[Any] = [each["metric_id"], *name, each["unit"]]
        cells += [each["included"] or "", "yes" if each["is_used"] == "true" else ""]
        table.add_row(*(Text(str(cell)) for cell in cells))
    console.print(table)
