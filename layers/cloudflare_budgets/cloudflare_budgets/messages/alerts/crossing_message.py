"""The words of a crossed threshold: what was crossed, what it comes from, and what to do."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from cloudflare_budgets.domain.alerts.crossing import Crossing
from cloudflare_budgets.domain.budgets.budget import COST_COLUMNS, Budget
from cloudflare_budgets.domain.data_quality.unknown import listed
from cloudflare_budgets.domain.evaluation.forecast.remainder import DAYS_FOR_FORECAST
from cloudflare_budgets.domain.evaluation.measurement import Driver
from cloudflare_budgets.domain.evaluation.rise import Rise, rise_of
from cloudflare_budgets.domain.primitives.amount import Amount, percent_of, percent_reached
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.daily_usage import DailyUsage
from cloudflare_budgets.messages.account_text import (
    NO_FEES,
    account_name,
    account_text,
    data_text,
    subject_name,
)
from cloudflare_budgets.messages.budget_text import (
    allowance_text,
    allowances_text,
    amounts_text,
    basis_text,
    budget_name,
    change_budget,
    comparison_text,
    estimate_text,
    forecast_level,
    forecast_text,
    level_text,
    limit_amount,
    look_at_usage,
    own_figures,
    period_text,
    range_text,
    scope_text,
    threshold_text,
    when_text,
)
from cloudflare_budgets.messages.formatting import (
    counted,
    day_text,
    format_amount,
    format_next_to_limit,
    metric_name,
    percent_text,
    times_text,
)
from cloudflare_budgets.messages.mail import MAX_FACT, MAX_SUBJECT, subject_line
from cloudflare_budgets.messages.message import Fact, Message, present

_MAX_TEXT = 500
_LEAST_SHARE = 5  # percent; smaller causes are named together
_ALL = Decimal(100)


def crossing_message(crossing: Crossing, parameter: str, daily: DailyUsage) -> Message:
    """Say what was crossed, what it comes from, and what to do."""
    evaluation, budget = crossing.evaluation, crossing.budget
    forecast = None if crossing.period.end <= crossing.as_of else evaluation.forecast
    drivers = evaluation.drivers
    lead = (
        f"Forecast {forecast_text(forecast, budget.limit)}" if forecast else "",
        _cause(drivers[0], crossing, rise_of(drivers[0], daily)) if drivers else "",
        _passed(crossing),
        range_text(evaluation),
        _again(crossing),
        _muted(crossing),
        sanitize(budget.description, _MAX_TEXT),
        "The period is over; the usage arrived late." if crossing.period.end <= crossing.as_of else "",
        f"Not all of it is known: {sanitize(evaluation.reason, _MAX_TEXT)}." if evaluation.reason else "",
    )
    return Message(
        _headline(crossing),
        account_name(crossing.usage),
        percent_reached(crossing.observed.number, budget.limit.number),
        present(lead),
        (look_at_usage(), own_figures(), change_budget(parameter, is_muted=budget.is_muted(crossing.as_of))),
        facts=tuple(_facts(crossing)),
        footer=present(_footer(crossing)),
    )


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


def crossing_subject(crossing: Crossing) -> str:
    """Say it in one line: `spend over limit: 196 of 120 USD (163 %), 1 day left - Example account`."""
    fact, name = _fact(crossing, MAX_SUBJECT), subject_name(crossing.usage)
    shorter = _fact(crossing, MAX_FACT)
    headline = _headline(crossing)
    is_running = headline.endswith(" left")
    if is_running and len(f"{headline} - {name}") > MAX_SUBJECT:
        return subject_line(fact, name, shorter)
    return subject_line(headline, name, shorter)


def _fact(crossing: Crossing, room: int) -> str:
    """Name the budget with its figures, within `room` characters if the name can be cut as far as that."""
    figures = _figures(crossing)
    fact = f"{budget_name(crossing.budget, room - len(figures))}{figures}"
    if len(fact) > room:
        figures = f"{figures.partition(':')[0]}: {_percent(crossing)}"
        fact = f"{budget_name(crossing.budget, room - len(figures))}{figures}"
    return fact


def _headline(crossing: Crossing) -> str:
    figures, when = _figures(crossing), when_text(crossing.window, crossing.as_of)
    return f"{budget_name(crossing.budget)}{figures}{when}"


def _figures(crossing: Crossing) -> str:
    """Say what was crossed, after the budget's name: ` over limit: 196 of 120 USD (163 %)`."""
    limit, evaluation = crossing.budget.limit, crossing.evaluation
    if not crossing.is_forecast or evaluation.forecast is None:
        return f" {_level(crossing)}: {amounts_text(evaluation)}"
    expected = format_next_to_limit(evaluation.forecast.expected, limit, is_expected=True)
    now = format_next_to_limit(crossing.observed.number, limit)
    amounts = f"{expected} of {limit_amount(crossing.budget)} ({_percent(crossing)}, now {now})"
    return f" {forecast_level(crossing.highest, evaluation)}: {amounts}"


def _percent(crossing: Crossing) -> str:
    forecast = crossing.evaluation.forecast if crossing.is_forecast else None
    return percent_text(
        forecast.expected if forecast else crossing.observed.number, crossing.budget.limit.number
    )


