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
    """A name and a product family under which rows of a metric came; `None` where they said none."""

    metric_name: str | None
    product_family: str | None

    def is_in(self, scope: Scope) -> bool:
        """Tell whether a scope covers what is called so, if it covers the metric's id."""
        named = matches(scope.metric_name, names_of(self.metric_name))
        return named and matches(scope.product_family, (self.product_family,))


# By metric id; Version 1 has the allowance in a name, so that a metric may have several.
Labels = Mapping[str, tuple[Label, ...]]


def labels_of(usage: Usage) -> Labels:
    """Find the labels of each metric of a reading."""
    found: defaultdict[str, set[Label]] = defaultdict(set)
    for series in usage.series:
        found[series.metric_id].add(Label(series.metric_name, series.product_family))
    return {metric_id: _in_order(labels) for metric_id, labels in found.items()}


def joined(one: Labels, other: Labels) -> Labels:
    """Bring together the labels that metrics had at two times."""
    ids = [*one, *(metric_id for metric_id in other if metric_id not in one)]
    return {each: _in_order((*one.get(each, ()), *other.get(each, ()))) for each in ids}


def _in_order(labels: Iterable[Label]) -> tuple[Label, ...]:
    return tuple(
        sorted(set(labels), key=lambda label: tuple((text is not None, text or "") for text in label))
    )


# Owners of real accounts read the last four days again, for they still change.
RESTATED_DAYS = 4
# Cloudflare may restate older days by a little. No budget hangs on such a share of a metric's total.
_TRIFLE = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class UsageSnapshot:
    """What earlier runs saw of a calendar month, to compare later ones with.

    `totals` holds, for each metric seen, the consumed quantity of the month's days from `since` on, where
    the reading began, and before `through`. Without `since` it began with the month. `labels` say what
    those metrics were called, as far as that was kept. `before` is that of the month before, for as long as
    that one is judged.
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
        """The first day that was counted."""
        return self.since or self.month

    def is_within(self, usage: Usage, month: datetime) -> bool:
        """Tell whether a reading of a month holds all the days that were counted."""
        is_alike = (self.month, self.source) == (month, usage.source)
        return is_alike and _start_of(usage, month) <= self.began

    def of(self, month: datetime) -> "UsageSnapshot | None":
        """Find what was seen of a month: of its own, or of the one before."""
        return next((each for each in (self, self.before) if each and each.month == month), None)


def take_snapshot(usage: Usage, as_of: datetime, earlier: UsageSnapshot | None) -> UsageSnapshot:
    """Sum up what was seen of the month of `as_of`, never below what was seen earlier of the same days.

    A reading begins where its budgets' periods do: with one that begins later, a trace begins anew. Of the
    month before, it goes on for as long as budgets are judged in it.
    """
    month, *settling = periods_to_evaluate(PeriodKind.MONTH, as_of)
    before = next((_trace(usage, each, as_of, earlier) for each in settling if _reaches(usage, each)), None)
    return replace(_trace(usage, month, as_of, earlier), before=before)


def _trace(usage: Usage, month: Period, as_of: datetime, earlier: UsageSnapshot | None) -> UsageSnapshot:
    settled = midnight(as_of) - RESTATED_DAYS * DAY
    since, through = _start_of(usage, month.start), min(max(month.start, settled), month.end)
    known = earlier.of(month.start) if earlier else None
    labels, lost = labels_of(usage), dict[str, Decimal]()
    if known is not None and known.is_within(usage, month.start):
        labels, through = joined(labels, known.labels), max(through, known.through)
        less = decreases(known, usage, month)
        lost = {each: EXACT.subtract(known.totals[each], now or ZERO) for each, now in less.items()}
    totals = _totals(usage, since, through, month.end)
    for metric_id, number in lost.items():  # or later days would make up for what is gone
        totals[metric_id] = total((totals.get(metric_id, ZERO), number))
    labels = {metric_id: labels[metric_id] for metric_id in totals if metric_id in labels}
    return UsageSnapshot(usage.source, month.start, through, totals, since, labels)


def decreases(earlier: UsageSnapshot, usage: Usage, month: Period) -> Mapping[str, Decimal | None]:
    """Find the metrics of which a reading holds less on the days that an earlier one counted.

    Gives what it holds now, `None` where it holds no day of the month at all. A trifle less is none.
    """
    now = _totals(usage, earlier.began, earlier.through, month.end)
    return {
        metric_id: now.get(metric_id)
        for metric_id, before in earlier.totals.items()
        if metric_id not in now or EXACT.subtract(before, now[metric_id]) > EXACT.multiply(before, _TRIFLE)
    }


def _start_of(usage: Usage, month: datetime) -> datetime:
    """Find the first day of a month of which a reading holds every row."""
    return max(month, covered_from(usage) or month)


def _reaches(usage: Usage, month: Period) -> bool:
    """Tell whether a reading holds any day of a month."""
    return _start_of(usage, month.start) < month.end


def _totals(usage: Usage, since: datetime, through: datetime, end: datetime) -> dict[str, Decimal]:
    """Add up each metric's days between two instants; one with later days only, before `end`, has zero."""
    numbers: defaultdict[str, list[Decimal]] = defaultdict(list)
    for series, charges in usage.series.items():
        for charge in charges:
            if since <= charge.charge_period_start < end and not charge.is_correction:
                settled = charge.charge_period_start < through
                numbers[series.metric_id].append(charge.consumed_quantity if settled else ZERO)
    return {metric_id: total(parts) for metric_id, parts in numbers.items()}
