"""The command `why`: a budget's standing, what was sent about it, and who gets its alerts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from cloudflare_budgets.domain.alerts.alert_key import AlertKey, crossing_key, possible_key
from cloudflare_budgets.domain.alerts.sent_alert import SentAlert
from cloudflare_budgets.domain.budgets.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.budgets.document import InvalidBudget, parse_budget
from cloudflare_budgets.domain.primitives.amount import EXACT, Amount
from cloudflare_budgets.domain.primitives.nearest import nearest
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.messages.budget_text import threshold_text
from cloudflare_budgets.messages.formatting import format_amount
from cloudflare_budgets_cli.checking.configuration import budgets_of
from cloudflare_budgets_cli.planning.parameters import ManagedParameters
from cloudflare_budgets_cli.screens.explanation import Explanation, explanation_result
from cloudflare_budgets_cli.screens.screen import Record, Screen
from cloudflare_budgets_cli.screens.standing import Standing, amount_of, standings_of
from cloudflare_budgets_cli.settings import ExitCode, FindingError, Settings, UsageError
from cloudflare_budgets_cli.stack.notify.command import channel_records
from cloudflare_budgets_cli.stack.session import Aws
from cloudflare_budgets_cli.stack.stored.history import record_of
from cloudflare_budgets_cli.stack.stored.state import Stored, stored_state
from cloudflare_budgets_cli.stack.subscriptions import ALERTS, subscriptions_of

_LOOK_BACK = timedelta(days=35)  # for alerts that belong to no period, such as spikes


def why(settings: Settings, name: str, state: Path | None, budgets: Path | None) -> ExitCode:
    """Explain a budget by its stored standing: thresholds, forecast, alerts, mute, recipients.

    With a `state` file of `check --state`, the budget is that of the files which `check` reads.
    """
    if budgets and not state:
        raise UsageError("--budgets needs --state FILE; the budgets of the stack are stored in parameters")
    screen = Screen(settings)
    budget = _budget_of_files(budgets, name) if state else _budget_of_stack(settings, name)
    with screen.progress("Reading what checks have stored"), stored_state(settings, state) as stored:
        lines = list(_lines(budget, stored))
        listeners = tuple(_listeners(stored.aws)) if stored.aws else ()
    found = Explanation(
        budget,
        tuple(line.standing for line in lines),
        tuple(record for line in lines for record in line.records()),
        tuple(_other_alerts(lines, name)),
        listeners,
        settings.now,
        state,
    )
    screen.show(explanation_result(found))
    return ExitCode.OK


@dataclass(frozen=True, slots=True)
class _Line:
    """One budget in one account, with its limit there: each allowance has a limit of its own."""

    budget: Budget
    standing: Standing
    sent: Sequence[SentAlert]

    def records(self) -> Iterator[Record]:
        """Yield each threshold: passed, or how much is missing; with the alert sent about it."""
        unit, used = self.budget.limit.unit, amount_of(self.standing.budget["observed"])
        forecast = self.standing.budget["forecast"]
        expected = Amount(EXACT.create_decimal(forecast["amount"]), unit) if forecast else None
        for threshold in self.budget.thresholds:
            number = expected if threshold.basis is Basis.FORECAST else used
            found = self._alert_about(threshold)
            yield {
                "account_id": self.standing.account_id,
                "allowance_of": self.standing.budget["allowance_of"],
                "threshold": threshold_text(threshold, self.budget.limit),
                "amount": format_amount(Amount(threshold.amount, unit)),
                **_state(threshold, number, unit),
                "sent_at": utc_text(found.sent_at) if found else None,
                "alert_id": found.key.alert_id if found else None,
                "acknowledged_by": found.acknowledged.by if found and found.acknowledged else None,
            }

    def _alert_about(self, threshold: Threshold) -> SentAlert | None:
        """Return the first message about a threshold; it may be about a higher one, too."""
        period = self.standing.period
        if period is None:
            return None
        certain = crossing_key(self.standing.account_id, self.budget, period, threshold)
        keys = (certain, possible_key(certain))
        found = [each for each in self.sent if any(_is_about(each, key) for key in keys)]
        return min(found, key=lambda each: each.sent_at, default=None)


def _is_about(alert: SentAlert, key: AlertKey) -> bool:
    """Return whether a message is about a crossing, or the same one after it was armed again."""
    return any(
        each.partition == key.partition and (each.sort == key.sort or each.sort.startswith(f"{key.sort}#"))
        for each in (alert.key, *alert.included)
    )


def _lines(budget: Budget, stored: Stored) -> Iterator[_Line]:
    accounts = [each for each in stored.standings.standings() if each["account_id"]]
    for account in accounts:
        found = standings_of({"as_of": account["as_of"], "accounts": [account]})
        own = [each for each in found if each.budget["name"] == budget.name]
        if own:
            sent = stored.alerts.sent(account["account_id"], _since(own))
            yield from (_Line(_limited(budget, each), each, sent) for each in own)


def _since(standings: Sequence[Standing]) -> datetime:
    starts = [each.period.start for each in standings if each.period]
    return min([*starts, *(each.checked - _LOOK_BACK for each in standings)])


def _limited(budget: Budget, standing: Standing) -> Budget:
    """Return a budget as it is judged: an allowance budget stands for one budget of each metric."""
    limit, metric = amount_of(standing.budget["limit"]), standing.budget["allowance_of"]
    if limit is None or metric is None:
        return budget
    scaled = tuple(each.rescaled(limit) if each.percent else each for each in budget.thresholds)
    return replace(budget, limit=limit, allowance_of=metric, thresholds=scaled)


def _state(threshold: Threshold, number: Amount | None, unit: str) -> dict[str, str | None]:
    if number is None:
        return {"state": "unknown", "missing": None}
    missing = EXACT.subtract(threshold.amount, number.number)
    if missing <= Decimal(0):
        return {"state": "passed", "missing": None}
    return {"state": "not passed", "missing": format_amount(Amount(missing, unit))}


def _other_alerts(lines: Sequence[_Line], name: str) -> Iterator[Record]:
    """Yield the messages about the budget that are about no threshold of its current period."""
    told = {record["alert_id"] for line in lines for record in line.records()}
    found = {each.key: each for line in lines for each in line.sent if each.budget == name}
    for each in sorted(found.values(), key=lambda one: one.sent_at, reverse=True):
        if each.key.alert_id not in told:
            yield record_of(each)


def _listeners(aws: Aws) -> Iterator[Record]:
    """Yield who gets alerts: the subscriptions of the topic, and the channels behind it."""
    for each in subscriptions_of(aws, ALERTS):
        state = "confirmed" if each.is_confirmed else "not confirmed"
        yield {"kind": each.protocol, "name": each.endpoint.rpartition(":")[2], "state": state}
    for channel in channel_records(aws):
        is_fine = channel["state"] == "ok"
        state = ("gets alerts" if channel["posts"] == "true" else "switched off") if is_fine else "invalid"
        yield {"kind": channel["type"] or "channel", "name": channel["name"], "state": state}


def _budget_of_stack(settings: Settings, name: str) -> Budget:
    stored = ManagedParameters(settings.prefix, Aws(settings).ssm).read()
    budgets = {
        each.removeprefix("budgets/"): found.value
        for each, found in stored.items()
        if each.startswith("budgets/")
    }
    return _budget(budgets, name, f"{settings.prefix}/budgets/{name}")


def _budget_of_files(path: Path | None, name: str) -> Budget:
    return _budget(budgets_of(path).documents, name, f"budgets.{name}")


def _budget(budgets: Mapping[str, str], name: str, place: str) -> Budget:
    """Parse the budget of a name; `place` is where it is stored.

    Raises:
        UsageError: there is no such budget.
        FindingError: the budget is invalid.
    """
    if name not in budgets:
        meant = nearest(name, budgets)
        hint = f"; did you mean {' or '.join(meant)}?" if meant else f"; there are {', '.join(budgets)}"
        raise UsageError(f"there is no budget {name}{hint if budgets else ''}")
    match parse_budget(name, budgets[name]):
        case InvalidBudget() as invalid:
            raise FindingError(f"{place} is invalid: {invalid}")
        case budget:
            return budget