def _level(crossing: Crossing) -> str:
    limit = crossing.budget.limit
    if crossing.observed.number >= limit.number:
        return level_text(crossing.evaluation)
    return f"passed {threshold_text(crossing.highest, limit).removesuffix(' forecast')}"


def _passed(crossing: Crossing) -> str:
    """Name the thresholds if the headline does not: `Passed 150 % (also 100 %, 80 %, 50 %)`."""
    limit = crossing.budget.limit
    highest = threshold_text(crossing.highest, limit)
    others = [threshold_text(one, limit) for one in (*reversed(crossing.also), *reversed(crossing.alongside))]
    if others:
        return f"Passed {highest} (also {', '.join(others)})"
    return "" if highest in _figures(crossing) else f"Passed {highest}"


def _cause(driver: Driver, crossing: Crossing, rise: Rise | None) -> str:
    """Name the biggest cause: `80 % of it: KV reads, 37 USD a day since 27 Nov, 9 times the usual`."""
    unit = crossing.observed.unit
    text = f"{_share(driver, crossing)} of it: {_name(driver)}"
    if rise is None or not driver.last_day or driver.last_day < 0:
        return f"{text}, {format_amount(Amount(driver.amount, unit))}"
    text += f", {format_amount(Amount(driver.last_day, unit))} a day since {day_text(rise.since)}"
    times = f"{times_text(rise.quantity, rise.usual)} the usual" if rise.usual else "not used before"
    return f"{text}, {times}"


def _name(driver: Driver) -> str:
    return metric_name(driver.name) + (f", {sanitize(driver.zone, 60)}" if driver.zone else "")


def _share(driver: Driver, crossing: Crossing) -> str:
    return percent_text(driver.amount, crossing.observed.number)


def _facts(crossing: Crossing) -> Iterable[Fact]:
    usage, evaluation = crossing.usage, crossing.evaluation
    yield Fact("Period", period_text(crossing.window, crossing.as_of))
    yield Fact("Limit", allowance_text(crossing.budget))
    yield Fact("Forecast", _forecast_details(crossing))
    yield Fact("Other causes", _other_causes(evaluation.drivers, crossing))
    yield Fact("Included by the plan", allowances_text(evaluation))
    if crossing.budget.is_cost:
        yield Fact("Costs", "; ".join(present((estimate_text(evaluation), NO_FEES))))
    else:
        yield Fact("Quantities", "before what the plan includes is subtracted")
    yield Fact("Credits", _in_it(evaluation.credits, ""))
    yield Fact("Corrections", _in_it(evaluation.corrections, " of earlier invoices"))
    yield Fact("Compared", comparison_text(evaluation))
    yield Fact("Counted", _counted(crossing.budget))
    yield Fact("Account", account_text(usage))
    yield Fact("Next alert", "at a higher threshold or next period")


def _footer(crossing: Crossing) -> Iterable[str]:
    yield data_text(crossing.usage, crossing.as_of)
    yield basis_text(crossing.evaluation)


def _counted(budget: Budget) -> str:
    """Say what is counted; empty for the default, the billed cost of the whole account."""
    is_default = budget.column == COST_COLUMNS[0] and not budget.scope.patterns()
    return "" if is_default else f"{budget.column} of {scope_text(budget)}"


def _in_it(amount: Amount | None, what: str) -> str:
    return f"{format_amount(amount)}{what} are in it" if amount else ""


def _forecast_details(crossing: Crossing) -> str:
    evaluation, forecast = crossing.evaluation, crossing.evaluation.forecast
    if crossing.period.end <= crossing.as_of:
        return ""
    if forecast is None:
        if evaluation.is_partial:
            return "none, because a part of the period is not known"
        return (
            "none, because the newest usage is too old"
            if evaluation.is_stale
            else f"none before {DAYS_FOR_FORECAST} complete days"
        )
    early = ", early" if forecast.is_early else ""
    shift = ", after a change of level" if forecast.has_shifted else ""
    texts = (
        f"over about {day_text(forecast.limit_on)}" if forecast.limit_on else "",
        f"from {counted(forecast.complete_days, 'complete day')}{early}{shift}",
        f"leaves out what has no price: {listed(forecast.left_out)}" if forecast.left_out else "",
    )
    return "; ".join(present(texts))


def _other_causes(drivers: Sequence[Driver], crossing: Crossing) -> str:
    """Name the causes after the biggest; small ones are named together."""
    shares = [percent_of(driver.amount, crossing.observed.number) for driver in drivers]
    unit = crossing.observed.unit
    big = [driver for driver, share in zip(drivers, shares, strict=True) if share >= _LEAST_SHARE]
    rest = _ALL - sum((share for share in shares if share >= _LEAST_SHARE), Decimal(0))
    shown = [
        f"{_name(driver)} {_share(driver, crossing)} ({format_amount(Amount(driver.amount, unit))})"
        for driver in big[1:]
    ]
    return "; ".join([*shown, *([f"others {rest:,.0f} %"] if big and rest >= 1 else [])])
