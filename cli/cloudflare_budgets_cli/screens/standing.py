"""Where each budget stands, from the reply of a check or from stored standings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.primitives.period import Period

OVER, PASSED, WITHIN, UNKNOWN = "over_limit", "threshold_passed", "within", "unknown"
# The reason of a period that has only just begun; the period before says more.
NO_USAGE_YET = "Cloudflare has no usage yet for the period"
_ALL = Decimal(100)

Budget = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a budget stood when it was `checked`: the account, and its part of the reply."""

    account_id: str
    budget: Budget
    checked: datetime

    @property
    def period(self) -> Period | None:
        """The period that is judged; `None` for a billing period that is not known."""
        found = self.budget["period"]
        if found is None:
            return None
        return Period(datetime.fromisoformat(found["start"]), datetime.fromisoformat(found["end"]))

    @property
    def level(self) -> str:
        """The level of the reply; `forecast over` if only the forecast is beyond the limit."""
        level = str(self.budget["level"])
        return "forecast over" if level == WITHIN and self.forecast_percent >= _ALL else level

    @property
    def level_text(self) -> str:
        """The level as in messages: `over limit`, `passed 80 %`, `forecast over`, `within`."""
        passed = self.budget.get("threshold")  # absent in standings that an earlier version stored
        if self.level == PASSED and passed:
            return f"passed {passed.replace('%', ' %')}"
        return self.level.replace("_", " ")

    @property
    def percent(self) -> Decimal | None:
        """How much of the limit is used; `None` if that is unknown."""
        found = self.budget["percent"]
        return None if found is None else Decimal(found)

    @property
    def forecast_percent(self) -> Decimal:
        """The forecast at the end of the period, in percent of the limit; zero without a forecast."""
        forecast = self.budget["forecast"]
        return Decimal(forecast["percent_of_limit"]) if forecast else Decimal(0)

    @property
    def is_finding(self) -> bool:
        """Whether the budget is over its limit or unknown."""
        return self.budget["level"] in (OVER, UNKNOWN)


def standings_of(reply: Mapping[str, Any]) -> list[Standing]:
    """Return each budget of a reply in its current period, the fullest first in each account."""
    return [
        each
        for account in reply["accounts"]
        for each in _of_account(account, account.get("as_of", reply["as_of"]))
    ]


def _of_account(account: Mapping[str, Any], as_of: str) -> Iterator[Standing]:
    lines: dict[tuple[str, str | None], list[Budget]] = {}
    for budget in account["budgets"]:
        lines.setdefault((budget["name"], budget["allowance_of"]), []).append(budget)
    checked = datetime.fromisoformat(as_of)
    found = [
        Standing(account["account_id"], each, checked)
        for line in lines.values()
        for each in _current(line, as_of)
    ]
    yield from sorted(found, key=lambda each: (-(each.percent or 0), each.budget["name"]))


def _current(line: Sequence[Budget], as_of: str) -> Sequence[Budget]:
    # Instants are written in one form, so that their texts compare as they do.
    running = [
        each
        for each in line
        if not each["period"] or each["period"]["start"] <= as_of < each["period"]["end"]
    ]
    has_begun = any(not str(each["reason"]).startswith(NO_USAGE_YET) for each in running)
    earlier = [each for each in line if each["observed"] is not None and each not in running]
    return running if has_begun or not earlier else earlier[:1]


def amount_of(text: str | None) -> Amount | None:
    """Parse an amount of a reply; `None` if it is unknown, or a percentage of allowances."""
    number, _, unit = (text or "").partition(" ")
    return Amount(Decimal(number), unit) if unit and "%" not in number else None
