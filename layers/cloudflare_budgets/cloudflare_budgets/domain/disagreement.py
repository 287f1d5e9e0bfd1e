"""When Cloudflare bills less than its list prices say, and a budget would look kept for that."""

from decimal import Decimal

from cloudflare_budgets.domain.amount import EXACT, ROUNDED, Amount
from cloudflare_budgets.domain.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.measure import Measured, Unknown, UnknownKind, listed
from cloudflare_budgets.domain.outlook import Outlook
from cloudflare_budgets.domain.priced_by import priced_by, prices_text

_CENT = Decimal("0.01")


def disagreement(budget: Budget, measured: Measured, outlook: Outlook | None = None) -> Unknown | None:
    """Say that a threshold would be crossed by the list prices which is not by what is billed.

    Storage was seen billed for which the usage API gave a cost of zero: a budget is not kept for that.
    For thresholds on a forecast what is expected by the period's end counts, where there is a forecast.
    """
    comparison = measured.costs.comparison if measured.costs else None
    if comparison is None:
        return None
    more = comparison.shortfall
    so_far = {
        Basis.ACTUAL: measured.number,
        Basis.FORECAST: outlook.expected if outlook else measured.number,
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
    # What would be reached already says more than what would be by the period's end.
    return threshold.amount, threshold.basis is Basis.ACTUAL
