"""Distrust: what makes usage doubtful that looks complete.

Cloudflare restates the last days, up or down; that is no reason for doubt. A metric that is gone,
a total of settled days that went down, or a day without any row among days with rows is one: the
bill was once hidden by exactly that.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from cloudflare_budgets.domain.budgets.budget import Budget, Scope, matches
from cloudflare_budgets.domain.data_quality.snapshot import Label, UsageSnapshot, decreases, joined, labels_of
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind
from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.period import DAY, Period, PeriodKind, midnight, periods_to_evaluate
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.domain.usage.window import Window

# So many days in a row with rows of one metric make the next day without any row suspicious.
STEADY_DAYS = 3
# A metric that came on so many days in a row is expected to go on; when it stops, it is doubted from
# the second day without it (one day's rows may be later than another's) until nobody can miss it.
USUAL_DAYS = 7
MISSED_DAYS = range(2, 8)
# So many days without any row are a gap; after more of them, usage may well have paused.
GAP_DAYS = range(1, 7)


@dataclass(frozen=True, slots=True)
class QualityIssue:
    """A reason not to trust usage on the days from `since` to `until`, of one metric or (`None`) of all.

    `labels` are all that the metric was called; without any, it may have been called anything.
    """

    unknown: Unknown
    since: datetime
    until: datetime
    metric_id: str | None = None
    labels: tuple[Label, ...] = ()

    def affects(self, budget: Budget, window: Window) -> bool:
        """Tell whether a budget's amount in a window rests on what is doubted."""
        overlaps = self.since < window.period.end and window.period.start < self.until
        return overlaps and (self.metric_id is None or self._is_in(budget.scope))

    def _is_in(self, scope: Scope) -> bool:
        is_called_so = not self.labels or any(label.is_in(scope) for label in self.labels)
        return is_called_so and matches(scope.metric_id, (self.metric_id,))


def quality_issues(usage: Usage, as_of: datetime, earlier: UsageSnapshot | None) -> list[QualityIssue]:
    """Find what speaks against trusting usage, given what earlier runs saw."""
    days = _days_with_rows(usage)
    issues = [
        *_contradiction(usage),
        *_missing_days(days),
        *_stopped_metrics(usage, days, as_of),
    ]
    for month in periods_to_evaluate(PeriodKind.MONTH, as_of):
        known = earlier.of(month.start) if earlier else None
        if known is not None and known.is_within(usage, month.start):
            issues += _worse_than(known, usage, month, as_of)
    return issues


def _worse_than(
    earlier: UsageSnapshot, usage: Usage, month: Period, as_of: datetime
) -> Iterable[QualityIssue]:
    labels = joined(earlier.labels, labels_of(usage))
    when = "this month" if as_of in month else f"in {month.start:%Y-%m}"
    for metric_id, now in sorted(decreases(earlier, usage, month).items()):
        if now is None:
            text = f"{metric_id} had usage {when} in an earlier check, and now there is no trace of it"
            unknown = Unknown(UnknownKind.METRIC_VANISHED, text, until=month.end)
        else:
            before = plain(earlier.totals[metric_id])
            text = f"{metric_id} went down from {before} to {plain(now)} on days long over"
            unknown = Unknown(UnknownKind.USAGE_WENT_DOWN, text, names=(metric_id,), until=month.end)
        called = labels[metric_id] if metric_id in earlier.labels else ()
        yield QualityIssue(unknown, earlier.began, month.end, metric_id, called)


def _contradiction(usage: Usage) -> Iterable[QualityIssue]:
    text, data_through = usage.reading.contradiction, usage.data_through
    if text is not None and data_through is not None:
        since = min(charge.charge_period_start for charge in usage.reading.charges)
        yield QualityIssue(Unknown(UnknownKind.TOTALS_CONTRADICT, text), since, data_through)


def _days_with_rows(usage: Usage) -> Mapping[str, set[datetime]]:
    """Find the days on which each metric has rows."""
    days: defaultdict[str, set[datetime]] = defaultdict(set)
    for series, charges in usage.series.items():
        days[series.metric_id].update(midnight(charge.charge_period_start) for charge in charges)
    return days


def _missing_days(days: Mapping[str, set[datetime]]) -> Iterable[QualityIssue]:
    """Find days without any row between days on which some metric came every day."""
    for last, following in pairwise(sorted(set().union(*days.values()))):
        first, missed = last + DAY, (following - last) // DAY - 1
        around = {last - back * DAY for back in range(STEADY_DAYS)} | {following}
        if missed in GAP_DAYS and any(around <= its_days for its_days in days.values()):
            when = f"on {first:%Y-%m-%d}, a day"
            if missed > 1:
                when = f"from {first:%Y-%m-%d} to {following - DAY:%Y-%m-%d}, days"
            text = f"there is no usage at all {when} among days with usage"
            yield QualityIssue(Unknown(UnknownKind.MISSING_DAYS, text), first, following)


def _stopped_metrics(
    usage: Usage, days: Mapping[str, set[datetime]], as_of: datetime
) -> Iterable[QualityIssue]:
    """Find metrics that came every day and stopped, while others go on."""
    data_through, labels = usage.data_through, labels_of(usage)
    if data_through is None:
        return
    last_complete = midnight(min(data_through, as_of)) - DAY
    for metric_id, its_days in sorted(days.items()):
        last = max(its_days)
        usual = {last - back * DAY for back in range(USUAL_DAYS)} <= its_days
        if usual and (last_complete - last).days in MISSED_DAYS:
            text = f"{metric_id} had usage every day until {last:%Y-%m-%d} and none since, while others have"
            unknown = Unknown(UnknownKind.METRIC_VANISHED, text)
            yield QualityIssue(unknown, last + DAY, data_through, metric_id, labels[metric_id])
