"""Fresh usage: what analytics counted on days that are not billed yet, and how exactly.

Analytics are no billing data: most figures are sampled, and some traffic in them is never billed. So a fresh
figure is a lower bound, scaled by how analytics and billing compared on settled days.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO
from cloudflare_budgets.domain.primitives.days import Days
from cloudflare_budgets.domain.primitives.period import DAY, Period, midnight

# Rows of a day may still come or change until the account's data reaches two days past the day.
SETTLED_AFTER = 2 * DAY
# Analytics drop in the last minutes; Cloudflare documents "a slight delay in aggregation" for Workers.
CUT = timedelta(minutes=10)
CUT_STEP = timedelta(minutes=5)
# When billing is older than this, usage is stale and no lower bound of fresh days says enough.
MAX_WINDOW = 7 * DAY

DAYS_REMEMBERED = 21
DAYS_TO_CALIBRATE = 3
# Accounts are billed for these metrics under one of two ids, the second of which may count in thousands.
IN_THOUSANDS = "_in_thousands"
_WITH_TWO_IDS = frozenset({"stream_bundle_basic_minutes_of_video_viewed"})


@dataclass(frozen=True, slots=True)
class FreshFigure:
    """What a metric used on a day by analytics, in the billed unit: lower bound and middle.

    `margin` is the part of the difference that stands for the error of a sample whose interval is not known.
    Billed shares of earlier days contain that error: with them, the margin is not subtracted.
    """

    lower: Decimal
    middle: Decimal
    margin: Decimal = ZERO

    def __add__(self, other: "FreshFigure") -> "FreshFigure":
        return FreshFigure(
            EXACT.add(self.lower, other.lower),
            EXACT.add(self.middle, other.middle),
            EXACT.add(self.margin, other.margin),
        )


@dataclass(frozen=True, slots=True)
class Resource:
    """A Worker, database, bucket or the like, and what it used of a metric in the fresh window."""

    kind: str
    id: str
    name: str | None
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class FreshAccess:
    """What an account's plan and token open of analytics, as read at an instant.

    `closed` are datasets that are not open, with the reason; `confident` are fields (`dataset.field`) whose
    confidence interval is offered; `dimensions` are optional ones (`dataset.dimension`) that it lists.
    """

    read_at: datetime
    closed: Mapping[str, str] = field(default_factory=dict)
    confident: frozenset[str] = frozenset()
    dimensions: frozenset[str] = frozenset()

    def is_current(self, as_of: datetime) -> bool:
        """Return whether the answer is still valid: it is requested once a day."""
        return as_of - self.read_at < DAY


@dataclass(frozen=True, slots=True)
class FreshUsage:
    """What was read of an account's analytics, from midnight `since` until before `through`.

    `days` holds each metric that was read by its id in the price list; a day without a figure had no usage.
    `unread` maps metric ids to the reason why nothing is known of them; `at_least` are those whose answer was
    cut at its limit. `access` is what the account's plan and token open, where it was read. `failure` is the
    reason why no metric was read.
    """

    since: datetime
    through: datetime
    days: Mapping[str, Mapping[datetime, FreshFigure]] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    at_least: frozenset[str] = frozenset()
    access: FreshAccess | None = None
    failure: str | None = None

    def merged(self, other: Self) -> "FreshUsage":
        """Return both readings together; a metric that two datasets count is added up by day."""
        days = {metric: dict(figures) for metric, figures in self.days.items()}
        for metric, figures in other.days.items():
            mine = days.setdefault(metric, {})
            for day, figure in figures.items():
                mine[day] = mine[day] + figure if day in mine else figure
        return FreshUsage(
            self.since,
            max(self.through, other.through),
            days,
            {**self.unread, **other.unread},
            self.at_least | other.at_least,
            other.access or self.access,
            other.failure or self.failure,
        )


FreshHistory = Mapping[str, Days]


def fresh_window(data_through: datetime, as_of: datetime, earlier: FreshHistory) -> Period | None:
    """Return the window to read of analytics; `None` if billing is too old or complete.

    The window ends ten minutes ago. It begins two days before `data_through`, whose rows may still come, and
    while no `earlier` days are remembered, early enough to calibrate the scale at once.
    """
    cut = as_of - CUT
    through = cut - (cut - midnight(cut)) % CUT_STEP
    since = midnight(min(data_through, as_of)) - SETTLED_AFTER
    if not earlier and through - since + DAYS_TO_CALIBRATE * DAY <= MAX_WINDOW:
        since -= DAYS_TO_CALIBRATE * DAY
    return Period(since, through) if since < through and through - since <= MAX_WINDOW else None


def is_settled(day: datetime, data_through: datetime) -> bool:
    """Return whether a day's billed rows are final: the data reaches two days past the day."""
    return day + DAY + SETTLED_AFTER <= data_through


def remembered(earlier: FreshHistory, fresh: FreshUsage) -> FreshHistory:
    """Return the middle figures of complete days by metric: of this and of earlier readings.

    The newest three weeks are stored, so that each day can be compared with its billed rows once they settle.
    """
    found: dict[str, Days] = {}
    for metric in earlier.keys() | fresh.days.keys():
        days = dict(earlier.get(metric, {}))
        if metric not in fresh.at_least:
            figures = fresh.days.get(metric, {})
            days |= {day: each.middle for day, each in figures.items() if day + DAY <= fresh.through}
        if days:
            found[metric] = {day: days[day] for day in sorted(days)[-DAYS_REMEMBERED:]}
    return found


def billed_as(metric: str, billed: Container[str]) -> str:
    """Return the id under which an account is billed for a metric of analytics."""
    other = f"{metric}{IN_THOUSANDS}"
    return other if metric in _WITH_TWO_IDS and other in billed and metric not in billed else metric
