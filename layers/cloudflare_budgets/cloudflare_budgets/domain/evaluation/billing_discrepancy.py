"""Whether bills are so far below list prices that these would reach a threshold."""

from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind, listed
from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.evaluation.measurement import Measurement
from cloudflare_budgets.domain.pricing.price import priced_by, prices_text
from cloudflare_budgets.domain.primitives.amount import EXACT, ROUNDED, Amount

_CENT = Decimal("0.01")


def billing_discrepancy(
    budget: Budget, measured: Measurement, forecast: BudgetForecast | None = None
) -> Unknown | None:
    """Return why billed costs do not disprove a threshold of list prices; `None` if they do.

    Storage was billed for which the usage API had reported a cost of zero. Thresholds on a forecast are
    compared with the amount expected at the period's end, where there is a forecast.
    """
    comparison = measured.costs.comparison if measured.costs else None
    if comparison is None:
        return None
    more = comparison.shortfall
    so_far = {
        Basis.ACTUAL: measured.number,
        Basis.FORECAST: forecast.expected if forecast else measured.number,
    }
    missed = [
        threshold
        for threshold in budget.thresholds
        if so_far[threshold.basis] < threshold.amount <= EXACT.add(so_far[threshold.basis], more)
    ]
    if not missed:
        return None
    unit = budget.limit.unit
    highest = max(missed, key=_how_far).label(unit)
    billed, by_prices = (
        Amount(number.quantize(_CENT, context=ROUNDED), unit)
        for number in (comparison.billed, comparison.listed.number)
    )
    by = prices_text(priced_by(comparison.prices))
    metrics = listed(price.metric_id for price in comparison.prices)
    text = (
        f"Cloudflare gives a cost of {billed} for usage that costs {by_prices} by {by} ({metrics}), "
        f"with which the threshold {highest} would be reached: compare with the account's billing page. "
        "If you have other prices, write them into the parameter `prices`"
    )
    return Unknown(UnknownKind.COST_DISAGREES, text, highest)


def _how_far(threshold: Threshold) -> tuple[Decimal, bool]:
    # A threshold on the actual amount says more than the same one on a forecast.
    return threshold.amount, threshold.basis is Basis.ACTUAL
