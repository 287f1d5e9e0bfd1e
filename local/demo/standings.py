"""Formats the reply of a check as lines: one for each budget, or each line of one."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cloudflare_budgets.messages.formatting import percent_text

_ALL = 100  # percent


def standings(reply: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield name, status and standing of each line of each budget."""
    for account in reply["accounts"]:
        for budget in account["budgets"]:
            yield budget["name"], _status(budget), _standing(budget)


def highest(reply: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield name, status and standing of each budget, of allowances only the highest line.

    Breached budgets come first, also if only fresh usage reaches the limit; then the highest percentage.
    """
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for account in reply["accounts"]:
        for budget in account["budgets"]:
            lines.setdefault(budget["name"], []).append(budget)
    budgets = [sorted(each, key=_urgency, reverse=True) for each in lines.values()]
    for first, *others in sorted(budgets, key=lambda each: _urgency(each[0]), reverse=True):
        more = f" (highest of {1 + len(others)})" if others else ""
        yield first["name"], _status(first), _standing(first) + more


def problems(reply: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield subject, kind and message of each problem."""
    for found in (*reply["accounts"], reply):
        for problem in found["problems"]:
            yield problem["subject"], problem["kind"], problem["message"]


def _urgency(budget: Mapping[str, Any]) -> tuple[bool, Decimal]:
    return budget["status"] == "breached", Decimal(budget["percent"] or 0)


def _status(budget: Mapping[str, Any]) -> str:
    # A threshold on a forecast does not change the level, but "within" alone would contradict its mail.
    forecast = budget["forecast"]
    if budget["level"] == "within" and forecast and Decimal(forecast["percent_of_limit"]) >= _ALL:
        return "forecast over"
    if budget["level"] == "threshold_passed":
        return f"passed {budget['threshold'].replace('%', ' %')}"
    return str(budget["level"]).replace("_", " ")


def _standing(budget: Mapping[str, Any]) -> str:
    forecast, metric = budget["forecast"], budget["allowance_of"]
    of_limit = f"{metric}'s allowance" if metric else budget["limit"]
    provisional = budget["provisional"]
    at_least = ""
    if provisional and budget["status"] == "breached":
        at_least = f"at least {_rounded(provisional['low'])} with usage that is not billed yet"
    if budget["percent"] is None:
        return f"{at_least}, limit {of_limit}" if at_least else str(budget["reason"])
    later = f"forecast {_shown(forecast['percent_of_limit'])}" if forecast else ""
    return ", ".join(filter(None, (f"{_shown(budget['percent'])} of {of_limit}", at_least or later)))


def _shown(percent: str) -> str:
    """Format a percentage as the messages do: `417 %`."""
    return percent_text(Decimal(percent), Decimal(_ALL))


def _rounded(amount: str) -> str:
    number, _, unit = amount.partition(" ")
    return f"{Decimal(number):,.2f} {unit}"
