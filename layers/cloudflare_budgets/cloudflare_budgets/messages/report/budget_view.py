"""What a card is about: one budget in one window, of one account."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Level, Status
from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.evaluation.measurement import OTHER
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.domain.usage.window import Window
from cloudflare_budgets.messages.account_text import distinct_names
from cloudflare_budgets.messages.budget_text import budget_name, forecast_text, left_text, limit_amount
from cloudflare_budgets.messages.formatting import (
    dates,
    format_amount,
    format_number,
    percent_text,
    rough,
)
from cloudflare_budgets.messages.report.html import cleaned

# Pages of more would take long to load on a phone; other budgets are in the table only.
CARDS = 30
# As many colours as the style has for families.
COLOURS = 5


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A budget in a report; `is_settling` if its window is over and a newer one is shown too.

    `colours` are the numbers of the colours of product families, the same in all cards of a page.
    """

    account: AccountReport
    account_name: str
    evaluation: Evaluation
    as_of: datetime
    is_settling: bool = False
    colours: Mapping[str, int] = field(default_factory=dict)

    @property
    def budget(self) -> Budget:
        """The budget."""
        return self.evaluation.budget

    @property
    def window(self) -> Window | None:
        """The time that the budget is judged in."""
        return self.evaluation.window

    @property
    def forecast(self) -> BudgetForecast | None:
        """What is expected, while the window is not over."""
        is_over = self.window is None or self.window.period.end <= self.as_of
        return None if is_over else self.evaluation.shown_forecast

    @property
    def is_expected_over(self) -> bool:
        """Whether all of the limit is expected to be used, or more."""
        return self.forecast is not None and self.forecast.expected >= self.budget.limit.number

    @property
    def needs_a_look(self) -> bool:
        """Whether the budget is not simply within its thresholds."""
        return self.evaluation.level is not Level.WITHIN or bool(self.evaluation.forecast_crossed)

    @property
    def share(self) -> Decimal:
        """How much of the limit is used at least, 1 is all of it; -1 if the amount is unknown."""
        observed, fresh = self.evaluation.observed, self.evaluation.provisional
        if observed is None:
            return Decimal(-1)
        least = fresh.low.number if fresh and fresh.crossed else observed.number
        return least / self.budget.limit.number

    @property
    def name(self) -> str:
        """The name of the budget, with the metric of its allowance."""
        return cleaned(budget_name(self.budget))

    @property
    def limit_text(self) -> str:
        """The limit: `50 USD`."""
        budget = self.budget
        return cleaned(budget.limit_text if budget.is_allowance else limit_amount(budget))

    @property
    def forecast_text(self) -> str:
        """What is expected: `60.10 USD (55-66), 120 %`; empty without a forecast."""
        if self.forecast is None:
            return ""
        percent = percent_text(self.forecast.expected, self.budget.limit.number)
        return cleaned(f"{forecast_text(self.forecast, self.budget.limit)}, {percent}")

    @property
    def dates_text(self) -> str:
        """The window's first and last day."""
        return dates(self.window.period) if self.window else ""

    @property
    def left_text(self) -> str:
        """What is left of the window."""
        if self.window is None:
            return ""
        left = left_text(self.window, self.as_of)
        if left == "over":
            return "over, still settling" if self.is_settling else left
        return left + (", its end estimated" if self.window.estimated_end else "")

    def amount(self, number: Decimal) -> str:
        """Format a number of the budget's unit: `41.20 USD`."""
        return cleaned(format_amount(Amount(number, self.budget.limit.unit)))

    def format_number(self, number: Decimal) -> str:
        """Format a number of the budget's unit without the unit: `41.20`."""
        return format_number(number, self.budget.limit.unit)

    def format_estimate(self, number: Decimal) -> str:
        """Format an expected number without the unit, rounded like those of mails: `174`."""
        return self.format_number(rough(number))

    def family_classes(self, names: Sequence[str]) -> list[str]:
        """Return the CSS class of each family: its own colour, or the next free one in this card."""
        taken: list[int] = []
        for name in names:
            first = self.colours.get(name, 0)
            free = (each % COLOURS for each in range(first, first + COLOURS) if each % COLOURS not in taken)
            taken.append(-1 if name == OTHER else next(free, first % COLOURS))
        return ["family-other" if colour < 0 else f"family-{colour}" for colour in taken]


def views_of(report: Report) -> list[BudgetView]:
    """Return what there is to show, what needs a look first."""
    names = distinct_names(report.accounts)
    colours = _colours(report)
    found = [
        view
        for account in report.accounts
        for view in _of_account(account, names[account.account_id], report.as_of, colours)
    ]
    order = {Status.BREACHED: 0, Status.UNKNOWN: 1, Status.OK: 2}
    return sorted(found, key=lambda one: (one.is_settling, order[one.evaluation.status], -one.share))


def with_cards(views: list[BudgetView]) -> list[BudgetView]:
    """Choose the budgets that get a card each: those that have used most of their limits."""
    current = [view for view in views if not view.is_settling]
    return sorted(current, key=lambda view: -view.share)[:CARDS]


def _colours(report: Report) -> Mapping[str, int]:
    """Give each family a colour; the five families of the most budgets have a unique one."""
    counts = Counter(
        family
        for account in report.accounts
        for evaluation in account.evaluations
        for family in evaluation.breakdown.families
        if family != OTHER
    )
    by_count = sorted(counts, key=lambda name: (-counts[name], name))
    return {name: place % COLOURS for place, name in enumerate(by_count)}


def _of_account(
    account: AccountReport, name: str, as_of: datetime, colours: Mapping[str, int]
) -> list[BudgetView]:
    seen: set[tuple[str, str | None]] = set()
    found = []
    for evaluation in account.evaluations:
        key = (evaluation.budget.name, evaluation.budget.allowance_of)
        is_over = evaluation.window is not None and evaluation.window.period.end <= as_of
        is_settling = is_over and key in seen
        found.append(BudgetView(account, name, evaluation, as_of, is_settling=is_settling, colours=colours))
        seen.add(key)
    return found
