"""The table of budgets: where each stands, from the reply of a check."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.domain.primitives.amount import Amount, is_currency
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.formatting import counted, format_amount, format_number
from cloudflare_budgets_cli.screens.screen import WIDE, Record, Result

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

OVER, PASSED, WITHIN, UNKNOWN = "over_limit", "threshold_passed", "within", "unknown"
COLUMNS = (
    "account_id", "name", "allowance_of", "level", "observed", "limit", "percent", "forecast_amount",
    "forecast_percent", "period_start", "period_end", "reason",
)  # fmt: skip
_OF_REPLY = ("name", "allowance_of", "level", "observed", "limit", "percent", "reason")
# The reason of a period that has only just begun; the period before says more.
NO_USAGE_YET = "Cloudflare has no usage yet for the period"
_STYLES = {OVER: "bold red", PASSED: "yellow", WITHIN: "green", UNKNOWN: "magenta"}
_BAR = 12
_LISTED_ALLOWANCE = 50  # percent
_ALL = Decimal(100)

Budget = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a budget stands in its current period: the account, and the budget's part of the reply."""

    account_id: str
    budget: Budget

    @property
    def level(self) -> str:
        """The level of the reply; `forecast over` if only the forecast is beyond the limit."""
        level = str(self.budget["level"])
        return "forecast over" if level == WITHIN and self.forecast_percent >= _ALL else level

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
    return [each for account in reply["accounts"] for each in _of_account(account, reply["as_of"])]


def standings_result(
    reply: Mapping[str, Any], standings: Sequence[Standing], *, lists_all: bool = False, over: int = 0
) -> Result:
    """Lay out the budgets of a reply in each format; the JSON is the reply.

    The table leaves out budgets below `over` percent of their limit, and allowances that are barely used
    unless it `lists_all`.
    """
    records = [_record(each) for each in standings]
    shown = [each for each in standings if lists_all or _matters(each, over)]
    return Result(reply, COLUMNS, records, lambda console: _draw(console, reply, standings, shown))


def _matters(standing: Standing, over: int) -> bool:
    if standing.level != WITHIN:
        return True
    least = max(over, _LISTED_ALLOWANCE if standing.budget["allowance_of"] else 0)
    return (standing.percent or 0) >= least


def headline(standings: Sequence[Standing]) -> str:
    """Return the first line: `1 of 3 budgets over limit, 1 unknown`."""
    over = sum(each.budget["level"] == OVER for each in standings)
    unknown = sum(each.budget["level"] == UNKNOWN for each in standings)
    states = [f"{over} over limit"] if over else []
    states += [f"{unknown} unknown"] if unknown else []
    return f"{counted(len(standings), 'budget')}: {', '.join(states) or 'all within their limits'}"


def _of_account(account: Mapping[str, Any], as_of: str) -> Iterator[Standing]:
    lines: dict[tuple[str, str | None], list[Budget]] = {}
    for budget in account["budgets"]:
        lines.setdefault((budget["name"], budget["allowance_of"]), []).append(budget)
    found = [
        Standing(account["account_id"], each) for line in lines.values() for each in _current(line, as_of)
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


def _record(standing: Standing) -> Record:
    budget = standing.budget
    forecast, period = budget["forecast"] or {}, budget["period"] or {}
    return {
        "account_id": standing.account_id,
        "forecast_amount": f"{forecast['amount']} {forecast['unit']}" if forecast else None,
        "forecast_percent": forecast.get("percent_of_limit"),
        "period_start": period.get("start"),
        "period_end": period.get("end"),
        **{
            key: budget[key]
            for key in ("name", "allowance_of", "level", "observed", "limit", "percent", "reason")
        },
    }


def _draw(
    console: "Console", reply: Mapping[str, Any], standings: Sequence[Standing], shown: Sequence[Standing]
) -> None:
    from rich.text import Text

    style = _STYLES[OVER] if any(each.is_finding for each in standings) else _STYLES[WITHIN]
    console.print(Text(headline(standings), style))
    for account in reply["accounts"]:
        own = [each for each in shown if each.account_id == account["account_id"]]
        through = str(account["data_through"] or "").replace("T", " ").replace(":00Z", " UTC")
        data = f"data through {through}" if through else "no usage"
        console.print(Text(f"\naccount {account['account_id']}, {data}", "dim"))
        if own:
            console.print(_table(own, is_narrow=console.width < WIDE))
    if hidden := len(standings) - len(shown):
        console.print(Text(f"{counted(hidden, 'more line')} within the limit: --all", "dim"))
    for note in dict.fromkeys(_notes(reply, standings)):
        console.print(Text(note))


def _notes(reply: Mapping[str, Any], standings: Sequence[Standing]) -> Iterator[str]:
    unknown = [each.budget for each in standings if each.budget["level"] == UNKNOWN and each.budget["reason"]]
    for budget in unknown:
        yield f"{_name(budget)}: {sanitize(budget['reason'], 500)}"
    for place in (*reply["accounts"], reply):
        for problem in place["problems"]:
            if any(budget["reason"] in problem["message"] for budget in unknown):
                continue
            yield f"{problem['kind']}: {sanitize(problem['message'], 500)}"


def _table(standings: Sequence[Standing], *, is_narrow: bool) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Budget", overflow="fold", min_width=18)
    table.add_column("Level", no_wrap=not is_narrow)
    if not is_narrow:
        table.add_column("")
    for title in ("%", "Used", "of") if is_narrow else ("%", "Used", "of", "Forecast"):
        table.add_column(title, justify="right")
    count = 3 if is_narrow else 4
    for each in standings:
        style = _STYLES.get(each.level, "yellow")
        bar = () if is_narrow else (_bar(each.percent, style),)
        level = Text(each.level.replace("_", " "), style)
        table.add_row(Text(_name(each.budget)), level, *bar, *map(Text, _figures(each)[:count]))
    return table


def _figures(standing: Standing) -> tuple[str, str, str, str]:
    budget, forecast = standing.budget, standing.budget["forecast"]
    limit = amount_of(budget["limit"])
    used = amount_of(budget["observed"])
    return (
        f"{int(standing.percent):,}" if standing.percent is not None else "?",
        format_number(used.number, used.unit) if used else "?",
        format_amount(limit) if limit else str(budget["limit"]),
        format_number(Decimal(forecast["amount"]), _rounded(forecast["unit"])) if forecast else "",
    )


def _rounded(unit: str) -> str:
    return unit if is_currency(unit) else ""


def amount_of(text: str | None) -> Amount | None:
    """Parse an amount of a reply; `None` if it is unknown, or a percentage of allowances."""
    number, _, unit = (text or "").partition(" ")
    return Amount(Decimal(number), unit) if unit and "%" not in number else None


def _bar(percent: Decimal | None, style: str) -> "Text":
    from rich.text import Text

    full = min(int((percent or 0) * _BAR / 100), _BAR)
    return Text("━" * full, style).append("╌" * (_BAR - full), "dim")


def _name(budget: Budget) -> str:
    metric = budget["allowance_of"]
    return sanitize(f"{budget['name']}: {metric}" if metric else budget["name"], 100)
