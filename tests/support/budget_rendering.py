"""A budget written as a document, to see that reading it gives the same budget."""

import json
from typing import Any

from cloudflare_budgets.domain.budgets.budget import Budget


def render_budget(budget: Budget) -> str:
    """Write a budget as the document that `parse_budget` reads back to the same budget."""
    document: dict[str, Any] = {"limit": budget.limit_text}
    if budget.is_cost:
        document["column"] = budget.column
    if budget.account_id is not None:
        document["account_id"] = budget.account_id
    document["description"] = budget.description
    document["period"] = budget.period
    document["scope"] = {key: list(patterns) for key, patterns in budget.scope.patterns().items()}
    document["thresholds"] = [threshold.label(budget.limit.unit) for threshold in budget.thresholds]
    document["alert_on"] = list(budget.alert_on)
    if budget.muted_until is not None:
        document["muted_until"] = f"{budget.muted_until:%Y-%m-%d}"
    document["enabled"] = budget.enabled
    return json.dumps(document, indent=2, ensure_ascii=False)
