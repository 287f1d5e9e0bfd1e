"""Problems of no account: deleted budgets, missing digests, old prices, no recipient."""

from datetime import datetime

from cloudflare_budgets.check.configuration import Configuration
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.domain.alerts.problem import DIGEST_MISSING, NOT_WATCHED, PRICES_OUTDATED, Problem
from cloudflare_budgets.domain.budgets.budget import budget_parameter
from cloudflare_budgets.domain.data_quality.unknown import month_of
from cloudflare_budgets.domain.primitives.period import DAY, midnight, utc_text
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.domain.run.state import RunState
from cloudflare_budgets.domain.run.subscriptions import Subscriptions, missing_operator

# This many deleted budgets are named in one message.
_NAMED = 10
# Cloudflare changes a price a few times a year.
_PRICES_LAST = 180 * DAY


def own_problems(
    configuration: Configuration, state: RunState | None, request: Request, report: Report, deps: Dependencies
) -> tuple[Problem, ...]:
    """Return what is wrong outside the accounts, if the run covers all of them and today."""
    if not _may_find(report):
        return ()
    found = (
        _removed(configuration, state, deps.prefix),
        None if request.digest else _missed_digest(state, report.as_of),
        _outdated_prices(deps.prices.checked_on, report.as_of),
    )
    return tuple(problem for problem in found if problem)


def missing_recipient(
    state: RunState | None, operators: Subscriptions | None, report: Report
) -> tuple[Problem, ...]:
    """Return the problem that alarms about this stack reach no person, if so."""
    if state is None or not _may_find(report):
        return ()
    found = missing_operator(state.unheard_since, operators, report.as_of)
    return (found,) if found else ()


def _may_find(report: Report) -> bool:
    return report.mode.covers_all and not report.mode.is_replay


def _removed(configuration: Configuration, state: RunState | None, prefix: str) -> Problem | None:
    """Return the problem that budgets were deleted; without any budget, `no_budgets` is enough."""
    names = state.removed(configuration.names) if state else []
    if not names or not configuration.names:
        return None
    parameters = ", ".join(budget_parameter(prefix, name) for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    text = f"no longer watched, because the parameter was deleted: {parameters}{more}"
    # A budget that is created and deleted again on the same day is reported again.
    first_seen = max((state.budgets or {})[name] for name in names) if state else None
    return Problem(NOT_WATCHED, ", ".join(names), text, step=utc_text(first_seen) if first_seen else "")


def _missed_digest(state: RunState | None, as_of: datetime) -> Problem | None:
    """Return the problem that digests stopped, which is sent once for each last digest."""
    last = state.missed_digest(as_of) if state else None
    if last is None:
        return None
    text = (
        f"the last digest was sent on {last:%Y-%m-%d}: its schedule was deleted, or its runs fail. "
        "Set the stack parameter DigestSchedule again"
    )
    return Problem(DIGEST_MISSING, "digest", text, since=midnight(last))


def _outdated_prices(checked_on: datetime | None, as_of: datetime) -> Problem | None:
    """Return the problem that the price list of this version is old, once a month."""
    if checked_on is None or as_of - checked_on < _PRICES_LAST:
        return None
    text = (
        f"the price list of this version was compared with Cloudflare's pages on {checked_on:%Y-%m-%d}, "
        f"{(as_of - checked_on).days} days ago: prices may have changed since, and estimates, forecasts and "
        "allowances may be wrong"
    )
    return Problem(PRICES_OUTDATED, "price list", text, since=month_of(as_of))
