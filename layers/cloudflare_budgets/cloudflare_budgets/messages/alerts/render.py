"""Renders decisions and problems as alerts, and alerts in the form that is stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cloudflare_budgets.domain.alerts.alert import Alert, AlertType, OutgoingAlert
from cloudflare_budgets.domain.alerts.decision import Decision
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.budgets.budget import budget_parameter
from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.messages.alerts.closed_period import closed_period_alert
from cloudflare_budgets.messages.alerts.problem import problem_alert
from cloudflare_budgets.messages.mail import INCLUDES, and_more, description_line, mail_text
from cloudflare_budgets.messages.message import (
    Mention,
    Message,
    Section,
    mention,
    mentions_json,
    message_json,
    parse_message,
)
from cloudflare_budgets.messages.size_limits import (
    MAX_BODY,
    bounded_json,
    json_array,
    strip_unsendable,
    truncate,
)

# Lines about the alerts that a message includes; with more, a mail would not fit on a phone.
_INCLUDED_SHOWN = 4


def outgoing(alert: Alert, slack: Mapping[str, str] | None = None) -> OutgoingAlert:
    """Put an alert into the form that is stored until it is sent, within the limits of both.

    Args:
        alert: the alert.
        slack: the attribute `mentions` or `mentioned_in`, by which Slack shows alerts as one message.
    """
    budgets = alert.budgets or ((alert.budget,) if alert.budget else ())
    attributes = {
        "type": alert.type.value,
        "severity": alert.severity.value,
        "budget": alert.budget,
        "budgets": json_array(budgets),
        "account_id": alert.account_id,
        "message": alert.message,
        **(slack or {}),
    }
    return OutgoingAlert(
        alert.key,
        alert.subject,
        truncate(strip_unsendable(alert.body), MAX_BODY),
        bounded_json(alert.document),
        {name: text for name, text in attributes.items() if text},
        alert.expires,
        alert.lower,
        alert.alongside,
        alert.opens,
    )


def with_also(leader: Alert, others: Sequence[Alert]) -> Alert:
    """Mention other alerts about the same metric in the message of the most severe one.

    The others are settled together with the leader, and their open alerts are stored with its own.
    """
    also = [
        {
            "type": other.type.value,
            "budget": other.budget,
            "threshold": other.label if other.type is AlertType.THRESHOLD_CROSSED else None,
            "alert_id": other.key.alert_id,
            "period": other.document.get("period"),
        }
        for other in others
    ]
    settled = (key for other in others for key in (other.key, *other.lower, *other.alongside))
    keys = dict.fromkeys((*leader.alongside, *settled))
    budgets = dict.fromkeys(alert.budget for alert in (leader, *others) if alert.budget)
    message = _with_section(leader, others)
    return replace(
        leader,
        body=_body(message, leader) if message else leader.body,
        message=message_json(message) if message else leader.message,
        document={**leader.document, "also": also},
        alongside=tuple(key for key in keys if key != leader.key and key not in leader.lower),
        budgets=tuple(budgets),
        opens={what: found for alert in (*reversed(others), leader) for what, found in alert.opens.items()},
    )


def _body(message: Message, leader: Alert) -> str:
    budget = leader.document.get("budget") or {}
    return mail_text(message, leader.key.alert_id, description_line(budget.get("description", "")))


def _with_section(leader: Alert, others: Sequence[Alert]) -> Message | None:
    """Return the leader's message with a section about the others; `None` without any line."""
    lines = [_line(other) for other in others if other.key not in leader.alongside]
    message = parse_message(leader.message)
    if message is None or not lines:
        return None
    if len(lines) > _INCLUDED_SHOWN:
        left_out = len(lines) - _INCLUDED_SHOWN + 1
        lines = [*lines[: _INCLUDED_SHOWN - 1], and_more(left_out)]
    return replace(message, sections=(Section(INCLUDES, tuple(lines)), *message.sections))


def _line(other: Alert) -> str:
    message = parse_message(other.message)
    return f"- {(message.brief or message.headline) if message else other.subject}"


def _headline(alert: Alert) -> str:
    message = parse_message(alert.message)
    return message.headline if message else alert.subject


def fitting_mentions(first: Sequence[Alert], others: Sequence[Sequence[Alert]]) -> list[Mention]:
    """Return lines about the alerts of other messages, for as many messages as fit.

    Args:
        first: the alerts of the message that mentions the others.
        others: the alerts of each other message; one that is settled with another alert is not mentioned.
    """
    settled = {key for group in (first, *others) for alert in group for key in alert.alongside}
    found: list[Mention] = []
    for group in others:
        if group[0].key not in settled:
            more = [_mention(alert) for alert in group if alert.key not in settled]
            if not mentions_json([*found, *more]):
                break
            found += more
    return found


def _mention(alert: Alert) -> Mention:
    return mention(alert.key.alert_id, alert.type.value, alert.severity.value, _headline(alert))


def alerts_of(
    problems: Iterable[Problem], as_of: datetime, prefix: str, account: AccountReport | None = None
) -> tuple[Alert, ...]:
    """Return an alert for each problem, of one account or (`None`) of no single one.

    Args:
        problems: the conditions to report.
        as_of: the instant that the run judged by.
        prefix: the root of the parameter names, so that messages can say what to change.
        account: the account that the problems are about.
    """
    return tuple(problem_alert(problem, as_of, account, prefix) for problem in problems)


def render(decision: Decision, context: EvaluationContext, prefix: str) -> tuple[Alert, ...]:
    """Return the alerts for what was decided about one account, problems aside.

    Args:
        decision: the facts.
        context: what they were found in.
        prefix: the root of the parameter names, so that messages can say what to change.
    """
    closed = (closed_period_alert(each, context.usage, context.as_of) for each in decision.closed_periods)
    return (
        *_crossing_alerts(decision, context, prefix),
        *_anomaly_alerts(decision, context, prefix),
        *closed,
    )


# Imported where they are needed, since most checks find neither: this shortens the cold start.
def _crossing_alerts(decision: Decision, context: EvaluationContext, prefix: str) -> Iterable[Alert]:
    if not decision.crossings:
        return ()
    from cloudflare_budgets.messages.alerts.crossed.alert import crossing_alert  # noqa: PLC0415

    return (
        crossing_alert(each, budget_parameter(prefix, each.budget.name), context.daily)
        for each in decision.crossings
    )


def _anomaly_alerts(decision: Decision, context: EvaluationContext, prefix: str) -> Iterable[Alert]:
    if not decision.anomalies:
        return ()
    from cloudflare_budgets.messages.alerts.anomaly import anomaly_alert  # noqa: PLC0415

    return (
        anomaly_alert(each, context, budget_parameter(prefix, each.budget.name))
        for each in decision.anomalies
    )
