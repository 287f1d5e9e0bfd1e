"""JSON documents shared by all alerts, and how many budgets fit into one message."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.domain.alerts.alert import AlertType
from cloudflare_budgets.domain.alerts.severity import Severity
from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.pricing.price import Price, priced_by
from cloudflare_budgets.domain.primitives.amount import Amount, percent_reached, plain, total
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.fresh import Resource
from cloudflare_budgets.domain.usage.window import Window
from cloudflare_budgets.messages.account_text import Named
from cloudflare_budgets.messages.size_limits import json_text, size

if TYPE_CHECKING:
    from cloudflare_budgets.domain.evaluation.provisional import Provisional

# An account may use hundreds of metrics: a list of all of them, for each budget, would be too long to read.
_METRICS_SHOWN = 50
_RESOURCES_SHOWN = 3


def envelope(
    alert_id: str, kind: AlertType, severity: Severity, account: Named | None, account_id: str | None = None
) -> Mapping[str, Any]:
    """Return the keys of every alert; without an account or its id, it is about no single one."""
    known = {"id": account_id, "name": None} if account_id else None
    return {
        "version": "1",
        "alert_id": alert_id,
        "type": kind.value,
        "severity": severity.value,
        "account": account_document(account) if account else known,
    }


def outlook_document(forecast: BudgetForecast | None, limit: Amount) -> dict[str, Any] | None:
    """Describe a forecast, in the unit of the limit; `None` without a forecast.

    No amount includes what the metrics under `left_out` will cost.
    """
    if forecast is None:
        return None
    return {
        "amount": plain(forecast.expected),
        "low": number_text(forecast.low),
        "high": number_text(forecast.high),
        "if_last_days_continue": plain(forecast.continued),
        "unit": limit.unit,
        "percent_of_limit": plain(percent_reached(forecast.expected, limit.number)),
        "complete_days": forecast.complete_days,
        "early": forecast.is_early,
        "level_has_shifted": forecast.has_shifted,
        "left_out": [sanitize(metric_id) for metric_id in forecast.left_out[:_METRICS_SHOWN]],
    }


def cost_range_document(evaluation: Evaluation) -> dict[str, str] | None:
    """Describe the bounds of an estimated cost; `None` where no cost is estimated."""
    low, high = evaluation.low, evaluation.high
    if low is None or high is None:
        return None
    return {"low": plain(low.number), "high": plain(high.number), "unit": low.unit}


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
    """Describe billed and list costs, and the source of the prices, if the two are far apart."""
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
    """Name whose prices costs are estimated by; `None` where no costs are estimated."""
    return _by(evaluation.costs.prices) if evaluation.costs else None


def _by(prices: Iterable[Price]) -> str | None:
    by = priced_by(prices)
    return by.value if by else None


def number_text(number: Decimal | None) -> str | None:
    """Serialize a number without losing a digit; `None` without a number."""
    return None if number is None else plain(number)


# The problem's own alert has the whole reason.
_MAX_REASON = 500
_MAX_BRIEF_REASON = 160


def account_document(account: Named) -> Mapping[str, Any]:
    """Describe an account."""
    name = account.account_name
    return {"id": account.account_id, "name": sanitize(name) if name is not None else None}


def budget_document(budget: Budget) -> Mapping[str, Any]:
    """Describe a budget, as every type of alert does."""
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
    """Describe the time that a budget is judged in."""
    return {
        "start": utc_text(window.period.start),
        "end": utc_text(window.period.end),
        "estimated_end": window.estimated_end,
    }


def standing_document(evaluation: Evaluation) -> dict[str, Any]:
    """Describe where a budget stands; what is unknown is `None`."""
    budget, observed, window = evaluation.budget, evaluation.observed, evaluation.window
    percent = percent_reached(observed.number, budget.limit.number) if observed else None
    return {
        "budget": budget_document(budget),
        "status": evaluation.status.value,
        "level": evaluation.level.value,
        "period": period_document(window) if window else None,
        "observed": {"amount": plain(observed.number), "unit": observed.unit} if observed else None,
        "percent_of_limit": plain(percent) if percent is not None else None,
        "forecast": outlook_document(evaluation.forecast, budget.limit),
        "cost_basis": evaluation.costs.basis.value if evaluation.costs else None,
        "cost_range": cost_range_document(evaluation),
        "reason": sanitize(evaluation.reason, _MAX_REASON) if evaluation.reason else None,
        "muted_until": utc_text(budget.muted_until) if budget.muted_until else None,
    }


def brief_standing_document(evaluation: Evaluation) -> dict[str, Any]:
    """Describe the same in fewer bytes: no description, scope or forecast, a shorter reason."""
    whole = standing_document(evaluation)
    budget = {key: value for key, value in whole["budget"].items() if key not in ("description", "scope")}
    kept = {key: value for key, value in whole.items() if key != "forecast"}
    reason = sanitize(whole["reason"], _MAX_BRIEF_REASON) if whole["reason"] else None
    return {**kept, "budget": budget, "reason": reason, "truncated": True}


@dataclass(frozen=True, slots=True)
class ListedBudget:
    """A budget that a message lists, and the JSON of where it stands."""

    evaluation: Evaluation
    document: Mapping[str, Any]


def whole_size(evaluation: Evaluation) -> int:
    """Count the bytes of the whole document of a budget."""
    return _size(standing_document(evaluation))


def brief_size(evaluation: Evaluation) -> int:
    """Count the bytes of the brief document of a budget."""
    return _size(brief_standing_document(evaluation))


def list_within(evaluations: Iterable[Evaluation], room: int) -> list[ListedBudget]:
    """Choose the budgets that fit into a number of bytes: as many as possible, then whole ones.

    A budget whose brief document is too large is left out.
    """
    chosen = []
    for evaluation in evaluations:
        taken = brief_size(evaluation)
        if taken <= room:
            chosen.append(evaluation)
            room -= taken
    listed = []
    for evaluation in chosen:
        more = whole_size(evaluation) - brief_size(evaluation)
        fits = more <= room
        room -= more if fits else 0
        describe = standing_document if fits else brief_standing_document
        listed.append(ListedBudget(evaluation, describe(evaluation)))
    return listed


def _size(document: Mapping[str, Any]) -> int:
    return size(json_text(document)) + len(",")


def provisional_document(found: "Provisional | None") -> dict[str, Any] | None:
    """Describe a budget's amount with usage that is not billed yet; `None` without such usage."""
    if found is None:
        return None
    return {
        "amount": str(found.amount),
        "low": str(found.low),
        "through": utc_text(found.through),
        "unread": list(found.unread),
    }


def resource_documents(resources: Sequence[Resource]) -> list[dict[str, Any]]:
    """Return the three largest users of a metric, with their shares of fresh usage in percent."""
    whole = total(resource.quantity for resource in resources)
    return [
        {
            "kind": resource.kind,
            "id": sanitize(resource.id),
            "name": sanitize(resource.name) if resource.name else None,
            "share": plain(percent_reached(resource.quantity, whole, 2)),
        }
        for resource in resources[:_RESOURCES_SHOWN]
    ]
