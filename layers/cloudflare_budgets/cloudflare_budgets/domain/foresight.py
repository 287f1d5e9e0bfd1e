"""What a budget's amount is expected to be, and when it is expected to reach its limit."""

from bisect import bisect_left
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.amount import EXACT
from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.daily import DAY
from cloudflare_budgets.domain.daily_usage import DailyUsage
from cloudflare_budgets.domain.knowledge import Knowledge
from cloudflare_budgets.domain.measure import Measured
from cloudflare_budgets.domain.outlook import (
    DAYS_FOR_FORECAST,
    Outlook,
    Remainder,
    amount_of_complete_days,
    days_known,
    outlook_of,
    quantity_remainder,
)
from cloudflare_budgets.domain.outlook_cost import cost_remainder
from cloudflare_budgets.domain.period import Period
from cloudflare_budgets.domain.window import Window


def foresee(budget: Budget, window: Window, measured: Measured, known: Knowledge) -> Outlook | None:
    """Forecast what a budget's amount is by its window's end; `None` when too little is known."""
    if days_known(known.daily) < DAYS_FOR_FORECAST:
        return None
    remainder = (
        cost_remainder(budget, window, measured, known)
        if budget.is_cost
        else quantity_remainder(budget, window, known)
    )
    found = outlook_of(measured, remainder, known.daily)
    if not measured.number < budget.limit.number <= found.expected:
        return found
    missing = EXACT.subtract(budget.limit.number, amount_of_complete_days(measured, known.daily))
    return replace(found, limit_on=_day_of(missing, remainder, window.period, known.daily))


def _day_of(missing: Decimal, remainder: Remainder, period: Period, daily: DailyUsage) -> datetime:
    """Find the first day by whose end what is missing is expected to have come."""
    first = max(daily.through, period.start)
    days = [first + index * DAY for index in range((period.end - first) // DAY)]
    # The last day need not be asked for: by its end it has come.
    return days[bisect_left(days[:-1], missing, key=lambda day: remainder.before(day + DAY))]
