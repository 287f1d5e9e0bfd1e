"""One open alert: an alert that was sent and whose condition still holds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.problem import BUDGETS_KEPT
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.primitives.period import PeriodKind, period_containing, utc_text
from cloudflare_budgets.domain.primitives.text import sanitize

# The names of a problem that are stored, to recognize a new one.
_NAMES_KEPT = 100


@dataclass(frozen=True, slots=True)
class Arming:
    """How often the end of a crossing was sent: each arming sends thresholds again.

    `kept` are amounts, ascending, each with an arming: thresholds up to the amount were still reached when a
    higher threshold was not confirmed, and keep that arming.
    """

    number: int = 0
    kept: tuple[tuple[Decimal, int], ...] = ()

    def of(self, amount: Decimal) -> int:
        """Return the arming of the threshold at an amount."""
        return next((number for kept, number in self.kept if amount <= kept), self.number)

    def keeping(self, amount: Decimal) -> "Arming":
        """Return the arming whose next one applies only to thresholds above an amount."""
        lower = [(kept, number) for kept, number in self.kept if kept < amount]
        return Arming(self.number, (*lower, (amount, self.of(amount))))

    def next(self) -> "Arming":
        """Return the arming after the end of a crossing was sent."""
        return Arming(self.number + 1, self.kept)


FIRST_ARMING = Arming()


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that was sent, and the facts that decide when it ends.

    `subject` is the budget's name, or the subject of the problem of the kind `problem`. For a crossing,
    `limit` is the limit at that time, `threshold` the threshold that was reached and `observed` the amount
    that the message reported, in its unit; `arming` says how often the end of a crossing was sent before.
    `provisional_through` is the end of the fresh usage that reached the threshold before billing did.
    After `period_end` the end of a crossing is not evaluated; some problems have a `period_end` too. An
    alert that `is_over` was resolved; it is stored so that `resolved` is sent once.

    For a problem, `account_id` is its account. For a monthly problem, `since` is the instant in its key,
    `told` the day on which it was found, and `names` the names that were sent this month, if known.
    `budgets` are the budgets that a problem of an account concerns; empty means all of them.
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
    observed: Decimal | None = None
    arming: Arming = FIRST_ARMING
    provisional_through: datetime | None = None

    def ended(self, still_reached: Decimal | None = None) -> "OpenAlert":
        """Return the alert after its end was sent: what comes back is sent again.

        Thresholds up to the amount that is `still_reached` are not over, and are not sent again.
        """
        arming = Arming(self.arming.number) if still_reached is None else self.arming.keeping(still_reached)
        return replace(self, is_over=True, arming=arming)

    def covers(self, other: "OpenAlert") -> bool:
        """Return whether another alert of the same budget and period adds nothing to this one."""
        if self.threshold is None or other.threshold is None or self.arming.number != other.arming.number:
            return self.arming.number > other.arming.number
        if self.provisional_through and not other.provisional_through and other.threshold == self.threshold:
            return False  # billing confirms what only fresh usage had reached
        return self.limit == other.limit and other.threshold <= self.threshold

    def followed_by(self, other: "OpenAlert") -> "OpenAlert":
        """Return what is open after another alert about the same subject was sent as well."""
        if self.problem is None:
            return self if self.covers(other) else other
        is_known = bool(self.budgets and other.budgets) and not self.is_over
        together = dict.fromkeys((*self.budgets, *other.budgets)) if is_known else other.budgets
        budgets = tuple(together)[:BUDGETS_KEPT]
        if self.key == other.key:  # a repeat of the same message
            return replace(self, budgets=budgets, period_end=other.period_end)
        # The latest names come first, because names at the end may be cut.
        told = self.names if other.names and _month(self.since) == _month(other.since) else ()
        names = tuple(dict.fromkeys((*other.names, *told)))[:_NAMES_KEPT]
        return replace(other, budgets=budgets, names=names)


# Open alerts by subject: a higher threshold of the same budget and period replaces a lower one.
OpenAlerts = Mapping[str, OpenAlert]


def subject_of(evaluation: Evaluation) -> str:
    """Name the subject of a crossing: budget and period; an unknown billing cycle has no start."""
    budget, window = evaluation.budget, evaluation.window
    start = utc_text(window.period.start) if window else ""
    return subject_of_budget(budget.name, budget.allowance_of, start)


def subject_of_budget(name: str, allowance_of: str | None, start: str) -> str:
    """Name the subject of a crossing: the budget, its metric and the start of the period."""
    return f"budget {name} {allowance_of or '-'} {start}"


def subject_of_problem(kind: str, subject: str) -> str:
    """Name the subject of a problem."""
    return f"problem {kind} {sanitize(subject)}"


def _month(instant: datetime | None) -> datetime | None:
    return period_containing(PeriodKind.MONTH, instant).start if instant else None
