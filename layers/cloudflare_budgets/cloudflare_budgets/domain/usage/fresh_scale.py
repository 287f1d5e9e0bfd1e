"""How far fresh usage is trusted: by how analytics and billing compared on settled days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, Context, Decimal

from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO
from cloudflare_budgets.domain.primitives.days import Days
from cloudflare_budgets.domain.primitives.period import midnight
from cloudflare_budgets.domain.usage.fresh import (
    DAYS_TO_CALIBRATE,
    IN_THOUSANDS,
    FreshFigure,
    FreshUsage,
    is_settled,
)

DAYS_COMPARED = 14
_ROUGH = Decimal("1.5")
_SHARE = Context(prec=12, rounding=ROUND_FLOOR)

# The scale until an account has settled days that both sources know: what analytics count and billing leaves
# out is small for storage products, and may be most of the requests of a Worker (service bindings, attacks).
_UNCALIBRATED = Decimal("0.9")
_UNCALIBRATED_FAMILIES = {
    "workers_": Decimal("0.5"),
    "regular_twitch_neurons": Decimal("0.5"),
    "container_": Decimal("0.5"),
    "vectorize_": ZERO,
}
_THOUSAND = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Scale:
    """The factor of a metric's fresh figures, and the number of settled days it comes from.

    `least` and `most` are the billed share of what analytics counted on those days. `is_rough`: they differ
    by more than a half.
    """

    factor: Decimal
    days: int = 0
    least: Decimal | None = None
    most: Decimal | None = None
    is_rough: bool = False

    @property
    def is_calibrated(self) -> bool:
        """Whether both sources agree closely enough on enough settled days."""
        return self.days >= DAYS_TO_CALIBRATE and not self.is_rough


@dataclass(frozen=True, slots=True)
class FreshQuality:
    """How good an account's fresh usage is: its ratio to billed usage, or why none was read.

    `least` and `most` are what analytics counted of a billed unit, over at most `days` settled days.
    """

    failure: str | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    days: int = 0


def quality_of(fresh: FreshUsage, scales: Mapping[str, Scale]) -> FreshQuality:
    """Return how good fresh usage is, over all metrics that both sources have in one unit."""
    comparable = [scale for metric, scale in scales.items() if not metric.endswith(IN_THOUSANDS)]
    known = [scale for scale in comparable if scale.days >= DAYS_TO_CALIBRATE]
    shares = [share for scale in known for share in (scale.least, scale.most) if share]
    if not shares:
        return FreshQuality(fresh.failure)
    one, days = Decimal(1), max(scale.days for scale in known)
    return FreshQuality(fresh.failure, _SHARE.divide(one, max(shares)), _SHARE.divide(one, min(shares)), days)


def scale_of(metric: str, analytics: Days, billed: Days, data_through: datetime) -> Scale:
    """Return a metric's scale: the smallest billed share of the last settled days.

    Args:
        metric: The metric's id in the price list.
        analytics: What analytics counted on complete days.
        billed: What was billed by day.
        data_through: The end of the newest billed row of the account.
    """
    shares = [
        _SHARE.divide(billed[day], analytics[day])
        for day in sorted(analytics)
        if is_settled(day, data_through) and billed.get(day, ZERO) > 0 and analytics[day] > 0
    ][-DAYS_COMPARED:]
    if len(shares) < DAYS_TO_CALIBRATE:
        return Scale(min([_uncalibrated(metric), *shares]), len(shares))
    least, most = min(shares), max(shares)
    is_rough = most > EXACT.multiply(least, _ROUGH)
    factor = _SHARE.divide(least, Decimal(2)) if is_rough else min(Decimal(1), least)
    return Scale(factor, len(shares), least, most, is_rough)


def provisional_days(
    figures: Mapping[datetime, FreshFigure], billed: Days, scale: Scale, data_through: datetime
) -> Mapping[datetime, FreshFigure]:
    """Return what each day is likely to be billed beyond the rows that exist: max(0, L k - B).

    Nothing on settled days, whose rows are final. Nothing at all where every such day lies before
    `data_through`: a difference there may be usage that is never billed.
    """
    found: dict[datetime, FreshFigure] = {}
    for day, figure in figures.items():
        rows = billed.get(day, ZERO)
        bound = EXACT.add(figure.lower, figure.margin) if scale.is_calibrated else figure.lower
        lower = max(ZERO, EXACT.subtract(EXACT.multiply(bound, scale.factor), rows))
        middle = max(lower, EXACT.subtract(EXACT.multiply(figure.middle, scale.factor), rows))
        if middle > 0 and not is_settled(day, data_through):
            found[day] = FreshFigure(lower, middle)
    newest = max(figures, default=data_through)
    return found if any(day >= min(midnight(data_through), newest) for day in found) else {}


def _uncalibrated(metric: str) -> Decimal:
    if metric.endswith(IN_THOUSANDS):
        return _UNCALIBRATED / _THOUSAND
    return next(
        (factor for start, factor in _UNCALIBRATED_FAMILIES.items() if metric.startswith(start)),
        _UNCALIBRATED,
    )
