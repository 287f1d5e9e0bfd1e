"""The commands `status` and `why`: where the budgets of the stack stand, and why one sends what it sends."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.domain.budgets.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.budgets.document import InvalidBudget, parse_budget
from cloudflare_budgets.domain.primitives.amount import EXACT, Amount
from cloudflare_budgets.domain.primitives.nearest import nearest
from cloudflare_budgets.messages.budget_text import scope_text, threshold_text
from cloudflare_budgets.messages.formatting import format_amount, percent_text
from cloudflare_budgets_cli.planning.parameters import ManagedParameters
from cloudflare_budgets_cli.screens.screen import Record, Result, Screen
from cloudflare_budgets_cli.screens.standings import Standing, amount_of, standings_of, standings_result
from cloudflare_budgets_cli.settings import ExitCode, FindingError, Settings, UsageError
from cloudflare_budgets_cli.stack.function import dry_check
from cloudflare_budgets_cli.stack.session import Aws

if TYPE_CHECKING:
    from rich.console import Console

_ALL = Decimal(100)  # percent


def status(settings: Settings, *, over: int, lists_all: bool) -> ExitCode:
    """Show every budget of the stack by a dry check; exit code 1 if one is over its limit or unknown."""
    screen = Screen(settings)
    with screen.progress("Running a dry check"):
        reply = dry_check(Aws(settings))
    standings = standings_of(reply)
    screen.show(standings_result(reply, standings, lists_all=lists_all, over=over))
    return ExitCode.FINDING if any(each.is_finding for each in standings) else ExitCode.OK


def why(settings: Settings, name: str) -> ExitCode:
    """Explain one budget: each threshold, the forecast, the mute, and what is not known."""
    aws, screen = Aws(settings), Screen(settings)
    budget = _budget(ManagedParameters(settings.prefix, aws.ssm), name)
    with screen.progress("Running a dry check"):
        reply = dry_check(aws)
    found = [each for each in standings_of(reply) if each.budget["name"] == name]
    records = [record for each in found for record in _thresholds(budget, each, reply)]
    document = {"budget": name, "standings": [each.budget for each in found], "thresholds": records}
    columns = ("allowance_of", "threshold", "amount", "state", "missing", "alert_id", "alert")
    screen.show(Result(document, columns, records, lambda console: _draw(console, budget, found, records)))
    return ExitCode.OK


def _budget(parameters: ManagedParameters, name: str) -> Budget:
    stored = parameters.read()
    found = stored.get(f"budgets/{name}")
    if found is None:
        names = [each.removeprefix("budgets/") for each in stored if each.startswith("budgets/")]
        meant = nearest(name, names)
        hint = f"; did you mean {' or '.join(meant)}?" if meant else f"; there are {', '.join(names)}"
        raise UsageError(f"there is no budget {name}{hint if names else ''}")
    match parse_budget(name, found.value):
        case InvalidBudget() as invalid:
            raise FindingError(f"{parameters.prefix}/budgets/{name} is invalid: {invalid}")
        case budget:
            return budget


def _thresholds(budget: Budget, standing: Standing, reply: Mapping[str, Any]) -> Iterator[Record]:
    """Yield each threshold: passed, or how much is missing; and what became of its alert."""
    limit = amount_of(standing.budget["limit"])
    used, forecast = amount_of(standing.budget["observed"]), standing.budget["forecast"]
    alerts = {
        each["threshold"]: each
        for account in reply["accounts"]
        for each in account["alerts"]
        if each["budget"] == budget.name and each["threshold"]
    }
    for threshold in budget.thresholds:
        scaled = threshold.rescaled(limit) if limit and threshold.percent else threshold
        unit = limit.unit if limit else budget.limit.unit
        number = used
        if threshold.basis is Basis.FORECAST:
            number = Amount(EXACT.create_decimal(forecast["amount"]), unit) if forecast else None
        alert = alerts.get(scaled.label(unit), {})
        yield {
            "allowance_of": standing.budget["allowance_of"],
            "threshold": threshold_text(scaled, budget.limit),
            "amount": format_amount(Amount(scaled.amount, unit)),
            **_state(scaled, number, unit),
            "alert_id": alert.get("alert_id"),
            "alert": alert.get("state"),
        }


def _state(threshold: Threshold, number: Amount | None, unit: str) -> dict[str, str | None]:
    if number is None:
        return {"state": "unknown", "missing": None}
    if number.number >= threshold.amount:
        return {"state": "passed", "missing": None}
    missing = Amount(EXACT.subtract(threshold.amount, number.number), unit)
    return {"state": "not passed", "missing": format_amount(missing)}


_TOLD = {"dry_run": "the next check sends it", "already_sent": "was sent", "owed": "is still to be sent"}


def _draw(console: "Console", budget: Budget, found: list[Standing], records: list[Record]) -> None:
    from rich.text import Text

    console.print(
        Text(f"{budget.name}: {budget.limit_text} per {budget.period}, {scope_text(budget)}", "bold")
    )
    if budget.description:
        console.print(Text(budget.description, "dim"))
    if not budget.enabled:
        console.print(Text("disabled: it is not judged", "yellow"))
    for standing in found:
        metric = standing.budget["allowance_of"]
        name = f"{metric}: " if metric else ""
        used = standing.budget["observed"] or "unknown"
        percent = f" ({percent_text(standing.percent, _ALL)})" if standing.percent is not None else ""
        console.print(Text(f"\n{name}{used} of {standing.budget['limit']}{percent}, {standing.level}"))
        for fact in _facts(standing):
            console.print(Text(f"  {fact}"))
        for record in records:
            if record["allowance_of"] == metric:
                console.print(Text(f"  {_line(record)}"))


def _facts(standing: Standing) -> Iterator[str]:
    budget, forecast = standing.budget, standing.budget["forecast"]
    if budget["period"]:
        yield f"period {budget['period']['start']} to {budget['period']['end']}"
    if forecast:
        low, high = forecast["low"], forecast["high"]
        between = f", between {low} and {high}" if low and high else ""
        percent = percent_text(Decimal(forecast["percent_of_limit"]), _ALL)
        yield f"forecast {forecast['amount']} {forecast['unit']} ({percent}){between}"
    if budget["muted_until"]:
        yield f"muted until {budget['muted_until']}"
    if budget["reason"]:
        yield f"note: {budget['reason']}"


def _line(record: Record) -> str:
    missing = f", {record['missing']} missing" if record["missing"] else ""
    told = (
        f"; {_TOLD.get(str(record['alert']), record['alert'])} ({record['alert_id']})"
        if record["alert"]
        else ""
    )
    return f"{record['threshold']} ({record['amount']}): {record['state']}{missing}{told}"
