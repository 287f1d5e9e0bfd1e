"""Budget status as a badge (word, shape and colour, each sufficient on its own) and as a meter."""

from dataclasses import dataclass
from decimal import Decimal

from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.messages.report.budget_view import BudgetView
from cloudflare_budgets.messages.report.html import NOTHING, Markup, joined, tag


@dataclass(frozen=True, slots=True)
class StatusBadge:
    """`kind` is the class of the style, `sign` a shape that does without colour, `word` says it."""

    kind: str
    sign: str
    word: str

    @property
    def badge(self) -> Markup:
        """The standing as it is shown."""
        return tag("span", f"{self.sign} {self.word}", class_=f"badge {self.kind}")


def standing_of(evaluation: Evaluation) -> StatusBadge:
    """Say where a budget stands; what is over its limit is worse than what is over a threshold."""
    observed, limit = evaluation.observed, evaluation.budget.limit
    if evaluation.status is Status.UNKNOWN:
        return StatusBadge("unknown", "?", "not known")
    if observed and observed.number >= limit.number:
        return StatusBadge("critical", "■", "limit reached")
    if evaluation.status is Status.BREACHED:
        return StatusBadge("warning", "▲", f"{evaluation.crossed[-1].label(limit.unit)} reached")
    if evaluation.forecast_crossed:
        return StatusBadge("warning", "△", f"{evaluation.forecast_crossed[-1].label(limit.unit)}")
    return StatusBadge("ok", "●", "ok")


_FULL = Decimal(100)


def meter(subject: BudgetView) -> Markup:
    """Draw how much of the limit is used, and how much is expected to be, beside the figures that say it."""
    observed, forecast = subject.evaluation.observed, subject.forecast
    if observed is None:
        return NOTHING
    used = tag("rect", class_=f"used {standing_of(subject.evaluation).kind}", width=_width(subject.share))
    mark = NOTHING
    if forecast and not subject.is_expected_over:
        place = _width(forecast.expected / subject.budget.limit.number)
        mark = tag("path", class_="mark", d=f"M{place} 0V6")
    rest = tag("rect", class_="rest", width="100")
    bars = joined([rest, used, mark])
    return tag(
        "svg", bars, class_="meter", viewBox="0 0 100 6", preserveAspectRatio="none", aria_hidden="true"
    )


def _width(share: Decimal) -> str:
    return f"{min(max(share * 100, Decimal(0)), _FULL):.1f}"
