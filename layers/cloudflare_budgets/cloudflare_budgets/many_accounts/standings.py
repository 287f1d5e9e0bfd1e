"""Restores the evaluations of an account from its stored standing, for the digest of many accounts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.budgets.budget import Basis, Budget
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.primitives.period import Period, PeriodKind
from cloudflare_budgets.domain.usage.window import Window


def restored(standing: Mapping[str, Any], budgets: Sequence[Budget]) -> Iterator[Evaluation]:
    """Return what a standing says about budgets: amount, level, period and reason.

    A budget whose limit was changed since is left out, as are the allowances of a budget.
    """
    by_name = {budget.name: budget for budget in budgets}
    for each in standing["budgets"]:
        budget = by_name.get(each["name"])
        if budget and each["allowance_of"] is None and each["limit"] == budget.limit_text:
            yield _evaluation(each, budget)


def _evaluation(found: Mapping[str, Any], budget: Budget) -> Evaluation:
    observed, low = _amount(found["observed"]), _amount(found["low"])
    judged = low or observed
    crossed = (
        threshold
        for threshold in budget.thresholds
        if judged and threshold.basis is Basis.ACTUAL and threshold.amount <= judged.number
    )
    return Evaluation(
        budget,
        _window(found["period"], budget),
        Status(found["status"]),
        observed,
        tuple(crossed),
        low=low,
        high=_amount(found["high"]),
        remark=found["reason"],
    )


def _amount(text: str | None) -> Amount | None:
    if text is None:
        return None
    number, _, unit = text.partition(" ")
    return Amount(Decimal(number), unit)


def _window(period: Mapping[str, Any] | None, budget: Budget) -> Window | None:
    if period is None:
        return None
    start, end = (datetime.fromisoformat(period[each]) for each in ("start", "end"))
    is_cycle = budget.period is PeriodKind.BILLING_PERIOD
    return Window(Period(start, end), is_cycle=is_cycle, estimated_end=period["estimated_end"])
