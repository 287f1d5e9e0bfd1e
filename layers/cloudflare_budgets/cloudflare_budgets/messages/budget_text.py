"""Where a budget stands, in the same words in every message, and what its reader can do.

For example `spend over limit: 196 of 120 USD (163 %)`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Level
from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.evaluation.measurement import CostBasis
from cloudflare_budgets.domain.pricing.price import priced_by, prices_text
from cloudflare_budgets.domain.primitives.amount import Amount, plain
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.window import Window
from cloudflare_budgets.messages.account_text import BILLING_PAGE
from cloudflare_budgets.messages.formatting import (
    dates,
    day_text,
    days_left,
    format_amount,
    format_limit,
    format_next_to_limit,
    format_number,
    metric_name,
    percent_text,
    rough,
    unit_text,
)
from cloudflare_budgets.messages.message import Action

LOOK_AT_USAGE = Action("Unintended? Stop the loop, cron or deployment.")
OWN_FIGURES = Action("Cloudflare's own figures", "Cloudflare", BILLING_PAGE)

_LEAST_LINE = 24
_ALL = Decimal(100)
_MAX_REASON = 300
_DAY = timedelta(days=1)
_OVER = {Basis.ACTUAL: "over limit", Basis.FORECAST: "forecast over"}
_ESTIMATED = {CostBasis.BILLED: "", CostBasis.ESTIMATED: "estimated", CostBasis.MIXED: "partly estimated"}


def budget_name(budget: Budget, room: int = 2 * 64) -> str:
    """Name a budget, with the metric of its allowance in half of the room: `free: kv_storage`."""
    room = max(room, _LEAST_LINE)
    if not budget.allowance_of:
        return sanitize(budget.name, room)
    metric = sanitize(budget.allowance_of, max(room // 2, room - len(budget.name) - len(": ")))
    return f"{sanitize(budget.name, room - len(metric) - len(': '))}: {metric}"


def threshold_text(threshold: Threshold, limit: Amount) -> str:
    """Name a threshold as its budget writes it: `80 %`, `40 USD`, `100 % forecast`."""
    is_relative = threshold.percent is not None
    text = f"{plain(threshold.percent)} %" if threshold.percent is not None else ""
    text = text if is_relative else format_limit(Amount(threshold.amount, limit.unit))
    return text if threshold.basis is Basis.ACTUAL else f"{text} forecast"


def level_text(evaluation: Evaluation) -> str:
    """Name a budget's level: `over limit`, `passed 80 %`, `forecast over`, `within`, `unknown`."""
    limit = evaluation.budget.limit
    match evaluation.level:
        case Level.OVER_LIMIT:
            return _OVER[Basis.ACTUAL]
        case Level.THRESHOLD_PASSED:
            return f"passed {threshold_text(evaluation.passed[-1], limit)}"
        case Level.UNKNOWN:
            return "unknown"
        case Level.WITHIN:
            crossed = evaluation.forecast_crossed
            return forecast_level(crossed[-1], evaluation) if crossed else "within"


def forecast_level(threshold: Threshold, evaluation: Evaluation) -> str:
    """Name a threshold that a forecast has passed: `forecast over`, or `forecast over 80 %`."""
    forecast, limit = evaluation.forecast, evaluation.budget.limit
    if threshold.amount == limit.number or (forecast and forecast.expected >= limit.number):
        return _OVER[Basis.FORECAST]
    return f"{_OVER[Basis.FORECAST]} {threshold_text(threshold, limit).removesuffix(' forecast')}"


def amounts_text(evaluation: Evaluation) -> str:
    """Format what is used of a limit: `41.20 of 50 USD (82 %)`; empty if the amount is unknown."""
    observed, limit, fresh = evaluation.observed, evaluation.budget.limit, evaluation.provisional
    if fresh is not None and fresh.crossed:
        return provisional_amounts(fresh.low, evaluation.budget)
    if observed is None:
        return ""
    used = f"{format_next_to_limit(observed.number, limit)} of {limit_amount(evaluation.budget)}"
    estimated = _ESTIMATED[evaluation.costs.basis] if evaluation.costs else ""
    return ", ".join(filter(None, (f"{used} ({percent_text(observed.number, limit.number)})", estimated)))


def provisional_amounts(low: Amount, budget: Budget) -> str:
    """Format an amount that only fresh usage reaches: `at least 37.61 of 30 USD (125 %), ...`."""
    used = f"{format_next_to_limit(low.number, budget.limit)} of {limit_amount(budget)}"
    return f"at least {used} ({percent_text(low.number, budget.limit.number)}), provisional"


def status_text(evaluation: Evaluation, room: int = 2 * 64) -> str:
    """Say where a budget stands in one line, with the reason if its amount is not fully known."""
    text = f"{budget_name(evaluation.budget, room)} {level_text(evaluation)}"
    details = [", ".join(filter(None, (amounts_text(evaluation), possible_text(evaluation))))]
    if evaluation.unknown:
        details.append(sanitize(evaluation.unknown.reason, _MAX_REASON))
    return ": ".join([text, *filter(None, details)])


def possible_text(evaluation: Evaluation) -> str:
    """Say what only the high end of an estimate has reached: `may have passed 80 % (20-52 USD)`."""
    found = _possible(evaluation)
    return f"may have passed {found[0]} ({found[1]}-{found[2]})" if found else ""


def range_text(evaluation: Evaluation) -> str:
    """Name the threshold that only the high end of an estimate has reached; empty without one."""
    found = _possible(evaluation)
    if not found:
        return ""
    return f"It may have passed {found[0]} too: the estimate is between {found[1]} and {found[2]}."


