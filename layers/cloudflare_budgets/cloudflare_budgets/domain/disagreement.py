"""When Cloudflare bills less than its list prices say, and a budget would look kept for that."""

from decimal import Decimal

from cloudflare_budgets.domain.amount import EXACT, ROUNDED, Amount
from cloudflare_budgets.domain.budget import Basis, Budget
from cloudflare_budgets.domain.measure import Comparison, Measured, Unknown, UnknownKind
from cloudflare_budgets.domain.outlook import Outlook

# Costs may come a day after their usage, and list prices are no contract: what differs by less than a
# unit of the currency, or by less than a fifth, is no news.
MARGIN = Decimal(1)
_MARGIN_SHARE = Decimal("0.2")
_CENT = Decimal("0.01")


def differs(comparison: Comparison, margin: Decimal = MARGIN) -> bool:
    """Tell whether what is billed lies outside of what the list prices allow, by more than the margin."""
    billed, listed = comparison.billed, comparison.listed
    low, high = min(listed.low, listed.number), max(listed.high, listed.number)
    apart = max(EXACT.subtract(low, billed), EXACT.subtract(billed, high))
    larger = max(abs(billed), abs(listed.number))
    return apart > max(margin, EXACT.multiply(larger, _MARGIN_SHARE))


def disagreement(budget: Budget, measured: Measured, outlook: Outlook | None = None) -> Unknown | None:
    """Say that a threshold would be crossed by the list prices which is not by what is billed.

    Storage was seen billed for which the usage API gave a cost of zero: a budget is not kept for that.
    For thresholds on a forecast what is expected by the period's end counts, where there is a forecast.
    """
    comparison = measured.costs.comparison if measured.costs else None
    if comparison is None or not differs(comparison):
        return None
    more = EXACT.subtract(min(comparison.listed.low, comparison.listed.number), comparison.billed)
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
    billed, listed = (
        Amount(number.quantize(_CENT, context=ROUNDED), unit)
        for number in (comparison.billed, comparison.listed.number)
    )
    text = (
        f"Cloudflare gives a cost of {billed} for usage that costs {listed} by list prices, with which the "
        f"threshold {missed[-1].label(unit)} would be reached: compare with the account's billing page. If "
        "you have other prices, write them into the parameter `prices`"
    )
    return Unknown(UnknownKind.COST_DISAGREES, text)
