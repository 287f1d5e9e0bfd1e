"""When a problem that is told once a month is news again: it came back, or it names what it did not name."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from cloudflare_budgets.domain.open_alert import OpenAlerts, about_problem
from cloudflare_budgets.domain.period import midnight
from cloudflare_budgets.domain.problem import Problem


def told_anew(problems: Iterable[Problem], earlier: OpenAlerts, as_of: datetime) -> tuple[Problem, ...]:
    """Let problems begin today that are news though they were told this month; at most once a day."""
    return tuple(_told_anew(problem, earlier, as_of) for problem in problems)


def _told_anew(problem: Problem, earlier: OpenAlerts, as_of: datetime) -> Problem:
    found = earlier.get(about_problem(problem.kind, problem.subject))
    if problem.since is None or found is None or found.since is None or found.since < problem.since:
        return problem
    # What earlier versions told is not known by name.
    is_news = found.is_over or (bool(found.names) and not set(problem.names) <= set(found.names))
    today = midnight(as_of)
    return replace(problem, since=today if is_news and found.told != today else found.since)
