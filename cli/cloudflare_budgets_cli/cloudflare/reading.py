"""Reads an account's usage for a command, with its prices and allowances."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.evaluation.context import EvaluationContext, evaluation_context
from cloudflare_budgets.domain.primitives.period import DAY, Period, PeriodKind, midnight, period_containing
from cloudflare_budgets.domain.usage.billing_cycle import cycles_to_evaluate
from cloudflare_budgets.domain.usage.usage import arrange
from cloudflare_budgets.domain.usage.window import Window
from cloudflare_budgets.ports import UsageQuery
from cloudflare_budgets_cli.cloudflare.access import Access

# The longest billing cycle and the days after its end in which rows still arrive.
_CYCLE = timedelta(days=35)


def read(access: Access, period: Period, as_of: datetime) -> EvaluationContext:
    """Read the charges of a period and of the billing cycles that the period overlaps.

    Raises:
        CloudflareBudgetsError: Cloudflare refuses the request or does not answer.
    """
    query = UsageQuery(period, needs_cost=True)
    reading = replace(access.usage.read(access.account, query), asked=period)
    usage = arrange(access.account.account_id, reading)
    return evaluation_context(usage, as_of, prices=shipped_prices())


@dataclass(frozen=True, slots=True)
class WindowOfUsage:
    """The usage of an account, and the time that a command reports."""

    context: EvaluationContext
    window: Window


def read_window(access: Access, as_of: datetime, days: int | None = None) -> WindowOfUsage:
    """Read the last days, or the current billing cycle; the month if no cycle is known."""
    today = midnight(as_of) + DAY
    if days is not None:
        period = Period(today - days * DAY, today)
        return WindowOfUsage(read(access, period, as_of), Window(period))
    month = period_containing(PeriodKind.MONTH, as_of)
    context = read(access, Period(min(month.start, today - _CYCLE), today), as_of)
    usage = context.usage
    cycles = cycles_to_evaluate(usage.cycles, usage.reading.anchor_days.values(), as_of)
    current = [cycle for cycle in cycles if as_of in cycle.period]
    if len(current) != 1:  # several subscriptions renew on different days
        return WindowOfUsage(context, Window(month))
    return WindowOfUsage(
        context, Window(current[0].period, is_cycle=True, estimated_end=current[0].estimated)
    )
