"""JSON documents shared by all alerts, and how many budgets fit into one message."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.evaluation.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.pricing.price import Price, priced_by
from cloudflare_budgets.domain.primitives.amount import Amount, percent_reached, plain
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.window import Window
from cloudflare_budgets.messages.alerts.layout import Named
from cloudflare_budgets.messages.size_limits import json_text, size

# An account may use hundreds of metrics; a list of all of them, for each budget, is of no use.
_METRICS_SHOWN = 50


def outlook_document(forecast: BudgetForecast | None, limit: Amount) -> dict[str, Any] | None:
    """Describe a forecast, in the unit of the limit; `None` when there is none.

    What metrics under `left_out` will cost is in none of the amounts.
    """
    if forecast is None:
        return None
    return {
        "amount": plain(forecast.expected),
        "low": _text(forecast.low),
        "high": _text(forecast.high),
        "if_last_days_continue": plain(forecast.continued),
        "unit": limit.unit,
        "percent_of_limit": plain(percent_reached(forecast.expected, limit.number)),
        "complete_days": forecast.complete_days,
        "early": forecast.is_early,
        "level_has_shifted": forecast.has_shifted,
        "left_out": [sanitize(metric_id) for metric_id in forecast.left_out[:_METRICS_SHOWN]],
    }


def allowances_document(evaluation: Evaluation) -> list[dict[str, str]]:
    """Describe how much of each included quantity is used, the fullest first."""
    return [
        {
            "metric_id": sanitize(use.metric_id),
            "name": sanitize(use.name),
            "used": plain(use.used),
            "included": plain(use.included),
            "unit": use.unit,
            "percent": plain(percent_reached(use.used, use.included)),
        }
        for use in evaluation.allowances
    ]


def comparison_document(evaluation: Evaluation) -> dict[str, str | None] | None:
    """Give what is billed and what it costs by its prices, and by whose, where the two are far apart."""
    comparison = evaluation.costs.comparison if evaluation.costs else None
    if comparison is None:
        return None
    return {
        "billed": plain(comparison.billed),
        "listed": plain(comparison.listed.number),
        "unit": evaluation.budget.limit.unit,
        "priced_by": _by(comparison.prices),
    }


def priced_by_document(evaluation: Evaluation) -> str | None:
    """Name whose prices costs are estimated by; `None` where none are."""
    return _by(evaluation.costs.prices) if evaluation.costs else None


def _by(prices: Iterable[Price]) -> str | None:
    by = priced_by(prices)
    return by.value if by else None


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


# The problem's own alert has all of it.
_MAX_REASON = 500
_MAX_BRIEF_REASON = 160


def account_document(account: Named) -> Mapping[str, Any]:
    """Name an account to machines."""
    name = account.account_name
    return {"id": account.account_id, "name": sanitize(name) if name is not None else None}


def budget_document(budget: Budget) -> Mapping[str, Any]:
    """Describe a budget to machines, as every kind of alert does."""
    return {
        "name": budget.name,
        "description": budget.description,
        "limit": {"amount": plain(budget.limit.number), "unit": budget.limit.unit},
        "column": budget.column,
        "scope": {key: list(patterns) for key, patterns in budget.scope.patterns().items()},
        "period": budget.period.value,
        "allowance_of": budget.allowance_of,
        "allowance_percent": plain(budget.allowance_percent)
        if budget.allowance_percent is not None
        else None,
    }


def period_document(window: Window) -> dict[str, Any]:
    """Give the time a budget is judged in to machines."""
    return {
        "start": utc_text(window.period.start),
        "end": utc_text(window.period.end),
        "estimated_end": window.estimated_end,
    }


def standing_document(evaluation: Evaluation) -> dict[str, Any]:
    """Describe to machines where a budget stands; `None` is what is not known."""
    budget, observed, window = evaluation.budget, evaluation.observed, evaluation.window
    percent = percent_reached(observed.number, budget.limit.number) if observed else None
    return {
        "budget": budget_document(budget),
        "status": evaluation.status.value,
        "period": period_document(window) if window else None,
        "observed": {"amount": plain(observed.number), "unit": observed.unit} if observed else None,
        "percent_of_limit": plain(percent) if percent is not None else None,
        "forecast": outlook_document(evaluation.forecast, budget.limit),
        "cost_basis": evaluation.costs.basis.value if evaluation.costs else None,
        "reason": sanitize(evaluation.reason, _MAX_REASON) if evaluation.reason else None,
        "muted_until": utc_text(budget.muted_until) if budget.muted_until else None,
    }


def brief_standing_document(evaluation: Evaluation) -> dict[str, Any]:
    """Describe the same in few bytes: without description, scope and forecast, and with less of a reason."""
    whole = standing_document(evaluation)
    budget = {key: value for key, value in whole["budget"].items() if key not in ("description", "scope")}
    kept = {key: value for key, value in whole.items() if key != "forecast"}
    reason = sanitize(whole["reason"], _MAX_BRIEF_REASON) if whole["reason"] else None
    return {**kept, "budget": budget, "reason": reason, "truncated": True}


@dataclass(frozen=True, slots=True)
class ListedBudget:
    """A budget that is told of, and what machines read of where it stands."""

    evaluation: Evaluation
    document: Mapping[str, Any]


def whole_size(evaluation: Evaluation) -> int:
    """Count the bytes in which machines are told all of it; people are told in fewer."""
    return _size(standing_document(evaluation))


def brief_size(evaluation: Evaluation) -> int:
    """Count the bytes that it takes in brief."""
    return _size(brief_standing_document(evaluation))


def list_within(evaluations: Iterable[Evaluation], room: int) -> list[ListedBudget]:
    """Choose the budgets of which a number of bytes can tell: as many as possible, then all of them.

    One that takes too many even in brief is passed over.
    """
    chosen = []
    for evaluation in evaluations:
        taken = brief_size(evaluation)
        if taken <= room:
            chosen.append(evaluation)
            room -= taken
    told = []
    for evaluation in chosen:
        more = whole_size(evaluation) - brief_size(evaluation)
        fits = more <= room
        room -= more if fits else 0
        describe = standing_document if fits else brief_standing_document
        told.append(ListedBudget(evaluation, describe(evaluation)))
    return told


def _size(document: Mapping[str, Any]) -> int:
    return size(json_text(document)) + len(",")
