"""What machines read in alerts of every kind: an account, a budget, a period, where a budget stands."""

from collections.abc import Mapping
from typing import Any

from cloudflare_budgets.domain.amount import percent_reached, plain
from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.mail import Named
from cloudflare_budgets.domain.outlook_document import outlook_document
from cloudflare_budgets.domain.period import utc_text
from cloudflare_budgets.domain.window import Window
from cloudflare_budgets.domain.wording import one_line

# The problem's own alert has all of it.
_MAX_REASON = 500
_MAX_BRIEF_REASON = 160


def account_document(account: Named) -> Mapping[str, Any]:
    """Name an account to machines."""
    name = account.account_name
    return {"id": account.account_id, "name": one_line(name) if name is not None else None}


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
        "forecast": outlook_document(evaluation.outlook, budget.limit),
        "cost_basis": evaluation.costs.basis.value if evaluation.costs else None,
        "reason": one_line(evaluation.reason, _MAX_REASON) if evaluation.reason else None,
        "muted_until": utc_text(budget.muted_until) if budget.muted_until else None,
    }


def brief_standing_document(evaluation: Evaluation) -> dict[str, Any]:
    """Describe the same in few bytes: without description, scope and forecast, and with less of a reason."""
    whole = standing_document(evaluation)
    budget = {key: value for key, value in whole["budget"].items() if key not in ("description", "scope")}
    kept = {key: value for key, value in whole.items() if key != "forecast"}
    reason = one_line(whole["reason"], _MAX_BRIEF_REASON) if whole["reason"] else None
    return {**kept, "budget": budget, "reason": reason, "truncated": True}
