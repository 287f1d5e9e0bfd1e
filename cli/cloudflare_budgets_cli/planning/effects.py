"""What changes of budgets would send, by dry checks with the stored and the new budgets."""

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from cloudflare_budgets.adapters.aws.alert_table.outbox import DynamoDbOutbox
from cloudflare_budgets.adapters.aws.state_store import DynamoDbStateStore
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.check.run import check
from cloudflare_budgets.domain.alerts.alert import AlertType
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.domain.run.result import AccountReport, AlertState, Report
from cloudflare_budgets.domain.run.standing import current
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.messages.account_text import account_name
from cloudflare_budgets.messages.budget_text import amounts_text, budget_name, level_text
from cloudflare_budgets.ports import UsageQuery, UsageSource
from cloudflare_budgets_cli.checking.configuration import FileConfiguration
from cloudflare_budgets_cli.checking.topics import ListTopic
from cloudflare_budgets_cli.checking.wiring import dependencies
from cloudflare_budgets_cli.cloudflare.access import usage_source
from cloudflare_budgets_cli.settings import CommandError, Settings
from cloudflare_budgets_cli.sqlite.database import SqliteDatabase
from cloudflare_budgets_cli.stack.known_accounts import directory_of
from cloudflare_budgets_cli.stack.session import Aws

if TYPE_CHECKING:
    from cloudflare_budgets.check.delivery import Delivery

_ACCOUNTS_SHOWN = 5
_LEASE = timedelta(minutes=15)


@dataclass(slots=True)
class _ReadOnce:
    """Reads the usage of each account and query once, for both checks."""

    source: UsageSource
    _readings: dict[tuple[str, UsageQuery], Reading] = field(default_factory=dict)

    def read(self, account: Account, query: UsageQuery) -> Reading:
        key = (account.account_id, query)
        if key not in self._readings:
            self._readings[key] = self.source.read(account, query)
        return self._readings[key]


@dataclass(frozen=True, slots=True)
class Effects:
    """What a change of a budget means now: `205.78 of 150 USD (137 %), over limit; sends 100 %`."""

    settings: Settings
    aws: Aws

    def of(self, before: Mapping[str, str], after: Mapping[str, str]) -> Mapping[str, str]:
        """Return the effect of each budget in `after` that differs in `before`, by name.

        Raises:
            CommandError: AWS does not answer.
        """
        changed = [name for name, text in after.items() if before.get(name) != text]
        if not changed:
            return {}
        known = directory_of(self.settings, self.aws).accounts()
        accounts = [each for each in known.found if isinstance(each, Account)]
        url = os.environ.get("CLOUDFLARE_API_URL")
        source = _ReadOnce(usage_source(url))
        with closing(SqliteDatabase()) as database:
            reports = [
                self._report(FileConfiguration(accounts, documents, None), source, database)
                for documents in (before, after)
            ]
        return {name: _effect(name, *reports) for name in changed}

    def _report(
        self, configuration: FileConfiguration, source: UsageSource, database: SqliteDatabase
    ) -> Report:
        def clock() -> datetime:
            return self.settings.now

        deps = dependencies(configuration, source, ListTopic(clock), database, clock)
        return check(Request(clock(), dry_run=True), self._with_memory(deps))

    def _with_memory(self, deps: Dependencies) -> Dependencies:
        """Read what the stack has sent, if there is a stack; a dry check writes nothing."""
        try:
            table = self.aws.outputs["AlertTableName"]
        except (CommandError, LookupError):
            return deps
        state = DynamoDbStateStore(table, deps.delivery.clock, self.aws.dynamodb)
        outbox = DynamoDbOutbox(table, _LEASE, self.aws.dynamodb)
        return replace(
            deps, accounts=state, runs=state, delivery=replace(cast("Delivery", deps.delivery), outbox=outbox)
        )


def _effect(name: str, before: Report, after: Report) -> str:
    sent = {label for label, state in _crossings(name, before) if state is AlertState.ALREADY_SENT}
    lines = [(account_name(each), _standing(name, each, after.as_of)) for each in after.accounts]
    found = [(account, line) for account, line in lines if line]
    shown = [f"{account}: {line}" if len(found) > 1 else line for account, line in found[:_ACCOUNTS_SHOWN]]
    more = [f"{len(found) - len(shown)} more accounts"] if len(found) > len(shown) else []
    standing = "; ".join((*shown, *more)) or "no usage is known"
    new = [label for label, state in _crossings(name, after) if state is AlertState.DRY_RUN]
    told = dict.fromkeys(f"{label} again" if label in sent else label for label in new)
    return f"{standing}; sends {', '.join(told)}" if told else f"{standing}; sends nothing"


def _crossings(name: str, report: Report) -> list[tuple[str, AlertState]]:
    return [
        (each.alert.label, each.state)
        for each in report.all_alerts
        if each.alert.type is AlertType.THRESHOLD_CROSSED and each.alert.budget == name
    ]


def _standing(name: str, account: AccountReport, as_of: datetime) -> str:
    found = [each for each in current(account, as_of) if each.budget.name == name]
    if not found:
        return ""
    first, *others = found  # the fullest
    metric = f"{budget_name(first.budget)}: " if first.budget.allowance_of else ""
    text = ", ".join(filter(None, (amounts_text(first), level_text(first))))
    return f"{metric}{text}" + (f" (and {len(others)} more lines)" if others else "")
