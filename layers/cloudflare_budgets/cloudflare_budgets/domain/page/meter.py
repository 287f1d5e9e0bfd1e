"""A bar of how much of a limit is used."""

from decimal import Decimal

from cloudflare_budgets.domain.page.markup import NOTHING, Markup, joined, tag
from cloudflare_budgets.domain.page.standing import standing_of
from cloudflare_budgets.domain.page.subject import Subject

_FULL = Decimal(100)


def meter(subject: Subject) -> Markup:
    """Draw how much of the limit is used, and how much is expected to be, beside the figures that say it."""
    observed, outlook = subject.evaluation.observed, subject.outlook
    if observed is None:
        return NOTHING
    used = tag("rect", class_=f"used {standing_of(subject.evaluation).kind}", width=_width(subject.share))
    mark = NOTHING
    if outlook and not subject.is_expected_over:
        place = _width(outlook.expected / subject.budget.limit.number)
        mark = tag("path", class_="mark", d=f"M{place} 0V6")
    rest = tag("rect", class_="rest", width="100")
    bars = joined([rest, used, mark])
    return tag(
        "svg", bars, class_="meter", viewBox="0 0 100 6", preserveAspectRatio="none", aria_hidden="true"
    )


def _width(share: Decimal) -> str:
    return f"{min(max(share * 100, Decimal(0)), _FULL):.1f}"
