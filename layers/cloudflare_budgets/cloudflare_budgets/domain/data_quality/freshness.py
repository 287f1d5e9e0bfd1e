"""Whether usage says anything about a window: no data is not no usage."""

from datetime import datetime, timedelta

from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind
from cloudflare_budgets.domain.primitives.period import DAY, utc_text
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.domain.usage.window import Window

# A day's rows come the day after, sometimes later: 24 h for the day, 24 h to process, a margin.
STALE_AFTER = timedelta(hours=54)
# So long after a period's start, an account without any rows is no news.
NO_DATA_GRACE = timedelta(hours=48)
# So long after the last usage of a cycle, the one that follows it is taken to be idle.
_MISSED_FOR = 7 * DAY


def absence(window: Window, usage: Usage, as_of: datetime, stale_after: timedelta) -> Unknown | None:
    """Say why the rows of a window, or the lack of them, prove nothing."""
    period, cut = window.period, unread(window, usage)
    start = utc_text(period.start)
    # With data from beyond the period, a period without rows is one in which nothing was used.
    past = usage.data_through is not None and usage.data_through >= period.end
    if ((past or _is_idle(window, usage)) and not cut) or usage.has_charges_in(window):
        return None
    if cut:
        return cut
    if usage.data_through is not None and as_of - usage.data_through > stale_after:
        return _stale(usage.data_through, as_of)
    if usage.data_through is not None or as_of - period.start < NO_DATA_GRACE:
        return Unknown(UnknownKind.NO_DATA_YET, f"Cloudflare has no usage yet for the period from {start}")
    return Unknown(
        UnknownKind.NO_DATA,
        f"Cloudflare gave no usage at all for the period from {start}, which does not prove that there "
        "was none: compare with the account's billing page",
    )


def _is_idle(window: Window, usage: Usage) -> bool:
    """Tell whether nothing is used in a billing cycle, if it has no rows: other cycles have rows of its days.

    What was used until it began is missed for a week before it is taken to have stopped. Version 1
    answers cycle by cycle: there no rows may have come in the cycle before, for an empty answer may be none.
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
    return through - max(last_used, default=start - _MISSED_FOR) > _MISSED_FOR


def staleness(window: Window, usage: Usage, as_of: datetime, stale_after: timedelta) -> Unknown | None:
    """Say that the newest rows are too old to prove that a budget is kept.

    Of a period that is over they never are once they reach its end: nothing is to come.
    """
    through = usage.data_through
    if through is None or through >= window.period.end or as_of - through <= stale_after:
        return None
    return _stale(through, as_of)


def unread(window: Window, usage: Usage) -> Unknown | None:
    """Say that a period began before the time that was read, as a billing cycle of a year does.

    What is known is then the least that there was: Version 1 alone has a beginning, and its rows are never
    negative.
    """
    asked, complete_from = usage.reading.asked, usage.reading.complete_from
    start = utc_text(window.period.start)
    if complete_from is not None and window.period.start < complete_from:
        text = f"the usage API has nothing before {utc_text(complete_from)}, but the period began {start}"
        return Unknown(UnknownKind.HISTORY_UNAVAILABLE, text)
    if asked is None or asked.start <= window.period.start:
        return None
    text = f"the period began {start}, and no more was read than usage since {utc_text(asked.start)}"
    return Unknown(UnknownKind.HISTORY_UNAVAILABLE, f"{text}: let `period` be one of the calendar's")


def _stale(data_through: datetime, as_of: datetime) -> Unknown:
    hours = round((as_of - data_through) / timedelta(hours=1))
    text = f"the newest usage ends {utc_text(data_through)}, {hours} hours ago: what came after is not known"
    return Unknown(UnknownKind.STALE_DATA, text)
