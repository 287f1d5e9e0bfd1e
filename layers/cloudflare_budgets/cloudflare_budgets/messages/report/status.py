"""Budget status as a badge (word, shape and colour, each sufficient alone) and as a meter."""

from dataclasses import dataclass
from decimal import Decimal

from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Level
from cloudflare_budgets.messages.budget_text import level_text
from cloudflare_budgets.messages.report.budget_view import BudgetView
from cloudflare_budgets.messages.report.html import NOTHING, Markup, joined, tag

_FULL = Decimal(100)


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
            is_warned = bool(evaluation.forecast_crossed)
            return StatusBadge("warning", "△", word) if is_warned else StatusBadge("ok", "●", word)


def meter(view: BudgetView) -> Markup:
    """Draw how much of the limit is used, with a mark for the forecast or for a passed limit."""
    if view.evaluation.observed is None:
        return NOTHING
    rest = tag("rect", class_="rest", width="100")
    used = tag("rect", class_=f"used {standing_of(view.evaluation).kind}", width=_place(view.share))
    return tag(
        "svg",
        joined([rest, used, _mark(view)]),
        class_="meter",
        viewBox="0 0 100 6",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _mark(view: BudgetView) -> Markup:
    forecast = view.forecast
    if view.share > 1:
        return tag("path", class_="limit-mark", d=f"M{_place(1 / view.share)} 0V6")
    if forecast is None or view.is_expected_over:
        return NOTHING
    return tag("path", class_="mark", d=f"M{_place(forecast.expected / view.budget.limit.number)} 0V6")


def _place(share: Decimal) -> str:
    return f"{min(max(share * 100, Decimal(0)), _FULL):.1f}"
