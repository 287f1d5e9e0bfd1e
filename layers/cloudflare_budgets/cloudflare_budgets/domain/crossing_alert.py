"""The alert that says a threshold was crossed: its identity, and the JSON for machines."""

from collections.abc import Mapping
from typing import Any

from cloudflare_budgets.domain.alert import REMEMBERED_FOR, Alert, AlertType, crossing_key
from cloudflare_budgets.domain.alert_document import account_document, budget_document, period_document
from cloudflare_budgets.domain.amount import Amount, percent_of, percent_reached, plain
from cloudflare_budgets.domain.budget import Threshold
from cloudflare_budgets.domain.crossing import Crossing, severity_of
from cloudflare_budgets.domain.crossing_text import crossing_body, crossing_subject
from cloudflare_budgets.domain.outlook_document import (
    allowances_document,
    comparison_document,
    outlook_document,
    priced_by_document,
)
from cloudflare_budgets.domain.period import utc_text
from cloudflare_budgets.domain.wording import one_line


def crossing_alert(crossing: Crossing, parameter: str) -> Alert:
    """Render the one alert for a crossing.

    Args:
        crossing: what was crossed.
        parameter: the full name of the budget's parameter, for the reader who wants to change it.
    """
    budget, account_id = crossing.budget, crossing.usage.account_id
    key = crossing_key(account_id, budget, crossing.period, crossing.highest)
    return Alert(
        key=key,
        type=AlertType.THRESHOLD_CROSSED,
        severity=severity_of(crossing),
        subject=crossing_subject(crossing),
        body=crossing_body(crossing, parameter, key.alert_id),
        document=_document(crossing, key.alert_id),
        expires=crossing.period.end + REMEMBERED_FOR,
        budget=budget.name,
        account_id=account_id,
        label=crossing.highest.label(budget.limit.unit),
        lower=tuple(crossing_key(account_id, budget, crossing.period, lower) for lower in crossing.also),
        alongside=tuple(crossing_key(account_id, budget, crossing.period, one) for one in crossing.alongside),
    )


def _document(crossing: Crossing, alert_id: str) -> Mapping[str, Any]:
    usage, limit = crossing.usage, crossing.budget.limit
    costs = crossing.evaluation.costs
    return {
        "version": "1",
        "alert_id": alert_id,
        "type": AlertType.THRESHOLD_CROSSED.value,
        "severity": severity_of(crossing).value,
        "account": account_document(usage),
        "budget": budget_document(crossing.budget),
        "period": period_document(crossing.window),
        "threshold": _threshold(crossing.highest, limit),
        "also_crossed": [_threshold(other, limit) for other in (*crossing.also, *crossing.alongside)],
        "observed": {"amount": plain(crossing.observed.number), "unit": crossing.observed.unit},
        "percent_of_limit": plain(percent_reached(crossing.observed.number, limit.number)),
        "forecast": outlook_document(crossing.evaluation.outlook, limit),
        "drivers": _drivers(crossing),
        "allowances": allowances_document(crossing.evaluation),
        "data_through": utc_text(usage.data_through) if usage.data_through else None,
        "source": usage.source,
        "cost_basis": costs.basis.value if costs else None,
        "list_prices": comparison_document(crossing.evaluation),
        "priced_by": priced_by_document(crossing.evaluation),
        "incomplete": crossing.evaluation.reason,
    }


def _threshold(threshold: Threshold, limit: Amount) -> dict[str, str]:
    percent = threshold.percent
    return {
        "percent": plain(percent_reached(threshold.amount, limit.number) if percent is None else percent),
        "amount": plain(threshold.amount),
        "basis": threshold.basis.value,
    }


def _drivers(crossing: Crossing) -> list[dict[str, str | None]]:
    observed = crossing.observed
    return [
        {
            "metric_id": _shown(driver.metric_id),
            "name": _shown(driver.name),
            "zone": _shown(driver.zone),
            "amount": plain(driver.amount),
            "unit": observed.unit,
            "share": plain(percent_of(driver.amount, observed.number)) if observed.number else "0",
            "last_day": plain(driver.last_day) if driver.last_day is not None else None,
            "day_before": plain(driver.day_before) if driver.day_before is not None else None,
            "data_through": utc_text(driver.data_through),
        }
        for driver in crossing.evaluation.drivers
    ]


def _shown(text: str | None) -> str | None:
    return one_line(text) if text is not None else None
