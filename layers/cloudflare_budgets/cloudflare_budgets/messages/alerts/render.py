"""Facts in, alerts out."""

from collections.abc import Iterable
from datetime import datetime

from cloudflare_budgets.domain.alerts.alert import Alert, OutgoingAlert
from cloudflare_budgets.domain.alerts.decision import Decision
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.budgets.budget import budget_parameter
from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.messages.alerts.closed_period import closed_period_alert
from cloudflare_budgets.messages.alerts.problem import problem_alert
from cloudflare_budgets.messages.size_limits import MAX_BODY, bounded_json, strip_unsendable, truncate


def outgoing(alert: Alert) -> OutgoingAlert:
    """Put an alert into the form that is stored until it is sent, within the limits of both."""
    attributes = {
        "type": alert.type.value,
        "severity": alert.severity.value,
        "budget": alert.budget,
        "account_id": alert.account_id,
        "message": alert.message,
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


def alerts_of(
    problems: Iterable[Problem], as_of: datetime, prefix: str, account: AccountReport | None = None
) -> tuple[Alert, ...]:
    """Return an alert for each problem, of one account or (`None`) of no single one.

    Args:
        problems: what to tell people.
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
    from cloudflare_budgets.messages.alerts.crossing import crossing_alert  # noqa: PLC0415

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
