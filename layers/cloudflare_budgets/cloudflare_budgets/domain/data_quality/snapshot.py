"""Per-metric totals of a month as earlier runs saw them.

Settled usage never decreases, so later readings are compared with these totals.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from cloudflare_budgets.domain.budgets.budget import Scope, matches
from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO, total
from cloudflare_budgets.domain.primitives.period import DAY, Period, PeriodKind, midnight, periods_to_evaluate
from cloudflare_budgets.domain.usage.charge import names_of
from cloudflare_budgets.domain.usage.history import covered_from
from cloudflare_budgets.domain.usage.usage import Usage


class Label(NamedTuple):
    """A name and a product family of rows of a metric; `None` where the rows have none."""

    metric_name: str | None
    product_family: str | None

    def is_in(self, scope: Scope) -> bool:
        """Return whether a scope that covers the metric's id covers its name and family."""
        named = matches(scope.metric_name, names_of(self.metric_name))
        return named and matches(scope.product_family, (self.product_family,))


# By metric id; a metric may have several names, since Version 1 includes the allowance in the name.
Labels = Mapping[str, tuple[Label, ...]]


def labels_of(usage: Usage) -> Labels:
    """Return the labels of each metric of a reading."""
    found: defaultdict[str, set[Label]] = defaultdict(set)
    for series in usage.series:
        found[series.metric_id].add(Label(series.metric_name, series.product_family))
    return {metric_id: _in_order(labels) for metric_id, labels in found.items()}


def joined(one: Labels, other: Labels) -> Labels:
    """Merge the labels that metrics had at two times."""
    ids = [*one, *(metric_id for metric_id in other if metric_id not in one)]
    return {each: _in_order((*one.get(each, ()), *other.get(each, ()))) for each in ids}


def _in_order(labels: Iterable[Label]) -> tuple[Label, ...]:
    return tuple(
        sorted(set(labels), key=lambda label: tuple((text is not None, text or "") for text in label))
    )


# Cloudflare restates about the last four days; other clients read these days again, too.
RESTATED_DAYS = 4
# Cloudflare may restate older days slightly. No budget depends on such a share of a metric's total.
_TOLERANCE = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class UsageSnapshot:
    """The totals that earlier runs read for a calendar month, to compare later readings with.

    `totals` is each metric's consumed quantity on the month's days from `since`, where the reading began, to
    `through` (exclusive). Without `since` the reading began with the month. `labels` are the names and
    families of these metrics, if they were stored. `before` is the snapshot of the month before, as long as
    budgets of that month are evaluated.
    """

    source: str
    month: datetime
    through: datetime
    totals: Mapping[str, Decimal]
    since: datetime | None = None
    labels: Labels = field(default_factory=dict)
    before: "UsageSnapshot | None" = None

    @property
    def began(self) -> datetime:
        """The first day of the totals."""
        return self.since or self.month

    def is_within(self, usage: Usage, month: datetime) -> bool:
        """Return whether a reading has all days of the totals."""
        is_alike = (self.month, self.source) == (month, usage.source)
        return is_alike and _start_of(usage, month) <= self.began

    def of(self, month: datetime) -> "UsageSnapshot | None":
        """Return the snapshot of a month: this one or the one before; `None` without either."""
        return next((each for each in (self, self.before) if each and each.month == month), None)


def take_snapshot(usage: Usage, as_of: datetime, earlier: UsageSnapshot | None) -> UsageSnapshot:
    """Return the snapshot of the month of `as_of`; no total is below that of an earlier run.

    A reading begins with the periods of its budgets: one that begins later starts a new snapshot. The month
    before has a snapshot as long as budgets of that month are evaluated.
    """
    month, *settling = periods_to_evaluate(PeriodKind.MONTH, as_of)
    before = next(
        (_month_of(usage, each, as_of, earlier) for each in settling if _reaches(usage, each)), None
    )
    return replace(_month_of(usage, month, as_of, earlier), before=before)


def _month_of(usage: Usage, month: Period, as_of: datetime, earlier: UsageSnapshot | None) -> UsageSnapshot:
    settled = midnight(as_of) - RESTATED_DAYS * DAY
    since, through = _start_of(usage, month.start), min(max(month.start, settled), month.end)
    known = earlier.of(month.start) if earlier else None
    labels, lost = labels_of(usage), dict[str, Decimal]()
    if known is not None and known.is_within(usage, month.start):
        labels, through = joined(labels, known.labels), max(through, known.through)
        less = decreases(known, usage, month)
        lost = {each: EXACT.subtract(known.totals[each], now or ZERO) for each, now in less.items()}
    totals = _totals(usage, since, through, month.end)
    for metric_id, number in lost.items():  # otherwise later days would replace the lost usage
        totals[metric_id] = total((totals.get(metric_id, ZERO), number))
    labels = {metric_id: labels[metric_id] for metric_id in totals if metric_id in labels}
    return UsageSnapshot(usage.source, month.start, through, totals, since, labels)


def decreases(earlier: UsageSnapshot, usage: Usage, month: Period) -> Mapping[str, Decimal | None]:
    """Return the totals of metrics that decreased since an earlier reading of the same days.

    The total is `None` if the metric has no row of the month. A slightly lower total is no decrease.
    """
    now = _totals(usage, earlier.began, earlier.through, month.end)
    return {
        metric_id: now.get(metric_id)
        for metric_id, before in earlier.totals.items()
        if metric_id not in now or EXACT.subtract(before, now[metric_id]) > EXACT.multiply(before, _TOLERANCE)
    }


def _start_of(usage: Usage, month: datetime) -> datetime:
    """Return the first day of a month of which a reading has every row."""
    return max(month, covered_from(usage) or month)


def _reaches(usage: Usage, month: Period) -> bool:
    """Return whether a reading has any day of a month."""
    return _start_of(usage, month.start) < month.end


def _totals(usage: Usage, since: datetime, through: datetime, end: datetime) -> dict[str, Decimal]:
    """Add up each metric's days from `since` to `through`; 0 if all are between that and `end`."""
    numbers: defaultdict[str, list[Decimal]] = defaultdict(list)
    for series, by_unit in usage.days.items():
        for days in by_unit.values():
            found = [number if day < through else ZERO for day, number in days.items() if since <= day < end]
            if found:
                numbers[series.metric_id] += found
    return {metric_id: total(parts) for metric_id, parts in numbers.items()}
