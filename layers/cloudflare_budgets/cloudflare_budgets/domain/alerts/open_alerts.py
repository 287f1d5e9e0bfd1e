"""Which alerts are open after a message was sent, and when a monthly problem is sent again."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.alerts.alert import Alert, AlertType
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.crossing import Crossing
from cloudflare_budgets.domain.alerts.open_alert import (
    OpenAlert,
    OpenAlerts,
    subject_of,
    subject_of_budget,
    subject_of_problem,
)
from cloudflare_budgets.domain.alerts.problem import (
    NEVER_ENDS,
    NO_MATCHING_USAGE,
    REPORTED_MONTHLY,
    Problem,
    scope_name,
)
from cloudflare_budgets.domain.budgets.budget import Basis, Budget
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.primitives.period import midnight
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.usage import Series, Usage

# Metrics are reported as vanished after two days without a row.
_IN_USE = timedelta(days=2)
_SCOPES_KEPT = 500


def opened_by_crossing(crossing: Crossing) -> OpenAlerts:
    """Return the open alert of a crossing; a forecast or a possible crossing opens none."""
    if crossing.highest.basis is not Basis.ACTUAL or crossing.is_possible:
        return {}
    budget = crossing.budget
    found = OpenAlert(
        crossing.key,
        budget.name,
        limit=str(budget.limit),
        threshold=crossing.highest.amount,
        period_end=crossing.period.end,
        told=crossing.as_of,
        observed=crossing.certain.number,
        arming=crossing.arming,
        provisional_through=crossing.provisional.through if crossing.provisional else None,
    )
    return {subject_of(crossing.evaluation): found}


def opened_by_problem(problem: Problem, key: AlertKey, day: datetime, as_of: datetime) -> OpenAlerts:
    """Return the open alert of a problem whose key holds a day; some problems never end."""
    if problem.kind in NEVER_ENDS:
        return {}
    found = OpenAlert(
        key,
        sanitize(problem.subject),
        problem.kind,
        period_end=problem.until,
        account_id=problem.account_id,
        since=day if problem.kind in REPORTED_MONTHLY else None,
        told=midnight(as_of) if problem.kind in REPORTED_MONTHLY else None,
        names=problem.names,
        budgets=problem.budgets,
    )
    return {subject_of_problem(problem.kind, problem.subject): found}


def opened_by_document(key: AlertKey, document: Mapping[str, Any], as_of: datetime) -> OpenAlerts:
    """Return what an alert opens whose row an earlier version wrote, from its JSON for machines.

    Raises:
        ArithmeticError, LookupError, TypeError, ValueError: the document has another form.
    """
    match document:
        case {"type": AlertType.PROBLEM, "problem": {"kind": kind, "subject": subject}}:
            account_id = document["account"]["id"] if document["account"] else None
            problem = Problem(kind, subject, "", account_id)
            return opened_by_problem(problem, key, _instant(document["day"]), as_of)
        case {
            "type": AlertType.THRESHOLD_CROSSED,
            "threshold": {"basis": Basis.ACTUAL, "amount": amount},
            "budget": {"name": name, "allowance_of": allowance_of, "limit": limit},
            "period": {"start": start, "end": end},
        }:
            limit_text = f"{limit['amount']} {limit['unit']}"
            found = OpenAlert(key, name, None, limit_text, Decimal(amount), _instant(end))
            return {subject_of_budget(name, allowance_of, start): found}
    return {}


def opened(alerts: Iterable[Alert]) -> dict[str, OpenAlert]:
    """Return the open alerts that some alerts leave behind."""
    return {subject: found for alert in alerts for subject, found in alert.opens.items()}


def joined(earlier: OpenAlerts, later: OpenAlerts) -> OpenAlerts:
    """Return what is open after more alerts were sent; the newest come last."""
    news = {what: earlier[what].followed_by(new) if what in earlier else new for what, new in later.items()}
    return {**earlier, **news}


def switched_off_scopes(
    budgets: Iterable[Budget], usage: Usage, alerts: OpenAlerts, earlier: Iterable[str]
) -> tuple[str, ...]:
    """Return the scopes whose metrics were all reported as vanished, and are not used again.

    Such a scope is not misspelled: that it matches no usage is not reported as well. `earlier` are the scopes
    that the run before returned, and `alerts` are those that are open after this run.
    """
    found = dict.fromkeys(earlier)
    vanished = alerts.get(subject_of_problem(UnknownKind.METRIC_VANISHED, usage.account_id))
    names = set(vanished.names) if vanished else set()
    for budget in budgets:
        series = [each for each in usage.series if each.is_in(budget.scope)]
        if not series or not budget.scope.patterns():
            continue
        if {each.metric_id for each in series} <= names:
            found[scope_name(budget)] = None
        elif any(_is_in_use(each, usage) for each in series):
            found.pop(scope_name(budget), None)
    return tuple(found)[-_SCOPES_KEPT:]


def _is_in_use(series: Series, usage: Usage) -> bool:
    """Return whether a series has a row in the last days of usage."""
    through = usage.data_through
    return through is not None and any(
        each.charge_period_start >= through - _IN_USE for each in usage.series[series]
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


# A condition that begins and ends repeatedly, such as the price of a weekly job for a budget of a day, is
# sent again at the earliest after this time.
_AGAIN_AFTER = timedelta(days=7)


def renewed(problems: Iterable[Problem], earlier: OpenAlerts, as_of: datetime) -> tuple[Problem, ...]:
    """Date monthly problems so that further names in them are sent again, at most once a day."""
    return tuple(_renewed(problem, earlier, as_of) for problem in problems)


def _renewed(problem: Problem, earlier: OpenAlerts, as_of: datetime) -> Problem:
    found = earlier.get(subject_of_problem(problem.kind, problem.subject))
    if problem.since is None or found is None or found.since is None or found.since < problem.since:
        return problem
    today = midnight(as_of)
    is_news = found.told != today and (_has_more_names(problem, found) or _is_back(found, today))
    return replace(problem, since=today if is_news else found.since)


def _has_more_names(problem: Problem, found: OpenAlert) -> bool:
    # Alerts of earlier versions have no names.
    return bool(found.names) and not set(problem.names) <= set(found.names)


def _is_back(found: OpenAlert, today: datetime) -> bool:
    """Return whether the problem's end was sent long ago; a scope that once matched is correct."""
    if not found.is_over or found.told is None or found.problem == NO_MATCHING_USAGE:
        return False
    return today - found.told >= _AGAIN_AFTER
