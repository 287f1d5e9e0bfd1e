"""Budget status as a badge (word, shape and colour, each sufficient on its own) and as a meter."""

from dataclasses import dataclass
from decimal import Decimal

from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Level
from cloudflare_budgets.messages.budget_text import level_text
from cloudflare_budgets.messages.report.budget_view import BudgetView
from cloudflare_budgets.messages.report.html import NOTHING, Markup, joined, tag


@dataclass(frozen=True, slots=True)
class StatusBadge:
    """`kind` is the CSS class, `sign` a shape for readers without colour, `word` the level."""

    kind: str
    sign: str
    word: str

    @property
    def badge(self) -> Markup:
        """The status as it is shown."""
        return tag("span", f"{self.sign} {self.word}", class_=f"badge {self.kind}")


def standing_of(evaluation: Evaluation) -> StatusBadge:
    """Return where a budget stands; over its limit is worse than past a threshold."""
    word = level_text(evaluation)
    match evaluation.level:
        case Level.OVER_LIMIT:
            return StatusBadge("critical", "■", word)
        case Level.THRESHOLD_PASSED:
            return StatusBadge("warning", "▲", word)
        case Level.UNKNOWN:
            return StatusBadge("unknown", "?", word)
        case Level.WITHIN:
            return (
                StatusBadge("warning", "△", word)
                if evaluation.forecast_crossed
                else StatusBadge("ok", "●", word)
            )


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
