"""The first lines of a screen of budgets: costs so far, and how old the figures are."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.primitives.amount import Amount, total
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.messages.formatting import counted, dates, format_number, percent_text

_NAMED = {
    "day": "today",
    "week": "this week",
    "month": "this month",
    "quarter": "this quarter",
    "year": "this year",
    "billing_period": "this billing period",
}
_NO_TOTAL = 'No known cost of a whole account: a budget such as {"limit": "50 USD"} without a scope shows it'
_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
Total = Mapping[str, Any]


def total_lines(accounts: Sequence[Mapping[str, Any]], as_of: datetime) -> Iterator[str]:
    """Say what accounts cost so far: their sum if it exists, and each of several accounts."""
    found = {each["account_id"]: each["total"] for each in accounts if each.get("total")}
    if not found:
        yield _NO_TOTAL
    elif len(found) == 1:
        yield from (total_text(each, as_of) for each in found.values())
    else:
        yield _sum(list(found.values()), as_of)
        yield from (f"{account_id}: {total_text(each, as_of)}" for account_id, each in found.items())


def total_text(found: Total, as_of: datetime) -> str:
    """Format an account's cost: `41.20 of 50 USD so far this month (82 %), forecast 56 USD`."""
    return _text(_number(found["observed"]), _limit(found), _forecast(found), _when(found, as_of))


def _sum(totals: Sequence[Total], as_of: datetime) -> str:
    units, times = {_limit(each).unit for each in totals}, {_when(each, as_of) for each in totals}
    if len(units) > 1 or len(times) > 1:
        return f"{counted(len(totals), 'account')}, in different currencies or periods"
    forecasts = [_forecast(each) for each in totals]
    return f"{counted(len(totals), 'account')}: " + _text(
        total(_number(each["observed"]) for each in totals),
        Amount(total(_limit(each).number for each in totals), units.pop()),
        None if None in forecasts else total(each for each in forecasts if each is not None),
        times.pop(),
    )


def _text(used: Decimal, limit: Amount, forecast: Decimal | None, when: str) -> str:
    unit = limit.unit
    share = percent_text(used, limit.number)
    text = f"{format_number(used, unit)} of {format_number(limit.number, unit)} {unit} {when} ({share})"
    return text if forecast is None else f"{text}, forecast {format_number(forecast, unit)} {unit}"


def _when(found: Total, as_of: datetime) -> str:
    if found["period"] is None:
        return "so far"
    period = Period(*(datetime.fromisoformat(found["period"][key]) for key in ("start", "end")))
    return dates(period) if period.end <= as_of else f"so far {_NAMED[found['period_kind']]}"


def _number(text: str) -> Decimal:
    return Decimal(text.partition(" ")[0])


def _limit(found: Total) -> Amount:
    number, _, unit = found["limit"].partition(" ")
    return Amount(Decimal(number), unit)


def _forecast(found: Total) -> Decimal | None:
    return Decimal(found["forecast"]["amount"]) if found["forecast"] else None


def age_text(age: timedelta) -> str:
    """Format how long ago something was: `12 minutes ago`."""
    if age >= 2 * _DAY:
        return f"{counted(age // _DAY, 'day')} ago"
    if age >= 2 * _HOUR:
        return f"{counted(age // _HOUR, 'hour')} ago"
    return f"{counted(age // _MINUTE, 'minute')} ago" if age >= _MINUTE else "just now"
