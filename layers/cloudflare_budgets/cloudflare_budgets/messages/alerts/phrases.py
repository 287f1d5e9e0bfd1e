"""Phrases shared by several alerts: budget status, forecast, estimate and allowances."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from cloudflare_budgets.domain.alerts.crossing import Crossing
from cloudflare_budgets.domain.evaluation.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.evaluation.measurement import CostBasis
from cloudflare_budgets.domain.evaluation.remainder import DAYS_FOR_FORECAST
from cloudflare_budgets.domain.pricing.price import priced_by, prices_text
from cloudflare_budgets.domain.primitives.amount import Amount, percent_reached
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.formatting import (
    bar,
    format_amount,
    format_next_to_limit,
    format_number,
    rough,
    whole_percent,
)

_LEAST_LINE = 24
_ESTIMATED = {CostBasis.BILLED: "", CostBasis.ESTIMATED: ", estimated", CostBasis.MIXED: ", partly estimated"}


def budget_line(evaluation: Evaluation) -> str:
    """Name a budget in a list; a line of an allowance names its metric too."""
    budget = evaluation.budget
    return sanitize(f"{budget.name}, {budget.allowance_of}" if budget.allowance_of else budget.name)


def short_line(evaluation: Evaluation, room: int) -> str:
    """Name a budget as `budget_line` does, in so many characters: a metric has half of them at the least."""
    budget, room = evaluation.budget, max(room, _LEAST_LINE)
    if not budget.allowance_of:
        return sanitize(budget.name, room)
    metric = sanitize(budget.allowance_of, max(room // 2, room - len(budget.name) - len(", ")))
    return f"{sanitize(budget.name, room - len(metric) - len(', '))}, {metric}"


def budgets_text(lines: Sequence[tuple[str, str]]) -> str:
    """Count budgets by their lines, each an account and a budget's name: `2 budgets in 6 lines`.

    A budget has more than one line where it watches allowances, or several billing periods.
    """
    count = len(set(lines))
    budgets = f"{count:,} {'budget' if count == 1 else 'budgets'}"
    return budgets if count == len(lines) else f"{budgets} in {len(lines):,} lines"


def bar_lines(evaluation: Evaluation) -> list[str]:
    """Draw how much of the limit is used: `[########------------] 41.2%`, then `20.60 of 50 USD`."""
    observed, limit = evaluation.observed, evaluation.budget.limit
    if observed is None:
        return ["not known"]
    percent = percent_reached(observed.number, limit.number)
    amounts = f"{format_next_to_limit(observed.number, limit)} of {format_amount(limit)}"
    basis = evaluation.costs.basis if evaluation.costs else CostBasis.BILLED
    return [f"{bar(observed.number, limit.number)} {percent:,f}%", amounts + _ESTIMATED[basis]]


def dates(period: Period) -> str:
    """Give the first and the last day of a period, in UTC."""
    last = period.end - timedelta(days=1)
    if last <= period.start:
        return f"{period.start:%Y-%m-%d}"
    return f"{period.start:%Y-%m-%d} to {last:%Y-%m-%d}"


# Not "at least": the range beside it goes lower.
WITHOUT_PRICE = "without what has no price"


def forecast_lines(crossing: Crossing) -> list[tuple[str, str]]:
    """Say what is expected by the period's end, how sure that is, and on what it rests."""
    forecast, limit = crossing.evaluation.forecast, crossing.budget.limit
    if crossing.period.end <= crossing.as_of:
        return []
    if forecast is None:
        too_few = f"none before {DAYS_FOR_FORECAST} complete days"
        too_old = "none, for the newest usage is too old"
        if crossing.evaluation.is_partial:
            too_few = "none, for a part of the period is not known"
        return [("Forecast", too_old if crossing.evaluation.is_stale else too_few)]
    part = f" {WITHOUT_PRICE}" if forecast.left_out else ""
    expected = f"{format_next_to_limit(forecast.expected, limit, is_expected=True)} {limit.unit}{part}"
    continued = format_amount(Amount(rough(forecast.continued), limit.unit))
    return [
        ("Forecast", f"{expected}, {whole_percent(forecast.expected, limit.number)} of the limit"),
        ("", _range_text(forecast, limit.unit)),
        ("", f"{continued} if the last 3 days go on"),
        ("", f"the limit is reached about {forecast.limit_on:%Y-%m-%d}" if forecast.limit_on else ""),
        ("", _basis_of(forecast)),
    ]


def _range_text(forecast: BudgetForecast, unit: str) -> str:
    if forecast.low is None or forecast.high is None:
        return ""
    low, high = format_number(rough(forecast.low), unit), format_number(rough(forecast.high), unit)
    return f"likely {low} to {high} {unit}" if low != high else ""


def _basis_of(forecast: BudgetForecast) -> str:
    days = f"{forecast.complete_days} complete day{'' if forecast.complete_days == 1 else 's'}"
    early = ", early" if forecast.is_early else ""
    shift = ", after a change of level" if forecast.has_shifted else ""
    return f"estimate from {days}{early}{shift}"


def cost_line(crossing: Crossing) -> tuple[str, str]:
    """Say where costs come from, if not all of them from Cloudflare."""
    costs = crossing.evaluation.costs
    if costs is None or costs.estimated is None:
        return ("Costs", "")
    rated, unit = costs.estimated, crossing.budget.limit.unit
    low, high = min(rated.low, rated.number), max(rated.high, rated.number)
    text = f"estimated by {prices_text(priced_by(costs.prices))}"
    if costs.basis is CostBasis.MIXED:
        text = f"{format_amount(Amount(rated.number, unit))} {text}, the rest billed"
    between = (
        f"; between {format_number(low, unit)} and {format_number(high, unit)} {unit}" if low != high else ""
    )
    return ("Costs", text + between)


def comparison_text(crossing: Crossing) -> str:
    """Give both figures where what is billed is far from what it costs by its prices."""
    comparison = crossing.evaluation.costs.comparison if crossing.evaluation.costs else None
    if comparison is None:
        return ""
    unit = crossing.budget.limit.unit
    billed, listed = Amount(comparison.billed, unit), Amount(comparison.listed.number, unit)
    by = prices_text(priced_by(comparison.prices))
    return f"Cloudflare bills {format_amount(billed)} for what costs {format_amount(listed)} by {by}."


def allowance_section(crossing: Crossing) -> str:
    """Say how much of each included quantity is used."""
    uses = crossing.evaluation.allowances
    if not uses:
        return ""
    lines = ["Included, this billing period"]
    for use in uses:
        percent = percent_reached(use.used, use.included)
        lines.append(f"  {percent:>6,f}%  {sanitize(use.name, 60)}")
        lines.append(
            f"           {_quantity(use.used, use.unit)} of {_quantity(use.included, use.unit)} {use.unit}"
        )
    return "\n".join(lines)


def _quantity(number: Decimal, unit: str) -> str:
    return format_number(number, unit)
