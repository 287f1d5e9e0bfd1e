"""The words of a crossing that only fresh usage reaches: how much at least, until when, by whom."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.alerts.crossing import Crossing
from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.data_quality.unknown import listed
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.messages.account_text import users_text
from cloudflare_budgets.messages.budget_text import limit_amount
from cloudflare_budgets.messages.formatting import (
    format_amount,
    format_next_to_limit,
    metric_name,
    percent_text,
)

if TYPE_CHECKING:
    from cloudflare_budgets.domain.evaluation.provisional import Provisional


def provisional_amounts(found: "Provisional", budget: Budget) -> str:
    """Format the least amount: `at least 37.61 of 30 USD (125 %), provisional`."""
    used = f"{format_next_to_limit(found.low.number, budget.limit)} of {limit_amount(budget)}"
    return f"at least {used} ({percent_text(found.low.number, budget.limit.number)}), provisional"


def provisional_lead(crossing: Crossing) -> Iterator[str]:
    """Yield the cause, and how good the figure is; nothing for a billed crossing."""
    found = crossing.provisional
    if found is None:
        return
    for cause in found.causes[:1]:
        amount = format_amount(Amount(cause.amount, found.low.unit))
        users = users_text(crossing.resources.get(cause.metric_id, ()))
        yield f"Mostly {metric_name(cause.name)}{users}: {amount} since billing ends"
    billed = format_amount(crossing.observed)
    yield f"Not billed yet: {billed} billed so far; likely {format_amount(found.amount)}"
    rough = "" if found.is_calibrated else "; not yet compared with earlier bills"
    yield f"Cloudflare's analytics, not billing data, read until {found.through:%H:%M} UTC{rough}"
    if found.unread:
        yield f"Not read: {listed(found.unread)}"
