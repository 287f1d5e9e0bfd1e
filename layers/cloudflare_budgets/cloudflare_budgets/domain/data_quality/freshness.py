"""Whether usage is fresh enough for a window: missing rows do not prove zero usage."""

from dataclasses import replace
from datetime import datetime, timedelta

from cloudflare_budgets.domain.data_quality.empty_days import Days, idle_weekend, usual_gap
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind, month_of
from cloudflare_budgets.domain.primitives.period import DAY, SETTLING_TIME, midnight, reading_text
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.domain.usage.window import Window

# A day's rows arrive on the next day, sometimes later: 24 h for the day, 24 h to process it, and a margin.
STALE_AFTER = timedelta(hours=54)
# For this time after a period's start, an account without any rows is not reported.
NO_DATA_GRACE = timedelta(hours=48)
# An account or a cycle without rows for so much longer counts as idle.
IDLE_AFTER = 7 * DAY


def tolerated_age(rows_end: datetime | None, days: Days, stale_after: timedelta) -> timedelta:
    """Return the age up to which usage is not stale: more where days without rows are usual.

    Args:
        rows_end: the end of the newest known row.
        days: all days known to have rows.
        stale_after: the age for an account with rows every day.
    """
    if rows_end is None:
        return stale_after
    return stale_after + max(usual_gap(days, rows_end), idle_weekend(days, midnight(rows_end))) * DAY


def with_idle_days(usage: Usage, as_of: datetime, stale_after: timedelta) -> Usage:
    """Return usage as known until yesterday, if its rows ended long ago: the account is idle.

    A reading without any row stays as it is: it may be wrong altogether. So does one of Version 1 whose rows
    end with a billing cycle: the answer for the next cycle may be wrong.
    """
    rows_end = usage.data_through
    if rows_end is None or as_of - rows_end <= stale_after + IDLE_AFTER:
        return usage
    if usage.source == "v1" and any(abs(cycle.period.end - rows_end) <= 2 * DAY for cycle in usage.cycles):
        return usage
    return replace(usage, data_through=midnight(as_of) - DAY)


def absence(
    window: Window, usage: Usage, as_of: datetime, stale_after: timedelta, rows_end: datetime | None = None
) -> Unknown | None:
    """Return why the rows of a window, or their absence, prove nothing; `None` if they do.

    `rows_end` is the end of the newest row of this run or an earlier one, if there is any.
    """
    period, cut = window.period, unread(window, usage)
    start, through = reading_text(period.start), usage.data_through
    # With rows from after the period, a period without rows is one in which nothing was used.
    is_past = through is not None and through >= period.end
    is_idle = through is not None and rows_end is not None and rows_end < through and period.start < through
    if ((is_past or is_idle or _is_idle_cycle(window, usage)) and not cut) or usage.has_charges_in(window):
        return None
    if cut:
        return cut
    newest = through or rows_end
    if newest is not None and as_of - newest > stale_after and as_of - period.start >= NO_DATA_GRACE:
        return _stale(newest, as_of, stale_after)
    if newest is not None or as_of - period.start < NO_DATA_GRACE:
        return Unknown(UnknownKind.NO_DATA_YET, f"Cloudflare has no usage yet for the period from {start}")
    text = (
        f"Cloudflare returned no usage for the period from {start}, which does not prove that nothing was "
        "used: compare with the account's billing page"
    )
    return Unknown(UnknownKind.NO_DATA, text)


def _is_idle_cycle(window: Window, usage: Usage) -> bool:
    """Return whether a billing cycle without rows is idle: other cycles have rows of its days.

    Usage of the cycle before must have ended a week ago. Version 1 answers cycle by cycle: there, the
    cycle before must have no rows either, since an empty answer may be wrong.
    """
    through, start = usage.data_through, window.period.start
    if not window.is_cycle or through is None or through - start < NO_DATA_GRACE:
        return False
    before = {cycle.period.start for cycle in usage.cycles if cycle.period.end == start}
    if usage.source == "v1":
        return not before
    last_used = (
        charge.charge_period_end
        for charge in usage.reading.charges
        if charge.billing_period_start in before and charge.charge_period_start < start
    )
    return through - max(last_used, default=start - IDLE_AFTER) > IDLE_AFTER


def staleness(window: Window, usage: Usage, as_of: datetime, stale_after: timedelta) -> Unknown | None:
    """Return that the newest rows are too old to judge a window; never if they reach its end."""
    through = usage.data_through
    if through is None or through >= window.period.end or as_of - through <= stale_after:
        return None
    return _stale(through, as_of, stale_after)


def unread(window: Window, usage: Usage) -> Unknown | None:
    """Return that a period began before the time that was read, as a cycle of a year does.

    The amount is then a lower bound: only Version 1 has a first day, and its rows are never negative.
    """
    asked, complete_from = usage.reading.asked, usage.reading.complete_from
    start = reading_text(window.period.start)
    if complete_from is not None and window.period.start < complete_from:
        text = f"the usage API has nothing before {reading_text(complete_from)}, but the period began {start}"
        return Unknown(UnknownKind.HISTORY_UNAVAILABLE, text)
    if asked is None or asked.start <= window.period.start:
        return None
    text = f"the period began {start}, but only usage since {reading_text(asked.start)} was read"
    return Unknown(UnknownKind.HISTORY_UNAVAILABLE, f"{text}: set `period` to a calendar period")


def _stale(data_through: datetime, as_of: datetime, stale_after: timedelta) -> Unknown:
    hours = round((as_of - data_through) / timedelta(hours=1))
    text = f"the newest usage ends {reading_text(data_through)}, {hours} hours ago: later usage is not known"
    idle_from = data_through + stale_after + IDLE_AFTER
    return Unknown(
        UnknownKind.STALE_DATA, text, since=month_of(data_through), until=idle_from - SETTLING_TIME
    )
