"""The Slack message that says a threshold was crossed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.primitives.amount import Amount, percent_of, percent_reached
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.alerts.phrases import WITHOUT_PRICE
from cloudflare_budgets.messages.formatting import allowance_text, format_amount, format_number, whole_percent
from cloudflare_budgets.messages.slack.blocks import (
    MAX_NAME,
    Block,
    account_fact,
    bar,
    facts,
    footer,
    header,
    icon,
    line,
    name_of,
    read_amount,
    section,
    shown,
    shown_beside,
    whose_prices,
)

_MAX_DESCRIPTION = 500
_MAX_HEADLINE_NAME = 60
_MAX_LIST = 1600
_MAX_REASON = 900
_A_FACTOR = 10


def crossing_blocks(document: Mapping[str, Any], sent: datetime | None) -> list[Block]:
    """Say it on a phone's screen: the fact, the figures, where it comes from.

    Raises:
        ArithmeticError, LookupError, TypeError, ValueError, AttributeError: the document is another one.
    """
    budget = document["budget"]
    observed, limit = read_amount(document["observed"]), read_amount(budget["limit"])
    percent = f"{percent_reached(observed.number, limit.number):,f}%"
    return [
        header(f"{icon(document)} {_headline(document, observed, limit)}"),
        *section(
            [
                f"*{shown_beside(observed, limit)}* of {shown(limit)}",
                f"{bar(observed.number, limit.number)} {percent}",
                line(str(budget.get("description") or ""), _MAX_DESCRIPTION),
                "The period is over; the usage arrived late." if _is_over(document["period"], sent) else "",
            ]
        ),
        *facts(
            [
                ("Forecast", _forecast(document.get("forecast"), limit)),
                ("Crossed", _crossed(document, limit)),
                ("Period", _period(document["period"], sent)),
                account_fact(document),
            ]
        ),
        *_drivers(document.get("drivers") or (), observed.unit),
        *_allowances(document.get("allowances") or ()),
        *_limits_of_knowledge(document),
        footer(document, sent),
    ]


def _headline(document: Mapping[str, Any], observed: Amount, limit: Amount) -> str:
    budget, forecast = document["budget"], document.get("forecast")
    metric = budget.get("allowance_of")
    of_limit = (
        f"of {_allowance_of(budget)} {sanitize(str(metric), _MAX_HEADLINE_NAME)}"
        if metric
        else f"of {format_amount(limit)}"
    )
    name = sanitize(str(budget["name"]), _MAX_HEADLINE_NAME)
    threshold = document["threshold"]
    # As in the mail: what is reached already is no forecast.
    is_expected = threshold["basis"] == "forecast" and observed.number < Decimal(threshold["amount"])
    if is_expected and forecast:
        expected = Decimal(forecast["amount"])
        return f"{name} forecast at {whole_percent(expected, limit.number)} {of_limit}"
    return f"{name} at {whole_percent(observed.number, limit.number)} {of_limit}"


def _allowance_of(budget: Mapping[str, Any]) -> str:
    percent = budget.get("allowance_percent")
    return allowance_text(Decimal(percent) if percent else None)


def _forecast(forecast: Mapping[str, Any] | None, limit: Amount) -> str:
    if not forecast:
        return ""
    expected = read_amount(forecast)
    part = f" {WITHOUT_PRICE}" if forecast.get("left_out") else ""
    text = (
        f"{shown_beside(expected, limit)}{part}, {whole_percent(expected.number, limit.number)} of the limit"
    )
    low, high = (_figure(forecast.get(key), expected.unit) for key in ("low", "high"))
    if low and high and low != high:
        text += f" (likely {low} to {high})"
    continued = shown(Amount(Decimal(forecast["if_last_days_continue"]), expected.unit))
    early = f"; early, from {int(forecast['complete_days'])} complete days" if forecast.get("early") else ""
    return f"{text}; {continued} if the last 3 days go on{early}"


def _crossed(document: Mapping[str, Any], limit: Amount) -> str:
    first = document["threshold"]
    amount = format_amount(Amount(Decimal(first["amount"]), limit.unit))
    also = ", ".join(_label(one) for one in reversed(document.get("also_crossed") or []))
    return line(f"{_label(first)} ({amount})" + (f", also {also}" if also else ""), 4 * MAX_NAME)


def _label(threshold: Mapping[str, Any]) -> str:
    return f"{threshold['percent']}%" + (" forecast" if threshold["basis"] == "forecast" else "")


def _period(period: Mapping[str, Any], sent: datetime | None) -> str:
    start, end = datetime.fromisoformat(period["start"]), datetime.fromisoformat(period["end"])
    last = end - timedelta(days=1)
    dates = f"{start:%Y-%m-%d}" if last <= start else f"{start:%Y-%m-%d} to {last:%Y-%m-%d}"
    estimated = ", its end estimated" if period.get("estimated_end") else ""
    return f"{dates} (UTC){_left(end, sent)}{estimated}"


def _left(end: datetime, sent: datetime | None) -> str:
    if sent is None:
        return ""
    days = max(-((sent - end) // timedelta(days=1)), 0)
    return f", {days} {'day' if days == 1 else 'days'} left" if days else ", over"


def _is_over(period: Mapping[str, Any], sent: datetime | None) -> bool:
    return sent is not None and datetime.fromisoformat(period["end"]) <= sent


def _drivers(drivers: Sequence[Mapping[str, Any]], unit: str) -> list[Block]:
    lines = [_driver(driver, unit) for driver in drivers]
    return section(["*Where it comes from*", *lines], _MAX_LIST) if lines else []


def _driver(driver: Mapping[str, Any], unit: str) -> str:
    zone = name_of(driver, "zone")
    name = name_of(driver, "name", "metric_id") + (f", {zone}" if zone else "")
    amount = shown(Amount(Decimal(driver["amount"]), unit))
    return f"• {line(str(driver['share']), MAX_NAME)}% {name}: {amount}{_change(driver, unit)}"


def _change(driver: Mapping[str, Any], unit: str) -> str:
    last, before = (Decimal(driver.get(key) or 0) for key in ("last_day", "day_before"))
    if not last:
        return "; nothing on the last day"
    text = f"; last day {shown(Amount(last, unit))}"
    if before <= 0:
        return f"{text}, nothing the day before"
    if last / before >= _A_FACTOR:
        return f"{text}, {last / before:,.0f} times the day before"
    change = percent_of(last - before, before, places=0)
    return f"{text}, {'down' if change < 0 else 'up'} {abs(change):,f}%" if change else text


def _allowances(uses: Sequence[Mapping[str, Any]]) -> list[Block]:
    lines = [_allowance(use) for use in uses]
    return section(["*Included, this billing period*", *lines], _MAX_LIST) if lines else []


def _allowance(use: Mapping[str, Any]) -> str:
    unit = str(use["unit"])
    included = shown(Amount(Decimal(use["included"]), unit))
    percent = line(str(use["percent"]), MAX_NAME)
    return f"• {percent}% {name_of(use, 'name', 'metric_id')}: {_figure(use['used'], unit)} of {included}"


def _limits_of_knowledge(document: Mapping[str, Any]) -> list[Block]:
    prices, reason = document.get("list_prices"), document.get("incomplete")
    compared = ""
    if prices:
        billed, listed = (
            shown(Amount(Decimal(prices[key]), str(prices["unit"]))) for key in ("billed", "listed")
        )
        # Older alerts name all the prices in one place.
        by = whose_prices(prices if "priced_by" in prices else document)
        compared = f"Cloudflare bills {billed} for what costs {listed} by {by}."
    unknown = f"*Not all of it is known*  {line(str(reason), _MAX_REASON)}" if reason else ""
    return section([compared, unknown])


def _figure(number: str | None, unit: str) -> str:
    return line(format_number(Decimal(number), unit), MAX_NAME) if number is not None else ""
