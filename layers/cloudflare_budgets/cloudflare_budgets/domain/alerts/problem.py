"""Problems: conditions that no retry can fix and that people must know about."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind, month_of
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.primitives.period import PeriodKind, period_containing
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.usage import Usage

# The length of a message, without the count of what is left out.
_ROOM = 1900
_BUDGETS_NAMED = 10


@dataclass(frozen=True, slots=True)
class ReportedReasons:
    """The text of a problem's reasons, and the names in it; another name is reported again."""

    text: str
    names: tuple[str, ...]


def reported_reasons(reasons: Mapping[Unknown, Sequence[str]]) -> ReportedReasons:
    """Return the text of each reason with its budgets; of too many reasons, the first ones.

    The names are those of the reason, or its budgets if it has none.
    """
    parts: list[str] = []
    names: list[str] = []
    left = dict(reasons)
    for unknown, budgets in reasons.items():
        part = f"{_called(budgets)}: {unknown.reason}"
        if parts and len(". ".join([*parts, part])) > _ROOM:
            break
        parts.append(part[:1].upper() + part[1:] if parts else part)
        names += unknown.names or budgets[:_BUDGETS_NAMED]
        del left[unknown]
    more = len({budget for budgets in left.values() for budget in budgets})
    if more:
        parts.append(f"Other reasons hold for {more} more")
    return ReportedReasons(". ".join(parts), tuple(dict.fromkeys(names)))


