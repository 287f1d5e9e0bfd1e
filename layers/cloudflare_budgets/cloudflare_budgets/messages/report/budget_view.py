"""What a card is about: one budget in one window, of one account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.evaluation.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.domain.usage.window import Window
from cloudflare_budgets.messages.formatting import (
    format_amount,
    format_next_to_limit,
    format_number,
    percent_text,
)
from cloudflare_budgets.messages.report.html import said

# Pages of more would take long to load on a phone; what has no picture stands in the table.
CARDS = 30
_ROUGH = 1000
_MOMENT = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A budget as a report judges it; `is_settling` when its window is over and a newer one is judged too."""

    account: AccountReport
    evaluation: Evaluation
    as_of: datetime
    is_settling: bool = False

    @property
    def budget(self) -> Budget:
        """The budget."""
        return self.evaluation.budget

    @property
    def window(self) -> Window | None:
        """The time it is judged in."""
        return self.evaluation.window

    @property
    def forecast(self) -> BudgetForecast | None:
        """What is expected, while the window is not over."""
        is_over = self.window is None or self.window.period.end <= self.as_of
        return None if is_over else self.evaluation.forecast

    @property
    def is_expected_over(self) -> bool:
        """Whether all of the limit is expected to be used, or more."""
        return self.forecast is not None and self.forecast.expected >= self.budget.limit.number

    @property
    def share(self) -> Decimal:
        """How much of the limit is used, 1 is all of it; -1 when that is not known."""
        observed = self.evaluation.observed
        return observed.number / self.budget.limit.number if observed else Decimal(-1)

    @property
    def name(self) -> str:
        """What the budget is called; one of an allowance is named with its metric."""
        metric = self.budget.allowance_of
        return said(f"{self.budget.name}, {metric}" if metric else self.budget.name)

    @property
    def limit_text(self) -> str:
        """The limit, as people read it."""
        return said(self.budget.limit_text if self.budget.is_allowance else format_amount(self.budget.limit))

    @property
    def percent_text(self) -> str:
        """How much of the limit is used, as people read it; empty when that is not known."""
        observed = self.evaluation.observed
        return percent_text(observed.number, self.budget.limit.number) if observed else ""

    @property
    def account_text(self) -> str:
        """What the account is called."""
        return said(self.account.account_name or self.account.account_id)

    @property
    def dates_text(self) -> str:
        """The window's first and last day."""
        if self.window is None:
            return ""
        start, last = self.window.period.start, self.window.period.end - _DAY
        return f"{start:%Y-%m-%d}" + (f" to {last:%Y-%m-%d}" if last > start else "")

    @property
    def left_text(self) -> str:
        """What is left of the window."""
        if self.window is None:
            return ""
        left = -((self.as_of - self.window.period.end) // _DAY)
        if left <= 0:
            return "over, still settling" if self.is_settling else "over"
        estimated = ", its end estimated" if self.window.estimated_end else ""
        return f"{left} {'day' if left == 1 else 'days'} left{estimated}"

    def amount(self, number: Decimal) -> str:
        """Write a number of the budget's unit: `41.20 USD`."""
        return said(format_amount(Amount(number, self.budget.limit.unit)))

    def beside_limit(self, number: Decimal) -> str:
        """Write what is used beside the limit, without the unit; below it, it never looks like it."""
        return format_next_to_limit(number, self.budget.limit)

    def estimate(self, number: Decimal) -> Decimal:
        """Round what is expected of a quantity: nobody expects 16,423,680.57 requests."""
        is_rough = not self.budget.is_cost and abs(number) >= _ROUGH
        return number.to_integral_value() if is_rough else number

    def format_number(self, number: Decimal) -> str:
        """Write a number of the budget's unit without the unit: `41.20`."""
        return format_number(number, self.budget.limit.unit)


def data_text(account: AccountReport, as_of: datetime) -> str:
    """Say up to when there is data; empty when there is none."""
    through = account.data_through
    if through is None:
        return ""
    return "today, so far" if through > as_of else f"{through - _MOMENT:%Y-%m-%d}"


def subjects_of(report: Report) -> list[BudgetView]:
    """Find what there is to show, what needs looking at first."""
    found = [subject for account in report.accounts for subject in _of_account(account, report.as_of)]
    order = {Status.BREACHED: 0, Status.UNKNOWN: 1, Status.OK: 2}
    return sorted(found, key=lambda one: (one.is_settling, order[one.evaluation.status], -one.share))


def with_cards(subjects: list[BudgetView]) -> list[BudgetView]:
    """Choose the subjects that get a card each: those that have used most of their limits."""
    current = [subject for subject in subjects if not subject.is_settling]
    return sorted(current, key=lambda subject: -subject.share)[:CARDS]


def _of_account(account: AccountReport, as_of: datetime) -> list[BudgetView]:
    seen: set[tuple[str, str | None]] = set()
    found = []
    for evaluation in account.evaluations:
        key = (evaluation.budget.name, evaluation.budget.allowance_of)
        is_over = evaluation.window is not None and evaluation.window.period.end <= as_of
        found.append(BudgetView(account, evaluation, as_of, is_settling=is_over and key in seen))
        seen.add(key)
    return found
