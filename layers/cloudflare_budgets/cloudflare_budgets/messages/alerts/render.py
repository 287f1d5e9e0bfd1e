"""Facts in, rendered alerts out."""

from collections.abc import Iterable
from datetime import datetime

from cloudflare_budgets.domain.alerts.alert import Alert, OutgoingAlert
from cloudflare_budgets.domain.alerts.decision import Decision
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.budgets.budget import budget_parameter
from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.messages.alerts.closed_period import closed_period_alert
from cloudflare_budgets.messages.alerts.crossing import crossing_alert
from cloudflare_budgets.messages.alerts.problem import problem_alert
from cloudflare_budgets.messages.size_limits import MAX_BODY, bounded_json, strip_unsendable, truncate


def outgoing(alert: Alert) -> OutgoingAlert:
    """Put an alert into the form that is kept until it is sent, short enough to be kept and to be sent."""
    attributes = {"type": alert.type.value, "severity": alert.severity.value}
    if alert.budget:
        attributes["budget"] = alert.budget
    if alert.account_id:
        attributes["account_id"] = alert.account_id
    document = bounded_json(alert.document)
    return OutgoingAlert(
        alert.key,
        alert.subject,
        truncate(strip_unsendable(alert.body), MAX_BODY),
        document,
        attributes,
        alert.expires,
        alert.lower,
        alert.alongside,
        alert.opens,
    )


def alerts_of(
    problems: Iterable[Problem], as_of: datetime, account: AccountReport | None = None
) -> tuple[Alert, ...]:
    """Render an alert for each problem, of an account or (`None`) of whichever."""
    return tuple(problem_alert(problem, as_of, account) for problem in problems)


def render(decision: Decision, context: EvaluationContext, prefix: str) -> tuple[Alert, ...]:
    """Render the alerts for what was decided about one account, problems aside.

    Args:
        decision: the facts.
        context: what they were found in.
        prefix: the root of the parameter names, with which messages say what to change.
    """
    return (
        *(crossing_alert(each, budget_parameter(prefix, each.budget.name)) for each in decision.crossings),
        *_anomaly_alerts(decision, context, prefix),
        *(closed_period_alert(each, context.usage, context.as_of) for each in decision.closed_periods),
    )


def _anomaly_alerts(decision: Decision, context: EvaluationContext, prefix: str) -> Iterable[Alert]:
    if not decision.anomalies:
        return ()
    from cloudflare_budgets.messages.alerts.anomaly import anomaly_alert  # noqa: PLC0415

    return (
        anomaly_alert(each, context, budget_parameter(prefix, each.budget.name))
        for each in decision.anomalies
    )
