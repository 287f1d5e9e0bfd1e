"""How a budget's amount came about, day by day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext

from cloudflare_budgets.domain.amount import EXACT
from cloudflare_budgets.domain.measure import Part
from cloudflare_budgets.domain.period import midnight

OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Course:
    """What each day (midnights, UTC) added to a budget's amount, in the unit of its limit.

    `families` splits the same days up by product family. Days without any row are left out.
    """

    days: Mapping[datetime, Decimal] = field(default_factory=dict)
    families: Mapping[str, Mapping[datetime, Decimal]] = field(default_factory=dict)


def course_of(parts: Iterable[Part]) -> Course:
    """Add up what charges contribute, by day and by product family."""
    days: defaultdict[datetime, Decimal] = defaultdict(Decimal)
    families: defaultdict[str, defaultdict[datetime, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    with localcontext(EXACT):
        for part in parts:
            day = midnight(part.charge.charge_period_start)
            days[day] += part.number
            families[part.series.product_family or OTHER][day] += part.number
    return Course(
        dict(sorted(days.items())),
        {name: dict(sorted(each.items())) for name, each in sorted(families.items())},
    )
