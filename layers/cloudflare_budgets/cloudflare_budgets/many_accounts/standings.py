"""Restores evaluations from an account's stored standing, for the digest of many accounts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.budgets.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.evaluation.measurement import CostBasis, Costs, DailyBreakdown
from cloudflare_budgets.domain.evaluation.provisional import Provisional
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.primitives.period import Period, PeriodKind
from cloudflare_budgets.domain.usage.fresh_scale import FreshQuality
from cloudflare_budgets.domain.usage.window import Window


def restored(standing: Mapping[str, Any], budgets: Sequence[Budget]) -> Iterator[Evaluation]:
    """Return what a standing says about budgets: amount, level, period, forecast, days, reason.

    A budget whose limit was changed since is left out. An allowance needs the details of its standing.
    """
    by_name = {budget.name: budget for budget in budgets}
    for each in standing["budgets"]:
        budget = by_name.get(each["name"])
        if budget and each["allowance_of"] is not None:
            budget = _line(each, budget)
        if budget and each["limit"] == budget.limit_text:
            yield _evaluation(each, budget)


def restored_problems(standing: Mapping[str, Any]) -> Iterator[Problem]:
    """Return the problems of an account, as the digest lists them."""
    for each in standing["problems"]:
        yield Problem(each["kind"], each["subject"], each["message"], standing["account_id"])


def restored_quality(standing: Mapping[str, Any]) -> FreshQuality | None:
    """Return how good the analytics of an account were."""
    found = standing.get("fresh_quality")
    if found is None:
        return None
    return FreshQuality(found["failure"], _number(found["least"]), _number(found["most"]), found["days"])


def _line(found: Mapping[str, Any], budget: Budget) -> Budget | None:
    """Return the budget of one allowance; `None` if its limit is unknown or was changed since."""
    details = found.get("details", {})
    limit = _amount(details.get("limit"))
    if limit is None or not budget.is_allowance:
        return None
    metric_id = tuple(details.get("metric_id", ()))
    return replace(
        budget,
        scope=replace(budget.scope, metric_id=metric_id, metric_name=(), product_family=()),
        limit=limit,
        thresholds=tuple(threshold.rescaled(limit) for threshold in budget.thresholds),
        period=PeriodKind(details["period_kind"]),
        allowance_of=found["allowance_of"],
        allowance_percent=budget.limit.number,
    )


def _evaluation(found: Mapping[str, Any], budget: Budget) -> Evaluation:
    observed, low = _amount(found["observed"]), _amount(found["low"])
    judged, details = low or observed, found.get("details", {})
    crossed = (
        threshold
        for threshold in budget.thresholds
        if judged and threshold.basis is Basis.ACTUAL and threshold.amount <= judged.number
    )
    unknown = Unknown(UnknownKind(details["unknown"]), found["reason"]) if "unknown" in details else None
    days, families = details.get("days", {}), details.get("families", {})
    return Evaluation(
        budget,
        _window(found["period"], budget),
        Status(found["status"]),
        observed,
        tuple(crossed),
        _labelled(details.get("forecast_crossed", ()), budget),
        _forecast(details.get("forecast")),
        breakdown=DailyBreakdown(_days(days), {name: _days(each) for name, each in families.items()}),
        costs=Costs(CostBasis(found["cost_basis"])) if found["cost_basis"] else None,
        low=low,
        high=_amount(found["high"]),
        unknown=unknown,
        remark=None if unknown else found["reason"],
        provisional=_provisional(details.get("provisional"), budget),
    )


def _labelled(labels: Iterable[str], budget: Budget) -> tuple[Threshold, ...]:
    return tuple(each for each in budget.thresholds if each.label(budget.limit.unit) in set(labels))


def _forecast(found: Mapping[str, Any] | None) -> BudgetForecast | None:
    if found is None:
        return None
    return BudgetForecast(
        Decimal(found["expected"]),
        _number(found["low"]),
        _number(found["high"]),
        Decimal(found["continued"]),
        found["complete_days"],
        found["is_early"],
        found["has_shifted"],
        tuple(found["left_out"]),
        datetime.fromisoformat(found["limit_on"]) if found["limit_on"] else None,
    )


def _provisional(found: Mapping[str, Any] | None, budget: Budget) -> Provisional | None:
    if found is None:
        return None
    unit = budget.limit.unit
    return Provisional(
        Amount(Decimal(found["amount"]), unit),
        Amount(Decimal(found["low"]), unit),
        datetime.fromisoformat(found["through"]),
        _labelled(found["crossed"], budget),
        tuple(found["unread"]),
    )


def _days(found: Mapping[str, str]) -> Mapping[datetime, Decimal]:
    return {datetime.fromisoformat(day).replace(tzinfo=UTC): Decimal(number) for day, number in found.items()}


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


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