def _called(budgets: Sequence[str]) -> str:
    more = len(budgets) - _BUDGETS_NAMED
    named = ", ".join(budgets[:_BUDGETS_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"budget {named}" if len(budgets) == 1 else f"budgets {named}"


# The document of a budget is invalid.
INVALID_BUDGET = "invalid_budget"
# A budget that earlier checks saw was deleted; periods passed while an account could not be read.
NOT_WATCHED, NOT_JUDGED = "not_watched", "not_judged"
DIGEST_MISSING = "digest_missing"
# No person receives the alerts, or the alarms about this stack.
NO_SUBSCRIBER, NO_OPERATIONS_SUBSCRIBER = "no_subscriber", "no_operations_subscriber"
PRICES_OUTDATED = "prices_outdated"
# Cloudflare does not list an account of a shared token any more, or none of its accounts.
ACCOUNT_VANISHED, ACCOUNTS_NOT_LISTED = "account_vanished", "accounts_not_listed"
# The object with budgets has an invalid part, or a budget that is in a parameter too.
INVALID_OBJECT, DUPLICATE_BUDGET = "invalid_budgets_object", "duplicate_budget"
NEVER_ENDS = frozenset({NOT_WATCHED, NOT_JUDGED, ACCOUNT_VANISHED})
# The scope of a budget matches no usage.
NO_MATCHING_USAGE = "no_matching_usage"
# These are about the data of the account; one message covers all its budgets.
OF_THE_ACCOUNT = frozenset(
    {
        UnknownKind.NO_DATA,
        UnknownKind.STALE_DATA,
        UnknownKind.COST_UNAVAILABLE,
        UnknownKind.PRICE_UNKNOWN,
        UnknownKind.HISTORY_UNAVAILABLE,
        UnknownKind.BILLING_PERIOD_UNKNOWN,
        UnknownKind.METRIC_VANISHED,
        UnknownKind.USAGE_WENT_DOWN,
        UnknownKind.MISSING_DAYS,
        UnknownKind.TOTALS_CONTRADICT,
    }
)
# These last until a person acts, or for good: one message a month is enough.
REPORTED_MONTHLY = frozenset(
    {
        NO_MATCHING_USAGE,
        NOT_JUDGED,
        PRICES_OUTDATED,
        "not_covered",
        UnknownKind.COST_UNAVAILABLE,
        UnknownKind.PRICE_UNKNOWN,
        UnknownKind.COST_DISAGREES,
        UnknownKind.NO_ALLOWANCE,
        UnknownKind.HISTORY_UNAVAILABLE,
        UnknownKind.USAGE_WENT_DOWN,
        UnknownKind.METRIC_VANISHED,
        UnknownKind.MISSING_DAYS,
        UnknownKind.TOTALS_CONTRADICT,
        UnknownKind.STALE_DATA,
        UnknownKind.NO_DATA,
    }
)
# The first is normal, the second is reported for the account.
_NOT_REPORTED = frozenset({UnknownKind.NO_DATA_YET, UnknownKind.USAGE_UNAVAILABLE})
_OF_A_BUDGET = frozenset({INVALID_BUDGET, NO_MATCHING_USAGE, *UnknownKind} - OF_THE_ACCOUNT - _NOT_REPORTED)

_LEAST_USAGE = timedelta(hours=72)
_METRICS_SHOWN = 20
# The budgets of a problem that are stored, to recognize its end.
BUDGETS_KEPT = 100


# Kind, subject and step.
_Key = tuple[UnknownKind, str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """A condition that prevents a budget from being watched until a person acts.

    `kind` is a word for machines, `subject` the budget, parameter or account, `message` says what is wrong
    and what to do. `account_id` is `None` for a problem of no single account. It is sent once a day, or once
    for the time that began at `since`, and again at each new `step`. `names` are the names in the message, if
    another name is reported again, and `budgets` the budgets of a problem of an account. After `until`, its
    end is not known.
    """

    kind: str
    subject: str
    message: str
    account_id: str | None = None
    since: datetime | None = None
    step: str = ""
    names: tuple[str, ...] = ()
    budgets: tuple[str, ...] = ()
    until: datetime | None = None

    @property
    def budget(self) -> str | None:
        """The budget of the problem, if it concerns one alone."""
        return budget_of(self.kind, self.subject)


def budget_of(kind: str, subject: str) -> str | None:
    """Return the budget of a problem of a kind, if it concerns one alone."""
    return subject if kind in _OF_A_BUDGET else None


def problems_of(evaluations: Iterable[Evaluation], account_id: str, as_of: datetime) -> list[Problem]:
    """Return the problems of the budgets whose amount is not known.

    A monthly problem belongs to the month of the newest period that it concerns, so that a period which
    is still settling does not repeat it in the month after.
    """
    found: defaultdict[_Key, dict[Unknown, list[str]]] = defaultdict(dict)
    months: dict[_Key, datetime] = {}
    for evaluation in evaluations:
        unknown = evaluation.unknown
        if unknown is None or unknown.kind in (*_NOT_REPORTED, NO_MATCHING_USAGE):
            continue
        name = evaluation.budget.name
        subject = account_id if unknown.kind in OF_THE_ACCOUNT else name
        key = (unknown.kind, subject, unknown.step)
        seen = evaluation.window.seen_at(as_of) if evaluation.window else as_of
        months[key] = max(month_of(seen), months.get(key, month_of(seen)))
        budgets = found[key].setdefault(unknown, [])
        if name not in budgets:
            budgets.append(name)
    return [_problem(key, reasons, account_id, months[key]) for key, reasons in found.items()]


def _problem(
    key: _Key, reasons: Mapping[Unknown, Sequence[str]], account_id: str, month: datetime
) -> Problem:
    kind, subject, step = key
    reported = reported_reasons(reasons)
    budgets = dict.fromkeys(budget for those in reasons.values() for budget in those)
    ends = [unknown.until for unknown in reasons]
    since = max(unknown.since or month for unknown in reasons)
    return Problem(
        kind.value,
        subject,
        reported.text,
        account_id,
        since if kind in REPORTED_MONTHLY else None,
        step,
        reported.names,
        tuple(budgets)[:BUDGETS_KEPT] if kind in OF_THE_ACCOUNT else (),
        None if None in ends else max(end for end in ends if end),
    )


def unmatched_budgets(
    budgets: Iterable[Budget], usage: Usage, as_of: datetime, evaluations: Iterable[Evaluation] = ()
) -> list[Problem]:
    """Return a problem for each budget whose scope matches no usage: unused, or misspelled.

    It is reported once a month, after some days of usage.
    """
    if usage.data_through is None:
        return []
    first = min(charge.charge_period_start for charge in usage.reading.charges)
    if usage.data_through - first < _LEAST_USAGE:
        return []
    month = period_containing(PeriodKind.MONTH, as_of).start
    unknowns = {each.budget.name: each.unknown for each in evaluations if each.unknown}
    misspelled = {name: found for name, found in unknowns.items() if found.kind == NO_MATCHING_USAGE}
    return [
        _unmatched(budget, usage, month, misspelled.get(budget.name))
        for budget in budgets
        if not any(series.is_in(budget.scope) for series in usage.series)
    ]


def scope_name(budget: Budget) -> str:
    """Return the scope of a budget as a problem about it names the scope."""
    return sanitize(_keys_of(budget))


def _keys_of(budget: Budget) -> str:
    return "; ".join(f"{key}: {', '.join(patterns)}" for key, patterns in budget.scope.patterns().items())


def _unmatched(budget: Budget, usage: Usage, month: datetime, unknown: Unknown | None) -> Problem:
    keys = _keys_of(budget)
    known = sorted({series.metric_id for series in usage.series})
    shown = ", ".join(known[:_METRICS_SHOWN]) + (", ..." if len(known) > _METRICS_SHOWN else "")
    if unknown:
        reason = unknown.reason if unknown.reason.endswith("?") else f"{unknown.reason}."
    else:
        reason = (
            f"no usage of the account matches its scope ({keys}). This is correct if the product is not "
            "used; otherwise the scope is misspelled."
        )
    text = f"budget {budget.name}: {reason} The account's metrics are {shown}"
    # Another scope that matches nothing is reported again.
    return Problem(NO_MATCHING_USAGE, budget.name, text, usage.account_id, month, names=(scope_name(budget),))