def _possible(evaluation: Evaluation) -> tuple[str, str, str] | None:
    """Return the threshold that only the high end of an estimate has reached, and both ends."""
    low, high = evaluation.low, evaluation.high
    if not evaluation.may_have_crossed or low is None or high is None:
        return None
    threshold = threshold_text(evaluation.may_have_crossed[-1], evaluation.budget.limit)
    return threshold, format_number(low.number, low.unit), format_amount(high)


def limit_amount(budget: Budget) -> str:
    """Format a limit: `50 USD`; a whole allowance `1 GB-months included`."""
    is_allowance = budget.allowance_of is not None and budget.allowance_percent in {None, _ALL}
    return format_limit(budget.limit) + (" included" if is_allowance else "")


def allowance_text(budget: Budget) -> str:
    """Say which part of an allowance a limit is: `75 % of what the plan includes`; else empty."""
    if budget.allowance_of is None:
        return ""
    return f"{plain(budget.allowance_percent or _ALL)} % of what the plan includes"


def scope_text(budget: Budget) -> str:
    """Name what a budget counts: `metric_id kv_*; zone a.com`, `the whole account`."""
    patterns = budget.scope.patterns()
    text = "; ".join(f"{key} {', '.join(values)}" for key, values in patterns.items())
    return sanitize(text, _MAX_REASON) or "the whole account"


def forecast_text(forecast: BudgetForecast, limit: Amount) -> str:
    """Format what is expected by the period's end, and how sure that is: `215 USD (208-222)`."""
    text = f"{format_next_to_limit(forecast.expected, limit, is_expected=True)} {unit_text(limit.unit)}"
    if forecast.low is not None and forecast.high is not None:
        low, high = (format_number(rough(number), limit.unit) for number in (forecast.low, forecast.high))
        text += f" ({low}-{high})" if low != high else ""
    # Not "at least": the range beside it goes lower.
    return f"{text} without what has no price" if forecast.left_out else text


def period_text(window: Window, as_of: datetime) -> str:
    """Format the time that a budget is judged in: `1 to 30 Nov 2026 (UTC), 9 days left`."""
    text = f"{dates(window.period)} (UTC), {left_text(window, as_of)}"
    if window.is_cycle:
        text += ", billing period" + (", its end estimated" if window.estimated_end else "")
    return text


def left_text(window: Window, as_of: datetime) -> str:
    """Say how much of a window is left: `9 days left`, `over`."""
    left = days_left(window.period, as_of)
    return f"{left} {'day' if left == 1 else 'days'} left" if left else "over"


def when_text(window: Window, as_of: datetime) -> str:
    """Return the time for a headline: `, 9 days left`, or the date of a day or a past period."""
    period = window.period
    if period.end - period.start <= _DAY:
        return f" on {day_text(period.start)}"
    return f", {left_text(window, as_of)}" if period.end > as_of else f" for {dates(period)}"


def basis_text(evaluation: Evaluation) -> str:
    """Say which prices costs are estimated by: `estimated by list prices`; empty if billed."""
    costs = evaluation.costs
    if costs is None or costs.basis is CostBasis.BILLED:
        return ""
    return f"{_ESTIMATED[costs.basis]} by {prices_text(priced_by(costs.prices))}"


def estimate_text(evaluation: Evaluation) -> str:
    """Say how much is estimated and within which bounds; empty if all costs are billed."""
    costs = evaluation.costs
    if costs is None or costs.estimated is None:
        return ""
    rated, unit = costs.estimated, evaluation.budget.limit.unit
    low, high = min(rated.low, rated.number), max(rated.high, rated.number)
    text = f"estimated by {prices_text(priced_by(costs.prices))}"
    if costs.basis is CostBasis.MIXED:
        text = f"{format_amount(Amount(rated.number, unit))} {text}, the rest billed"
    between = f"; between {format_number(low, unit)} and {format_number(high, unit)} {unit}"
    return text + (between if low != high else "")


def comparison_text(evaluation: Evaluation) -> str:
    """Give both figures where what is billed is far from what the usage costs by its prices."""
    comparison = evaluation.costs.comparison if evaluation.costs else None
    if comparison is None:
        return ""
    unit = evaluation.budget.limit.unit
    billed, by_prices = Amount(comparison.billed, unit), Amount(comparison.listed.number, unit)
    by = prices_text(priced_by(comparison.prices))
    return f"Cloudflare bills {format_amount(billed)} for usage that costs {format_amount(by_prices)} by {by}"


def allowances_text(evaluation: Evaluation) -> str:
    """Say how much of each included quantity is used, the fullest first."""
    return "; ".join(
        f"{metric_name(use.name)} {percent_text(use.used, use.included)}"
        f" ({format_number(use.used, use.unit)} of {format_amount(Amount(use.included, use.unit))},"
        f" {use.plan})"
        for use in evaluation.allowances
    )


def budgets_text(lines: Sequence[tuple[str, str]]) -> str:
    """Count budgets by their lines, each an account and a budget's name: `2 budgets in 6 lines`.

    A budget has more than one line where it watches allowances, or several billing periods.
    """
    count = len(set(lines))
    budgets = f"{count:,} {'budget' if count == 1 else 'budgets'}"
    return budgets if count == len(lines) else f"{budgets} in {len(lines):,} lines"


def change_budget(parameter: str, *, is_muted: bool = False) -> Action:
    """Return how to change or mute a budget by its parameter."""
    if is_muted:
        return Action(f'Change this budget, or the end of its mute ("muted_until"): parameter {parameter}')
    text = f'Change or mute ("muted_until") this budget: parameter {parameter}'
    return Action(text, f"mute in {parameter}")
