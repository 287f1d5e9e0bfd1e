"""What a digest shows of a budget beyond the reply, as JSON in the standing of its account."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.evaluation.provisional import Provisional
from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.period import DAY, utc_text
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.domain.usage.fresh_scale import FreshQuality
from cloudflare_budgets.messages.alerts.documents import number_text
from cloudflare_budgets.messages.reply import account_standing

# Of this many budgets of an account, the fullest ones: a digest lists no more.
BUDGETS_DETAILED = 40
# A chart of a period, and the two weeks that a digest compares.
_DAYS = 62
_WEEKS = 17


def detailed_standing(account: AccountReport, as_of: datetime) -> Mapping[str, Any]:
    """Return the standing of an account; the fullest budgets have what a digest shows."""
    standing = account_standing(account, as_of)
    found = {_key_of(each): each for each in account.evaluations}
    for budget in standing["budgets"][:BUDGETS_DETAILED]:
        start = budget["period"]["start"] if budget["period"] else None
        budget["details"] = _details(found[budget["name"], budget["allowance_of"], start])
    return {**standing, "fresh_quality": _quality(account.fresh_quality)}


def _key_of(evaluation: Evaluation) -> tuple[str, str | None, str | None]:
    window, budget = evaluation.window, evaluation.budget
    return budget.name, budget.allowance_of, utc_text(window.period.start) if window else None


def _details(evaluation: Evaluation) -> dict[str, Any]:
    """Return what a digest shows beyond the reply, and the exact limit, without empty keys."""
    unit, breakdown = evaluation.budget.limit.unit, evaluation.breakdown
    families = {name: _days(days, _WEEKS) for name, days in breakdown.families.items()}
    found = {
        "limit": str(evaluation.budget.limit),
        "metric_id": list(evaluation.budget.scope.metric_id) if evaluation.budget.allowance_of else None,
        "period_kind": evaluation.budget.period.value,
        "unknown": evaluation.unknown.kind.value if evaluation.unknown else None,
        "forecast": _forecast(evaluation.forecast) if evaluation.forecast else None,
        "forecast_crossed": [each.label(unit) for each in evaluation.forecast_crossed],
        "days": _days(breakdown.days, _DAYS),
        "families": {name: days for name, days in families.items() if days},
        "provisional": _provisional(evaluation.provisional, unit) if evaluation.provisional else None,
    }
    return {name: each for name, each in found.items() if each}


def _quality(quality: FreshQuality | None) -> dict[str, Any] | None:
    """Return how good analytics were."""
    if quality is None:
        return None
    return {
        "failure": quality.failure,
        "least": number_text(quality.least),
        "most": number_text(quality.most),
        "days": quality.days,
    }


def _days(days: Mapping[datetime, Decimal], count: int) -> dict[str, str]:
    """Return the newest days, and the one before them, which says that there are earlier ones."""
    if not days:
        return {}
    start = max(days) - count * DAY
    earlier = [day for day in days if day < start]
    kept = [*([max(earlier)] if earlier else []), *sorted(day for day in days if day >= start)]
    return {f"{day:%Y-%m-%d}": plain(days[day]) for day in kept}


def _forecast(found: BudgetForecast) -> dict[str, Any]:
    return {
        "expected": plain(found.expected),
        "low": number_text(found.low),
        "high": number_text(found.high),
        "continued": plain(found.continued),
        "complete_days": found.complete_days,
        "is_early": found.is_early,
        "has_shifted": found.has_shifted,
        "left_out": list(found.left_out),
        "limit_on": utc_text(found.limit_on) if found.limit_on else None,
    }


def _provisional(found: Provisional, unit: str) -> dict[str, Any]:
    return {
        "amount": plain(found.amount.number),
        "low": plain(found.low.number),
        "through": utc_text(found.through),
        "crossed": [each.label(unit) for each in found.crossed],
        "unread": list(found.unread),
    }
