"""Why usage may be wrong although it looks complete.

Cloudflare restates the last days, up or down, which is normal. The following is not, and concealed a bill:
a metric that vanished, a total of settled days that went down, a day without any row among days with rows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from cloudflare_budgets.domain.budgets.budget import Budget, Scope, matches
from cloudflare_budgets.domain.data_quality.empty_days import (
    costs_add_up,
    days_with_rows,
    idle_weekend,
    usual_gap,
)
from cloudflare_budgets.domain.data_quality.snapshot import (
    RESTATED_DAYS,
    Label,
    UsageSnapshot,
    decreases,
    joined,
    labels_of,
)
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind, month_of
from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.period import (
    DAY,
    SETTLING_TIME,
    Period,
    PeriodKind,
    midnight,
    periods_to_evaluate,
)
from cloudflare_budgets.domain.usage.history import DayRecord
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.domain.usage.window import Window

# After so many days in a row with rows of one metric, a day without any row is suspicious.
STEADY_DAYS = 3
# A metric with rows on so many days in a row is expected to go on. When it stops, it is reported from the
# second day without it (its rows may come later than those of others) until a week has passed.
USUAL_DAYS = 7
MISSED_DAYS = range(2, 8)
# So many days without any row are a gap; a longer gap is a pause.
GAP_DAYS = range(1, 7)


@dataclass(frozen=True, slots=True)
class QualityIssue:
    """A reason not to trust usage from `since` to `until`, of one metric or (`None`) of all.

    `labels` are all names and families of the metric; if empty, they are not known. With `costs_are_known`,
    only quantities are doubtful: running totals prove the costs.
    """

    unknown: Unknown
    since: datetime
    until: datetime
    metric_id: str | None = None
    labels: tuple[Label, ...] = ()
    costs_are_known: bool = False

    def affects(self, budget: Budget, window: Window) -> bool:
        """Return whether a budget's amount in a window depends on the doubtful usage."""
        if self.costs_are_known and budget.is_cost:
            return False
        overlaps = self.since < window.period.end and window.period.start < self.until
        return overlaps and (self.metric_id is None or self._is_in(budget.scope))

    def _is_in(self, scope: Scope) -> bool:
        has_label = not self.labels or any(label.is_in(scope) for label in self.labels)
        return has_label and matches(scope.metric_id, (self.metric_id,))


def quality_issues(
    usage: Usage, as_of: datetime, earlier: UsageSnapshot | None, history: Collection[DayRecord] = ()
) -> list[QualityIssue]:
    """Find the reasons not to trust usage, given what earlier runs saw and recorded."""
    issues = [
        *_contradiction(usage),
        *_missing_days(usage, days_with_rows(usage, history), as_of),
        *_stopped_metrics(usage, as_of),
    ]
    for month in periods_to_evaluate(PeriodKind.MONTH, as_of):
        snapshot = earlier.of(month.start) if earlier else None
        if snapshot is not None and snapshot.is_within(usage, month.start):
            issues += _decreased(snapshot, usage, month, as_of)
    return issues


def _decreased(
    earlier: UsageSnapshot, usage: Usage, month: Period, as_of: datetime
) -> Iterable[QualityIssue]:
    labels = joined(earlier.labels, labels_of(usage))
    when = "this month" if as_of in month else f"in {month.start:%Y-%m}"
    for metric_id, now in sorted(decreases(earlier, usage, month).items()):
        kind = UnknownKind.USAGE_WENT_DOWN
        if now is None:
            kind = UnknownKind.METRIC_VANISHED
            text = f"{metric_id} had usage {when} in an earlier check, and has no row any more"
        else:
            before = plain(earlier.totals[metric_id])
            text = f"{metric_id} went down from {before} to {plain(now)} on days that had settled"
        unknown = Unknown(kind, text, names=(metric_id,), since=month.start, until=month.end)
        its_labels = labels[metric_id] if metric_id in earlier.labels else ()
        yield QualityIssue(unknown, earlier.began, month.end, metric_id, its_labels)


def _contradiction(usage: Usage) -> Iterable[QualityIssue]:
    text, data_through = usage.reading.contradiction, usage.data_through
    if text is not None and data_through is not None:
        since = min(charge.charge_period_start for charge in usage.reading.charges)
        unknown = Unknown(UnknownKind.TOTALS_CONTRADICT, text, since=month_of(data_through))
        yield QualityIssue(unknown, since, data_through)


def _rows_by_metric(usage: Usage) -> Mapping[str, set[datetime]]:
    """Return the days on which each metric has rows."""
    days: defaultdict[str, set[datetime]] = defaultdict(set)
    for series, charges in usage.series.items():
        days[series.metric_id].update(midnight(charge.charge_period_start) for charge in charges)
    return days


def _missing_days(usage: Usage, days: Collection[datetime], as_of: datetime) -> Iterable[QualityIssue]:
    """Find days without any row that can still be filled, among days of a steady metric."""
    of_metrics = _rows_by_metric(usage)
    settled = midnight(as_of) - RESTATED_DAYS * DAY
    for last, following in pairwise(sorted(set().union(*of_metrics.values()))):
        first, missed = last + DAY, (following - last) // DAY - 1
        if missed not in GAP_DAYS or following <= settled:  # no gap, or one that is not filled any more
            continue
        around = {last - back * DAY for back in range(STEADY_DAYS)} | {following}
        is_steady = any(around <= its_days for its_days in of_metrics.values())
        is_usual = missed <= max(usual_gap(days, min(first, settled)), idle_weekend(days, first))
        if is_steady and not is_usual:
            when = f"on {first:%Y-%m-%d}, a day"
            if missed > 1:
                when = f"from {first:%Y-%m-%d} to {following - DAY:%Y-%m-%d}, days"
            text = f"there is no usage at all {when} among days with usage"
            until = following + RESTATED_DAYS * DAY - SETTLING_TIME
            unknown = Unknown(UnknownKind.MISSING_DAYS, text, since=month_of(following), until=until)
            is_proven = costs_add_up(usage, last, following)
            yield QualityIssue(unknown, first, following, costs_are_known=is_proven)


def _stopped_metrics(usage: Usage, as_of: datetime) -> Iterable[QualityIssue]:
    """Find metrics that had rows every day and stopped, while others go on."""
    data_through, labels = usage.data_through, labels_of(usage)
    if data_through is None:
        return
    last_complete = midnight(min(data_through, as_of)) - DAY
    for metric_id, days in sorted(_rows_by_metric(usage).items()):
        last = max(days)
        usual = {last - back * DAY for back in range(USUAL_DAYS)} <= days
        if usual and (last_complete - last).days in MISSED_DAYS:
            text = f"{metric_id} had usage every day until {last:%Y-%m-%d} and none since, while others have"
            unknown = Unknown(
                UnknownKind.METRIC_VANISHED,
                text,
                names=(metric_id,),
                since=month_of(last),
                until=last + (MISSED_DAYS.stop + 1) * DAY - SETTLING_TIME,
            )
            yield QualityIssue(unknown, last + DAY, data_through, metric_id, labels[metric_id])
