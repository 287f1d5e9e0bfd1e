"""The alert for a crossed threshold, and its JSON document."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR, Alert, AlertType
from cloudflare_budgets.domain.alerts.crossing import Crossing
from cloudflare_budgets.domain.alerts.open_alerts import opened_by_crossing
from cloudflare_budgets.domain.alerts.severity import severity_of_crossing
from cloudflare_budgets.domain.budgets.budget import Threshold
from cloudflare_budgets.domain.primitives.amount import Amount, percent_of, percent_reached, plain
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.daily_usage import DailyUsage
from cloudflare_budgets.messages.alerts.crossed.headline import crossing_subject
from cloudflare_budgets.messages.alerts.crossed.message import crossing_message
from cloudflare_budgets.messages.alerts.documents import (
    allowances_document,
    budget_document,
    comparison_document,
    cost_range_document,
    envelope,
    outlook_document,
    period_document,
    priced_by_document,
    provisional_document,
    resource_documents,
)
from cloudflare_budgets.messages.mail import description_line, mail_text
from cloudflare_budgets.messages.message import message_json


def crossing_alert(crossing: Crossing, parameter: str, daily: DailyUsage) -> Alert:
    """Return the one alert for a crossing.

    Args:
        crossing: the thresholds that were crossed, and all that a message says about them.
        parameter: the full name of the budget's parameter, for the reader who wants to change it.
        daily: each day's usage, to compare the causes with what is usual.
    """
    budget, account_id = crossing.budget, crossing.usage.account_id
    key = crossing.key
    message = crossing_message(crossing, parameter, daily)
    return Alert(
        key=key,
        type=AlertType.THRESHOLD_CROSSED,
        severity=severity_of_crossing(crossing),
        subject=crossing_subject(crossing, message.headline),
        body=mail_text(message, key.alert_id, description_line(budget.description)),
        document=_document(crossing, key.alert_id),
        expires=crossing.period.end + REMEMBERED_FOR,
        budget=budget.name,
        account_id=account_id,
        label=crossing.highest.label(budget.limit.unit),
        lower=tuple(crossing.key_of(lower) for lower in crossing.also),
        alongside=tuple(crossing.key_of(one) for one in crossing.alongside),
        opens=opened_by_crossing(crossing),
        message=message_json(message),
        cause=crossing.cause,
        is_cost=budget.is_cost,
    )


def _document(crossing: Crossing, alert_id: str) -> Mapping[str, Any]:
    usage, limit, evaluation = crossing.usage, crossing.budget.limit, crossing.evaluation
    costs = evaluation.costs
    return {
        **envelope(alert_id, AlertType.THRESHOLD_CROSSED, severity_of_crossing(crossing), usage),
        "budget": budget_document(crossing.budget),
        "period": period_document(crossing.window),
        "level": evaluation.level.value,
        "threshold": _threshold(crossing.highest, limit),
        "also_crossed": [_threshold(other, limit) for other in (*crossing.also, *crossing.alongside)],
        "observed": {"amount": plain(crossing.observed.number), "unit": crossing.observed.unit},
        "percent_of_limit": plain(percent_reached(crossing.observed.number, limit.number)),
        "provisional": provisional_document(crossing.provisional),
        "forecast": outlook_document(evaluation.forecast, limit),
        "drivers": _driver_documents(crossing),
        "allowances": allowances_document(evaluation),
        "data_through": utc_text(usage.data_through) if usage.data_through else None,
        "source": usage.source,
        "cost_basis": costs.basis.value if costs else None,
        "cost_range": cost_range_document(evaluation),
        "list_prices": comparison_document(evaluation),
        "priced_by": priced_by_document(evaluation),
        "incomplete": evaluation.reason,
    }


def _threshold(threshold: Threshold, limit: Amount) -> dict[str, str]:
    percent = threshold.percent
    return {
        "percent": plain(percent_reached(threshold.amount, limit.number) if percent is None else percent),
        "amount": plain(threshold.amount),
        "basis": threshold.basis.value,
    }


def _driver_documents(crossing: Crossing) -> list[dict[str, Any]]:
    observed, drivers = crossing.observed, crossing.evaluation.drivers
    documents = [
        {
            "metric_id": sanitize(driver.metric_id),
            "name": sanitize(driver.name),
            "zone": sanitize(driver.zone) if driver.zone is not None else None,
            "amount": plain(driver.amount),
            "unit": observed.unit,
            "share": plain(percent_of(driver.amount, observed.number)) if observed.number else "0",
            "last_day": plain(driver.last_day) if driver.last_day is not None else None,
            "day_before": plain(driver.day_before) if driver.day_before is not None else None,
            "data_through": utc_text(driver.data_through),
            "resources": resource_documents(crossing.resources.get(driver.metric_id, ())),
        }
        for driver in drivers
    ]
    return [*documents, *_unbilled_drivers(crossing, {driver.metric_id for driver in drivers})]


def _unbilled_drivers(crossing: Crossing, billed: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield the metrics that only fresh usage has: nothing of them is billed yet."""
    for cause in crossing.provisional.causes if crossing.provisional else ():
        if cause.metric_id not in billed:
            yield {
                "metric_id": sanitize(cause.metric_id),
                "name": sanitize(cause.name),
                "zone": None,
                "amount": "0",
                "unit": crossing.observed.unit,
                "share": "0",
                "last_day": None,
                "day_before": None,
                "data_through": utc_text(crossing.usage.data_through or crossing.period.start),
                "resources": resource_documents(crossing.resources.get(cause.metric_id, ())),
            }
