"""Where a budget stands, said in a word, a sign and a colour, each of which is enough."""

from dataclasses import dataclass

from cloudflare_budgets.domain.evaluation import Evaluation, Status
from cloudflare_budgets.domain.page.markup import Markup, tag


@dataclass(frozen=True, slots=True)
class Standing:
    """`kind` is the class of the style, `sign` a shape that does without colour, `word` says it."""

    kind: str
    sign: str
    word: str

    @property
    def badge(self) -> Markup:
        """The standing as it is shown."""
        return tag("span", f"{self.sign} {self.word}", class_=f"badge {self.kind}")


def standing_of(evaluation: Evaluation) -> Standing:
    """Say where a budget stands; what is over its limit is worse than what is over a threshold."""
    observed, limit = evaluation.observed, evaluation.budget.limit
    if evaluation.status is Status.UNKNOWN:
        return Standing("unknown", "?", "not known")
    if observed and observed.number >= limit.number:
        return Standing("critical", "■", "limit reached")
    if evaluation.status is Status.BREACHED:
        return Standing("warning", "▲", f"{evaluation.crossed[-1].label(limit.unit)} reached")
    if evaluation.foreseen:
        return Standing("warning", "△", f"{evaluation.foreseen[-1].label(limit.unit)}")
    return Standing("ok", "●", "ok")
