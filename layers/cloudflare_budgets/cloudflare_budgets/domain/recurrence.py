"""When a problem that is told once a month is news again: it names something new, or is back for good."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from cloudflare_budgets.domain.open_alert import OpenAlert, OpenAlerts, about_problem
from cloudflare_budgets.domain.period import midnight
from cloudflare_budgets.domain.problem import NO_MATCHING_USAGE, Problem

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
