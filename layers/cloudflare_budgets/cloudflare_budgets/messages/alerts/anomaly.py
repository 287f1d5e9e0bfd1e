"""The alert for a spike or a new metric: subject, text and JSON document."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR, Alert, AlertType
from cloudflare_budgets.domain.alerts.alert_key import anomaly_key
from cloudflare_budgets.domain.alerts.severity import severity_of_anomaly
from cloudflare_budgets.domain.budgets.budget import PLACES, AlertOn
from cloudflare_budgets.domain.evaluation.anomaly import Anomaly
from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.primitives.amount import Amount, plain
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.alerts.documents import account_document, budget_document
from cloudflare_budgets.messages.alerts.layout import (
    account_lines,
    data_text,
    labelled,
    letter,
    paragraphs,
    subject_line,
    what_to_do,
)
from cloudflare_budgets.messages.formatting import format_amount, format_number

_FAR_OUT = 10
_MEANT = {
    AlertOn.SPIKE: (
        "Is that usage meant? If not, stop its cause (a loop, a cron, a deployment of that day). Usage comes "
        "a day late: it may be going on as you read this."
    ),
    AlertOn.NEW_METRIC: "Is the product meant to be in use? If not, see who switched it on.",
}


def anomaly_subject(anomaly: Anomaly, context: EvaluationContext) -> str:
    """Say it in one line: `Workers requests 12 times the usual on 2026-11-21 - Example account`."""
    name = sanitize(anomaly.name, 40)
    if anomaly.kind is AlertOn.SPIKE:
        fact = f"{name} at {_times(anomaly)} on {anomaly.day:%Y-%m-%d}"
    else:
        fact = f"New metric in use: {name}, {_quantity(anomaly)} on {anomaly.day:%Y-%m-%d}"
    account = context.usage.account_name or context.usage.account_id
    return subject_line(fact, sanitize(account, 60))


def anomaly_body(anomaly: Anomaly, context: EvaluationContext, parameter: str, alert_id: str) -> str:
    """Say how far out of line it is, what it will cost if it goes on, and what to do."""
    return letter(
        _headline(anomaly),
        _figures(anomaly, context),
        paragraphs([_repeated(anomaly)]),
        what_to_do(_MEANT[anomaly.kind], parameter),
        alert_id=alert_id,
    )


def _headline(anomaly: Anomaly) -> str:
    name = sanitize(anomaly.name, 60)
    day = f"{anomaly.day:%A, %Y-%m-%d}"
    if anomaly.kind is AlertOn.NEW_METRIC:
        text = f"{name} is newly in use: not once on the {anomaly.unseen_for} days before."
        return paragraphs([f"{text} It came to {_quantity(anomaly)} on {day}."])
    text = f"{name} came to {_quantity(anomaly)} on {day}, {_times(anomaly)}."
    return paragraphs([text])


def _figures(anomaly: Anomaly, context: EvaluationContext) -> str:
    unit = anomaly.unit
    worth, later = anomaly.worth, anomaly.if_it_goes_on
    usual = f"{format_number(anomaly.usual, unit)} {unit} on such a day" if anomaly.usual is not None else ""
    what = "more than usual" if anomaly.usual is not None else "by its price"
    return labelled(
        [
            ("Observed", _quantity(anomaly)),
            ("Usual", usual),
            ("Since", _since(anomaly)),
            (
                "Worth",
                f"{format_amount(worth)} a day {what}, no allowance left" if worth else "no price is known",
            ),
            ("", f"{format_amount(later)} in 30 days, if it goes on" if later else ""),
            ("Metric", sanitize(anomaly.metric_id)),
            ("Where", _where(anomaly)),
            ("Data", data_text(context.usage, context.as_of)),
            *account_lines(context.usage),
            ("Asked by", f"budget {anomaly.budget.name}"),
        ]
    )


def _since(anomaly: Anomaly) -> str:
    since = f"{anomaly.since:%Y-%m-%d}"
    if anomaly.kind is AlertOn.NEW_METRIC or anomaly.days == 1:
        return since
    return f"{since}, {anomaly.days} days out of line"


def _where(anomaly: Anomaly) -> str:
    patterns = anomaly.budget.scope.patterns()
    return sanitize("; ".join(f"{key} {', '.join(patterns[key])}" for key in PLACES if key in patterns))


def _quantity(anomaly: Anomaly) -> str:
    return format_amount(Amount(anomaly.quantity, anomaly.unit))


def _times(anomaly: Anomaly) -> str:
    if not anomaly.usual:
        return "where none is usual"
    times = anomaly.quantity / anomaly.usual
    return f"{times:,.0f} times the usual" if times >= _FAR_OUT else f"{times:,.1f} times the usual"


def _repeated(anomaly: Anomaly) -> str:
    if anomaly.kind is AlertOn.NEW_METRIC:
        return "This is told once for each metric."
    return "This is told once; after two days as usual, the next one is news again."


# A metric is new but once.
_FOR_EVER = timedelta(days=3650)
_TYPES = {AlertOn.SPIKE: AlertType.SPIKE, AlertOn.NEW_METRIC: AlertType.NEW_METRIC}


def anomaly_alert(anomaly: Anomaly, context: EvaluationContext, parameter: str) -> Alert:
    """Render the one alert for an episode, or for a new metric.

    Args:
        anomaly: what is out of line.
        context: what it was found in.
        parameter: the full name of the parameter of the budget that asked for it.
    """
    is_spike = anomaly.kind is AlertOn.SPIKE
    account_id = context.usage.account_id
    since = anomaly.since if is_spike else None
    key = anomaly_key(account_id, anomaly.kind, anomaly.metric_id, since, anomaly.budget.scope.place)
    return Alert(
        key=key,
        type=_TYPES[anomaly.kind],
        severity=severity_of_anomaly(anomaly),
        subject=anomaly_subject(anomaly, context),
        body=anomaly_body(anomaly, context, parameter, key.alert_id),
        document=_document(anomaly, context, key.alert_id),
        expires=context.as_of + (REMEMBERED_FOR if is_spike else _FOR_EVER),
        budget=anomaly.budget.name,
        account_id=account_id,
        label=anomaly.metric_id,
    )


def _document(anomaly: Anomaly, context: EvaluationContext, alert_id: str) -> Mapping[str, Any]:
    usage = context.usage
    return {
        "version": "1",
        "alert_id": alert_id,
        "type": _TYPES[anomaly.kind].value,
        "severity": severity_of_anomaly(anomaly).value,
        "account": account_document(usage),
        "budget": budget_document(anomaly.budget),
        "metric": {"metric_id": sanitize(anomaly.metric_id), "name": sanitize(anomaly.name)},
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
