"""The words of a crossed threshold: what was crossed, what it comes from, and what to do."""

from collections.abc import Iterable

from cloudflare_budgets.domain.alerts.crossing import Crossing
from cloudflare_budgets.domain.budgets.budget import COST_COLUMNS, Budget
from cloudflare_budgets.domain.data_quality.unknown import listed
from cloudflare_budgets.domain.evaluation.forecast.remainder import DAYS_FOR_FORECAST
from cloudflare_budgets.domain.evaluation.rise import rise_of
from cloudflare_budgets.domain.primitives.amount import Amount, percent_reached
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.daily_usage import DailyUsage
from cloudflare_budgets.messages.account_text import (
    NO_FEES,
    account_name,
    account_text,
    data_text,
)
from cloudflare_budgets.messages.alerts.crossed.causes import cause_text, other_causes, provisional_lead
from cloudflare_budgets.messages.alerts.crossed.headline import brief, figures, headline
from cloudflare_budgets.messages.budget_text import (
    LOOK_AT_USAGE,
    OWN_FIGURES,
    allowance_text,
    allowances_text,
    basis_text,
    change_budget,
    comparison_text,
    estimate_text,
    forecast_text,
    period_text,
    range_text,
    scope_text,
    threshold_text,
)
from cloudflare_budgets.messages.formatting import (
    counted,
    day_text,
    format_amount,
)
from cloudflare_budgets.messages.mail import description_line
from cloudflare_budgets.messages.message import Fact, Message, present

_MAX_TEXT = 500


def crossing_message(crossing: Crossing, parameter: str, daily: DailyUsage) -> Message:
    """Say what was crossed, what it comes from, and what to do."""
    evaluation, budget = crossing.evaluation, crossing.budget
    is_over = crossing.period.end <= crossing.as_of
    forecast = None if is_over or crossing.provisional else evaluation.forecast
    lead = (
        f"Forecast {forecast_text(forecast, budget.limit)}" if forecast else "",
        *(provisional_lead(crossing) if crossing.provisional else _biggest_cause(crossing, daily)),
        _passed(crossing),
        range_text(evaluation),
        _again(crossing),
        _muted(crossing),
        description_line(budget.description),
        "The period is over; the usage arrived late." if is_over else "",
        f"Not all of it is known: {sanitize(evaluation.reason, _MAX_TEXT)}." if evaluation.reason else "",
    )
    return Message(
        headline(crossing),
        account_name(crossing.usage),
        percent_reached(max(crossing.certain.number, crossing.observed.number), budget.limit.number),
        present(lead),
        (LOOK_AT_USAGE, OWN_FIGURES, change_budget(parameter, is_muted=budget.is_muted(crossing.as_of))),
        facts=tuple(_facts(crossing)),
        footer=present(_footer(crossing)),
        brief=brief(crossing),
    )


def _biggest_cause(crossing: Crossing, daily: DailyUsage) -> Iterable[str]:
    for driver in crossing.evaluation.drivers[:1]:
        yield cause_text(driver, crossing, rise_of(driver, daily))


def _again(crossing: Crossing) -> str:
    if not crossing.is_over_again:
        return ""
    return "It is over again: the end of an earlier alert for this limit was sent in this period."


def _muted(crossing: Crossing) -> str:
    """Say why the alert of a muted budget was sent."""
    until, last = crossing.budget.muted_until, crossing.last_sent
    if until is None or not crossing.budget.is_muted(crossing.as_of):
        return ""
    is_below = last is None or last.number <= crossing.budget.limit.number
    what = "its limit" if is_below or last is None else f"the {format_amount(last)} of the last alert"
    return f"The budget is muted until {until:%Y-%m-%d}. You get this alert because it is at twice {what}."


def _passed(crossing: Crossing) -> str:
    """Name the thresholds if the headline does not: `Passed 150 % (also 100 %, 80 %, 50 %)`."""
    limit = crossing.budget.limit
    highest = threshold_text(crossing.highest, limit)
    others = [threshold_text(one, limit) for one in (*reversed(crossing.also), *reversed(crossing.alongside))]
    if others:
        return f"Passed {highest} (also {', '.join(others)})"
    return "" if highest in figures(crossing) else f"Passed {highest}"


def _facts(crossing: Crossing) -> Iterable[Fact]:
    usage, evaluation = crossing.usage, crossing.evaluation
    yield Fact("Period", period_text(crossing.window, crossing.as_of))
    yield Fact("Limit", allowance_text(crossing.budget))
    yield Fact("Forecast", _no_forecast(crossing))
    yield Fact("Outlook", _outlook(crossing))
    yield Fact("Other causes", other_causes(evaluation.drivers, crossing))
    yield Fact("Included", allowances_text(evaluation))
    if crossing.budget.is_cost:
        yield Fact("Costs", "; ".join(present((estimate_text(evaluation), NO_FEES))))
    else:
        yield Fact("Quantities", "before what the plan includes is subtracted")
    yield Fact("Credits", _in_it(evaluation.credits, ""))
    yield Fact("Corrections", _in_it(evaluation.corrections, " of earlier invoices"))
    yield Fact("Compared", comparison_text(evaluation))
    yield Fact("Counted", _counted(crossing.budget))
    yield Fact("Account", account_text(usage))


def _footer(crossing: Crossing) -> Iterable[str]:
    yield data_text(crossing.usage, crossing.as_of)
    yield basis_text(crossing.evaluation)


def _counted(budget: Budget) -> str:
    """Say what is counted; empty for the default, the billed cost of the whole account."""
    is_default = budget.column == COST_COLUMNS[0] and not budget.scope.patterns()
    return "" if is_default else f"{budget.column} of {scope_text(budget)}"


def _in_it(amount: Amount | None, what: str) -> str:
    return f"{format_amount(amount)}{what} are in it" if amount else ""


def _no_forecast(crossing: Crossing) -> str:
    """Say why there is no forecast; empty if there is one, or if the period is over."""
    evaluation = crossing.evaluation
    if crossing.period.end <= crossing.as_of or evaluation.forecast is not None:
        return ""
    if evaluation.is_partial:
        return "none, because a part of the period is not known"
    if evaluation.is_stale:
        return "none, because the newest usage is too old"
    return f"none before {DAYS_FOR_FORECAST} complete days"


def _outlook(crossing: Crossing) -> str:
    """Say when the limit is reached, and how far the forecast can be relied on."""
    forecast = crossing.evaluation.forecast
    if crossing.period.end <= crossing.as_of or forecast is None:
        return ""
    days = f"from {counted(forecast.complete_days, 'complete day')}{', early' if forecast.is_early else ''}"
    texts = (
        f"over about {day_text(forecast.limit_on)}" if forecast.limit_on else "",
        days if crossing.is_forecast or forecast.is_early else "",
        "after a change of level" if forecast.has_shifted else "",
        f"leaves out what has no price: {listed(forecast.left_out)}" if forecast.left_out else "",
    )
    return "; ".join(present(texts))
