"""The alert for a spike or a new metric: its message and its JSON document."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR, Alert, AlertType
from cloudflare_budgets.domain.alerts.alert_key import key_of_anomaly
from cloudflare_budgets.domain.alerts.severity import severity_of_anomaly
from cloudflare_budgets.domain.budgets.budget import PLACES, AlertOn
from cloudflare_budgets.domain.evaluation.anomaly import Anomaly
from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.primitives.amount import EXACT, Amount, plain
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.account_text import (
    account_name,
    account_text,
    data_text,
    subject_name,
    users_text,
)
from cloudflare_budgets.messages.alerts.documents import budget_document, envelope, resource_documents
from cloudflare_budgets.messages.budget_text import LOOK_AT_USAGE, OWN_FIGURES, change_budget
from cloudflare_budgets.messages.formatting import (
    day_text,
    format_amount,
    format_number,
    metric_name,
    times_text,
)
from cloudflare_budgets.messages.mail import mail_text, subject_line
from cloudflare_budgets.messages.message import Action, Fact, Message, message_json, present

# A metric is new only once.
_FOR_EVER = timedelta(days=3650)
_SUBJECT_NAME = 40
_HOURS = Decimal(24)
_TYPES = {AlertOn.SPIKE: AlertType.SPIKE, AlertOn.NEW_METRIC: AlertType.NEW_METRIC}
_AGAIN = {
    AlertOn.SPIKE: "only after two days of usual usage",
    AlertOn.NEW_METRIC: "never for this metric",
}


def anomaly_alert(anomaly: Anomaly, context: EvaluationContext, parameter: str) -> Alert:
    """Return the one alert for an episode, or for a new metric.

    Args:
        anomaly: what is unusual.
        context: what it was found in.
        parameter: the full name of the parameter of the budget that requests the alert.
    """
    is_spike = anomaly.kind is AlertOn.SPIKE
    account_id = context.usage.account_id
    key = key_of_anomaly(account_id, anomaly)
    shown = _in_shown_unit(anomaly, context)
    message = anomaly_message(shown, context, parameter)
    return Alert(
        key=key,
        type=_TYPES[anomaly.kind],
        severity=severity_of_anomaly(anomaly),
        subject=subject_line(_fact(shown, _SUBJECT_NAME), subject_name(context.usage)),
        body=mail_text(message, key.alert_id),
        document=_document(anomaly, context, key.alert_id),
        expires=context.as_of + (REMEMBERED_FOR if is_spike else _FOR_EVER),
        budget=anomaly.budget.name,
        account_id=account_id,
        label=anomaly.metric_id,
        message=message_json(message),
        cause=anomaly.metric_id,
    )


def _in_shown_unit(anomaly: Anomaly, context: EvaluationContext) -> Anomaly:
    price = context.prices.find(anomaly.metric_id, anomaly.name)
    return replace(anomaly, unit=price.shown_unit(anomaly.unit)) if price else anomaly


def anomaly_message(anomaly: Anomaly, context: EvaluationContext, parameter: str) -> Message:
    """Say how unusual the usage is, what it will cost if it continues, and what to do."""
    if anomaly.kind is AlertOn.SPIKE:
        advice = LOOK_AT_USAGE
    else:
        advice = Action(
            "Check whether this product is meant to be in use. If it is not, see who switched it on."
        )
    return Message(
        _fact(anomaly),
        account_name(context.usage),
        lead=present((_comparison(anomaly), _users(anomaly), _worth(anomaly), _provisional(anomaly))),
        actions=(advice, OWN_FIGURES, change_budget(parameter)),
        facts=tuple(_facts(anomaly, context)),
        footer=present((data_text(context.usage, context.as_of),)),
        brief=_brief(anomaly),
    )


def _fact(anomaly: Anomaly, room: int = 60) -> str:
    name = metric_name(anomaly.name, room)
    on = "since 00:00 UTC" if _is_running(anomaly) else f"on {day_text(anomaly.day)}"
    if anomaly.kind is AlertOn.NEW_METRIC:
        return f"New metric in use: {name}, {_quantity(anomaly)} {on}"
    usual = "a usual day" if _is_running(anomaly) else "the usual"
    times = f"{times_text(anomaly.quantity, anomaly.usual)} {usual}" if anomaly.usual else "usually unused"
    return f"{name}: {_quantity(anomaly)} {on}, {times}"


def _brief(anomaly: Anomaly) -> str:
    what = "New metric" if anomaly.kind is AlertOn.NEW_METRIC else "Spike"
    return f"{what}: {metric_name(anomaly.name)}"


def _is_running(anomaly: Anomaly) -> bool:
    """Return whether the day is not over as far as analytics were read."""
    return anomaly.through is not None and anomaly.through < anomaly.day + timedelta(days=1)


def _quantity(anomaly: Anomaly) -> str:
    return format_amount(Amount(anomaly.quantity, anomaly.unit))


def _comparison(anomaly: Anomaly) -> str:
    if anomaly.kind is AlertOn.NEW_METRIC:
        return f"Not used on the {anomaly.unseen_for} days before."
    usual = format_number(anomaly.usual, anomaly.unit) if anomaly.usual else "none"
    days = f", unusual for {anomaly.days} days since {day_text(anomaly.since)}" if anomaly.days > 1 else ""
    usual += " on the whole day" if _is_running(anomaly) else ""
    least = "at least " if anomaly.through else ""
    return f"{anomaly.day:%A} {day_text(anomaly.day)}: {least}{_quantity(anomaly)}, usually {usual}{days}."


def _users(anomaly: Anomaly) -> str:
    users = users_text(anomaly.resources).removeprefix(", ")
    return f"Mostly {users}." if users else ""


def _provisional(anomaly: Anomaly) -> str:
    if anomaly.through is None:
        return ""
    read = f"read until {anomaly.through:%H:%M} UTC"
    return f"Provisional: Cloudflare's analytics, not billing data, {read}."


def _worth(anomaly: Anomaly) -> str:
    if anomaly.worth is None:
        return "No price is known for it."
    more = "more than usual" if anomaly.usual is not None else "by its price"
    an_hour = anomaly.worth_per_hour
    rate = f"{format_amount(an_hour)} an hour" if an_hour else f"{format_amount(anomaly.worth)} a day"
    text = f"Worth {rate} {more}, once allowances are used up"
    if an_hour and _is_running(anomaly):  # 30 times the part of a day would contradict the rate
        a_day = Amount(EXACT.multiply(an_hour.number, _HOURS), an_hour.unit)
        return f"{text}; {format_amount(a_day)} in 24 hours if it continues."
    later = anomaly.if_it_goes_on
    return f"{text}; {format_amount(later)} in 30 days if it continues." if later else f"{text}."


def _facts(anomaly: Anomaly, context: EvaluationContext) -> Iterable[Fact]:
    yield Fact("Metric", sanitize(anomaly.metric_id))
    patterns = anomaly.budget.scope.patterns()
    places = "; ".join(f"{key} {', '.join(patterns[key])}" for key in PLACES if key in patterns)
    yield Fact("Where", sanitize(places))
    yield Fact("Budget", anomaly.budget.name)
    yield Fact("Account", account_text(context.usage))
    yield Fact("Next alert", _AGAIN[anomaly.kind])


def _document(anomaly: Anomaly, context: EvaluationContext, alert_id: str) -> Mapping[str, Any]:
    usage = context.usage
    return {
        **envelope(alert_id, _TYPES[anomaly.kind], severity_of_anomaly(anomaly), usage),
        "budget": budget_document(anomaly.budget),
        "metric": {"metric_id": sanitize(anomaly.metric_id), "name": sanitize(anomaly.name)},
        "since": utc_text(anomaly.since),
        "day": utc_text(anomaly.day),
        "days": anomaly.days,
        "observed": _amount(Amount(anomaly.quantity, anomaly.unit)),
        "usual": _amount(Amount(anomaly.usual, anomaly.unit)) if anomaly.usual is not None else None,
        "worth": _amount(anomaly.worth),
        "if_it_goes_on": _amount(anomaly.if_it_goes_on),
        "provisional": _provisional_document(anomaly),
        "resources": resource_documents(anomaly.resources),
        "data_through": utc_text(usage.data_through) if usage.data_through else None,
        "source": usage.source,
    }


def _provisional_document(anomaly: Anomaly) -> dict[str, Any] | None:
    if anomaly.through is None:
        return None
    return {"through": utc_text(anomaly.through), "worth_per_hour": _amount(anomaly.worth_per_hour)}


def _amount(amount: Amount | None) -> dict[str, str] | None:
    return {"amount": plain(amount.number), "unit": amount.unit} if amount else None
