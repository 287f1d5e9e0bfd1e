"""The alert that says a metric is out of line: its identity, and the JSON for machines."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cloudflare_budgets.domain.alert import REMEMBERED_FOR, Alert, AlertType, Severity, anomaly_key
from cloudflare_budgets.domain.alert_document import account_document, budget_document
from cloudflare_budgets.domain.amount import Amount, plain
from cloudflare_budgets.domain.anomaly import Anomaly
from cloudflare_budgets.domain.anomaly_text import anomaly_body, anomaly_subject
from cloudflare_budgets.domain.budget import AlertOn
from cloudflare_budgets.domain.knowledge import Knowledge
from cloudflare_budgets.domain.period import utc_text
from cloudflare_budgets.domain.wording import one_line

# A metric is new but once.
_FOR_EVER = timedelta(days=3650)
_WEEK = 7
_TYPES = {AlertOn.SPIKE: AlertType.SPIKE, AlertOn.NEW_METRIC: AlertType.NEW_METRIC}


def anomaly_alert(anomaly: Anomaly, known: Knowledge, parameter: str) -> Alert:
    """Render the one alert for an episode, or for a new metric.

    Args:
        anomaly: what is out of line.
        known: what it was found in.
        parameter: the full name of the parameter of the budget that asked for it.
    """
    is_spike = anomaly.kind is AlertOn.SPIKE
    account_id = known.usage.account_id
    since = anomaly.since if is_spike else None
    key = anomaly_key(account_id, anomaly.kind, anomaly.metric_id, since, anomaly.budget.scope.place)
    return Alert(
        key=key,
        type=_TYPES[anomaly.kind],
        severity=severity_of(anomaly),
        subject=anomaly_subject(anomaly, known),
        body=anomaly_body(anomaly, known, parameter, key.alert_id),
        document=_document(anomaly, known, key.alert_id),
        expires=known.as_of + (REMEMBERED_FOR if is_spike else _FOR_EVER),
        budget=anomaly.budget.name,
        account_id=account_id,
        label=anomaly.metric_id,
    )


def severity_of(anomaly: Anomaly) -> Severity:
    """Grade an anomaly: a spike that by itself would use up a cost budget within a week is critical."""
    worth, limit = anomaly.worth, anomaly.budget.limit
    uses_it_up = worth is not None and worth.unit == limit.unit and worth.number * _WEEK >= limit.number
    return Severity.CRITICAL if uses_it_up and anomaly.kind is AlertOn.SPIKE else Severity.WARNING


def _document(anomaly: Anomaly, known: Knowledge, alert_id: str) -> Mapping[str, Any]:
    usage = known.usage
    return {
        "version": "1",
        "alert_id": alert_id,
        "type": _TYPES[anomaly.kind].value,
        "severity": severity_of(anomaly).value,
        "account": account_document(usage),
        "budget": budget_document(anomaly.budget),
        "metric": {"metric_id": one_line(anomaly.metric_id), "name": one_line(anomaly.name)},
        "since": utc_text(anomaly.since),
        "day": utc_text(anomaly.day),
        "days": anomaly.days,
        "observed": {"amount": plain(anomaly.quantity), "unit": anomaly.unit},
        "usual": {"amount": plain(anomaly.usual), "unit": anomaly.unit}
        if anomaly.usual is not None
        else None,
        "worth": _amount(anomaly.worth),
        "if_it_goes_on": _amount(anomaly.if_it_goes_on),
        "data_through": utc_text(usage.data_through) if usage.data_through else None,
        "source": usage.source,
    }


def _amount(amount: Amount | None) -> dict[str, str] | None:
    return {"amount": plain(amount.number), "unit": amount.unit} if amount else None
