"""Open alerts: those already sent whose condition still holds, and when a monthly problem is sent again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.alerts.alert import Alert, AlertKey, AlertType
from cloudflare_budgets.domain.alerts.problem import BUDGETS_KEPT, NO_MATCHING_USAGE, TOLD_MONTHLY, Problem
from cloudflare_budgets.domain.budgets.budget import Basis
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.primitives.period import PeriodKind, midnight, period_containing, utc_text
from cloudflare_budgets.domain.primitives.text import sanitize

# So many names that a problem was told of are kept in mind, to know what is news.
_NAMES_KEPT = 100


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that was told, and what its end depends on.

    `subject` is the budget's name, or what the problem of the kind `problem` was about. Of a crossing,
    `limit` is the limit as it was then, `threshold` what was reached, in its unit, and `period_end` when
    nobody will ask any more, which some problems have too. One that `is_over` was resolved, and is kept so
    that this is told once.

    Of a problem, `account_id` is whose it is. Of one that is told once a month, `since` is the instant in its
    key, `told` the day on which it was found, and `names` what was named this month, where that is known.
    `budgets` are those that one of an account concerned; none means all of them.
    """

    key: AlertKey
    subject: str
    problem: str | None = None
    limit: str | None = None
    threshold: Decimal | None = None
    period_end: datetime | None = None
    is_over: bool = False
    account_id: str | None = None
    since: datetime | None = None
    told: datetime | None = None
    names: tuple[str, ...] = ()
    budgets: tuple[str, ...] = ()

    def covers(self, other: "OpenAlert") -> bool:
        """Tell whether another alert of the same budget and period says no more than this one."""
        if self.threshold is None or other.threshold is None:
            return False
        return self.limit == other.limit and other.threshold <= self.threshold

    def followed_by(self, other: "OpenAlert") -> "OpenAlert":
        """Say what is open when another alert about the same was told as well."""
        if self.problem is None:
            return self if self.covers(other) else other
        is_known = bool(self.budgets and other.budgets) and not self.is_over
        together = dict.fromkeys((*self.budgets, *other.budgets)) if is_known else other.budgets
        budgets = tuple(together)[:BUDGETS_KEPT]
        if self.key == other.key:  # the same message, which says no more than it did
            return replace(self, budgets=budgets, period_end=other.period_end)
        # What the latest names comes first: it must not be forgotten.
        told = self.names if other.names and _month(self.since) == _month(other.since) else ()
        names = tuple(dict.fromkeys((*other.names, *told)))[:_NAMES_KEPT]
        return replace(other, budgets=budgets, names=names)


# Open alerts by what they are about: a higher threshold of the same budget takes the place of a lower one.
OpenAlerts = Mapping[str, OpenAlert]


def opened(alerts: Iterable[Alert], as_of: datetime | None = None) -> dict[str, OpenAlert]:
    """Find the alerts whose end is worth telling: of actual usage, and of problems."""
    return {
        what: found
        for alert in alerts
        for what, found in open_by(alert.key, alert.document, alert.problem, as_of)
    }


def joined(earlier: OpenAlerts, later: OpenAlerts) -> OpenAlerts:
    """Say what is open when more was told; what is new comes last."""
    news = {what: earlier[what].followed_by(new) if what in earlier else new for what, new in later.items()}
    return {**earlier, **news}


def about(evaluation: Evaluation) -> str:
    """Say what an alert of a budget is about; a billing cycle that is not known has no start."""
    budget, window = evaluation.budget, evaluation.window
    start = utc_text(window.period.start) if window else ""
    return _about_budget(budget.name, budget.allowance_of, start)


def about_problem(kind: str, subject: str) -> str:
    """Say what an alert of a problem is about."""
    return f"problem {kind} {sanitize(subject)}"


def open_by(
    key: AlertKey, document: Mapping[str, Any], problem: Problem | None = None, as_of: datetime | None = None
) -> Iterable[tuple[str, OpenAlert]]:
    """Find what an alert opens by its JSON for machines, and by the problem itself, where that is known.

    One that was too long to be sent whole opens nothing: its JSON does not say enough.

    Raises:
        ArithmeticError, LookupError, TypeError, ValueError: the document is another one.
    """
    match document:
        case {"type": AlertType.PROBLEM, "problem": {"kind": kind, "subject": subject}}:
            account, day = document["account"], _instant(document["day"])
            found = OpenAlert(
                key,
                subject,
                kind,
                account_id=account["id"] if account else None,
                since=day if kind in TOLD_MONTHLY else None,
                told=midnight(as_of) if as_of and kind in TOLD_MONTHLY else None,
            )
            if problem:
                found = replace(found, names=problem.names, budgets=problem.budgets, period_end=problem.until)
            yield about_problem(kind, subject), found
        case {
            "type": AlertType.THRESHOLD_CROSSED,
            "threshold": {"basis": Basis.ACTUAL, "amount": amount},
            "budget": {"name": name, "allowance_of": allowance_of, "limit": limit},
            "period": {"start": start, "end": end},
        }:
            limit_text = f"{limit['amount']} {limit['unit']}"
            found = OpenAlert(key, name, None, limit_text, Decimal(amount), _instant(end))
            yield _about_budget(name, allowance_of, start), found


def _month(instant: datetime | None) -> datetime | None:
    return period_containing(PeriodKind.MONTH, instant).start if instant else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _about_budget(name: str, allowance_of: str | None, start: str) -> str:
    return f"budget {name} {allowance_of or '-'} {start}"


# What comes and goes, as the price of a weekly job does for a budget of a day, is no news each time.
_AGAIN_AFTER = timedelta(days=7)


def told_anew(problems: Iterable[Problem], earlier: OpenAlerts, as_of: datetime) -> tuple[Problem, ...]:
    """Let problems begin today that are news though they were told this month; at most once a day."""
    return tuple(_told_anew(problem, earlier, as_of) for problem in problems)


def _told_anew(problem: Problem, earlier: OpenAlerts, as_of: datetime) -> Problem:
    found = earlier.get(about_problem(problem.kind, problem.subject))
    if problem.since is None or found is None or found.since is None or found.since < problem.since:
        return problem
    today = midnight(as_of)
    is_news = found.told != today and (_names_more(problem, found) or _is_back(found, today))
    return replace(problem, since=today if is_news else found.since)


def _names_more(problem: Problem, found: OpenAlert) -> bool:
    # What earlier versions told is not known by name.
    return bool(found.names) and not set(problem.names) <= set(found.names)


def _is_back(found: OpenAlert, today: datetime) -> bool:
    """Tell whether people were told that it is gone, and long ago; a scope that has matched is right."""
    if not found.is_over or found.told is None or found.problem == NO_MATCHING_USAGE:
        return False
    return today - found.told >= _AGAIN_AFTER
