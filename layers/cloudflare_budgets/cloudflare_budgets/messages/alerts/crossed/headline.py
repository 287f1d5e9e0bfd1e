"""The headline and the subject of a crossing: `spend over limit: 196 of 120 USD (163 %)`."""

from cloudflare_budgets.domain.alerts.crossing import Crossing
from cloudflare_budgets.messages.account_text import subject_name
from cloudflare_budgets.messages.budget_text import (
    amounts_text,
    budget_name,
    forecast_level,
    level_text,
    limit_amount,
    possible_text,
    provisional_amounts,
    threshold_text,
    when_text,
)
from cloudflare_budgets.messages.formatting import format_next_to_limit, percent_text
from cloudflare_budgets.messages.mail import MAX_FACT, MAX_SUBJECT, subject_line

_BRIEF_NAME = 60


def crossing_subject(crossing: Crossing, whole: str) -> str:
    """Return the subject: headline and account, without the days left if there is no room."""
    name, shorter = subject_name(crossing.usage), _fact(crossing, MAX_FACT)
    if whole.endswith(" left") and len(f"{whole} - {name}") > MAX_SUBJECT:
        whole = _fact(crossing, MAX_SUBJECT)
    return subject_line(whole, name, shorter)


def _fact(crossing: Crossing, room: int) -> str:
    """Name the budget with its figures, in `room` characters if the name can be cut so far."""
    shown = figures(crossing)
    fact = f"{budget_name(crossing.budget, room - len(shown))}{shown}"
    if len(fact) > room:
        shown = f"{shown.partition(':')[0]}: {_percent(crossing)}"
        fact = f"{budget_name(crossing.budget, room - len(shown))}{shown}"
    return fact


def headline(crossing: Crossing) -> str:
    """Return the first line: the budget, what was crossed, and how much time is left."""
    when = when_text(crossing.window, crossing.as_of)
    return f"{budget_name(crossing.budget)}{figures(crossing)}{when}"


def brief(crossing: Crossing) -> str:
    """Return the fact in few words: the budget, what was crossed, and the percentage."""
    name = budget_name(crossing.budget, _BRIEF_NAME)
    is_over = crossing.period.end <= crossing.as_of
    when = when_text(crossing.window, crossing.as_of) if is_over else ""
    if crossing.is_possible:
        return f"{name}{figures(crossing).partition(' (')[0]}{when}"
    return f"{name}{figures(crossing).partition(':')[0]}: {_percent(crossing)}{when}"


def figures(crossing: Crossing) -> str:
    """Say what was crossed, after the budget's name: ` over limit: 196 of 120 USD (163 %)`."""
    limit, evaluation = crossing.budget.limit, crossing.evaluation
    if crossing.provisional is not None:
        return f" {_level(crossing)}: {provisional_amounts(crossing.provisional.low, crossing.budget)}"
    if crossing.is_possible:
        return f" {possible_text(evaluation)}"
    if not crossing.is_forecast or evaluation.forecast is None:
        return f" {_level(crossing)}: {amounts_text(evaluation)}"
    expected = format_next_to_limit(evaluation.forecast.expected, limit, is_expected=True)
    now = format_next_to_limit(crossing.observed.number, limit)
    amounts = f"{expected} of {limit_amount(crossing.budget)} ({_percent(crossing)}, now {now})"
    return f" {forecast_level(crossing.highest, evaluation)}: {amounts}"


def _percent(crossing: Crossing) -> str:
    forecast = crossing.evaluation.forecast if crossing.is_forecast else None
    number = crossing.provisional.low.number if crossing.provisional else crossing.observed.number
    return percent_text(forecast.expected if forecast else number, crossing.budget.limit.number)


def _level(crossing: Crossing) -> str:
    limit = crossing.budget.limit
    if crossing.provisional is not None and crossing.certain.number >= limit.number:
        return "over limit"
    if crossing.provisional is None and crossing.observed.number >= limit.number:
        return level_text(crossing.evaluation)
    return f"passed {threshold_text(crossing.highest, limit).removesuffix(' forecast')}"
