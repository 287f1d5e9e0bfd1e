"""Fakes of the ports, in memory.

Each fake passes the tests of its adapter (tests/integration). An error in `faults`, under the name of a
method, makes the method fail.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cloudflare_budgets.adapters.aws.topics import alert_message
from cloudflare_budgets.domain.alerts.alert import Claim, ClaimState, OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.budgets.account import (
    Account,
    AccountReference,
    InvalidAccount,
    SharedToken,
    SharedTokenReference,
)
from cloudflare_budgets.domain.budgets.account_list import AccountList
from cloudflare_budgets.domain.budgets.budgets_object import ObjectBudgets
from cloudflare_budgets.domain.run.subscriptions import Subscriptions
from tests.schemas.alert import checked

LEASE = timedelta(seconds=150)


@dataclass
class Faulty:
    """Raises, on every call, the error that is set for a method."""

    faults: dict[str, Exception] = field(default_factory=dict, kw_only=True)

    def may_fail(self, method: str) -> None:
        if method in self.faults:
            raise self.faults[method]


@dataclass
class FakeConfiguration(Faulty):
    """Accounts, budgets and own prices as given."""

    given_accounts: Sequence[Account | InvalidAccount] = ()
    given_budgets: Mapping[str, str] = field(default_factory=dict)
    given_prices: str | None = None
    given_mutes: str | None = None
    given_tokens: Mapping[str, SharedToken | InvalidAccount] = field(default_factory=dict)
    token_version: int = 1
    given_object: ObjectBudgets = field(default_factory=ObjectBudgets)

    def accounts(self) -> Sequence[Account | InvalidAccount]:
        self.may_fail("accounts")
        return self.given_accounts

    def references(self) -> Sequence[AccountReference | InvalidAccount]:
        self.may_fail("references")
        return [_reference(each) for each in self.given_accounts]

    def account(self, reference: AccountReference) -> Account | InvalidAccount:
        self.may_fail("account")
        if isinstance(token := self.given_tokens.get(reference.token), SharedToken):
            return Account(reference.account_id, token.credential, reference.name, reference.since)
        return next(each for each in self.given_accounts if each.account_id == reference.account_id)

    def shared_tokens(self) -> Sequence[SharedTokenReference | InvalidAccount]:
        self.may_fail("shared_tokens")
        return [SharedTokenReference(parameter, self.token_version) for parameter in self.given_tokens]

    def shared_token(self, parameter: str) -> SharedToken | InvalidAccount:
        self.may_fail("shared_token")
        return self.given_tokens[parameter]

    def budget_documents(self) -> Mapping[str, str]:
        self.may_fail("budget_documents")
        return self.given_budgets

    def object_budgets(self) -> ObjectBudgets:
        return self.given_object

    def price_document(self) -> str | None:
        self.may_fail("price_document")
        return self.given_prices

    def mute_document(self) -> str | None:
        self.may_fail("mute_document")
        return self.given_mutes


def _reference(account: Account | InvalidAccount) -> AccountReference | InvalidAccount:
    if isinstance(account, InvalidAccount):
        return account
    return AccountReference(
        account.account_id, f"/cloudflare-budgets/accounts/{account.account_id}/api-token"
    )


@dataclass
class FakeAccountLists(Faulty):
    """Lists of accounts by parameter."""

    lists: dict[str, AccountList] = field(default_factory=dict)

    def load_list(self, parameter: str) -> AccountList | None:
        self.may_fail("load_list")
        return self.lists.get(parameter)

    def save_list(self, parameter: str, accounts: AccountList) -> None:
        self.may_fail("save_list")
        self.lists[parameter] = accounts


@dataclass
class Row:
    """The row of one alert."""

    state: str
    owner: str = ""
    lease_until: int = 0
    attempts: int = 0
    alert: OutgoingAlert | None = None
    message_id: str | None = None
    lower: set[AlertKey] = field(default_factory=set)


@dataclass
class FakeOutbox(Faulty):
    """The outbox: `rows` by key, and in `writes` the names of the methods that wrote."""

    lease: timedelta = LEASE
    rows: dict[AlertKey, Row] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)

    def pending(self, now: datetime) -> Sequence[OutgoingAlert]:
        self.may_fail("pending")
        overdue = [
            row
            for row in self.rows.values()
            if row.state == "CLAIMED" and row.lease_until < int(now.timestamp())
        ]
        overdue.sort(key=lambda row: row.lease_until)
        return [row.alert for row in overdue if row.alert is not None]

    def is_settled(self, key: AlertKey) -> bool:
        self.may_fail("is_settled")
        return key in self.rows and self.rows[key].state != "CLAIMED"

    def settled(self, keys: Collection[AlertKey]) -> Mapping[AlertKey, Collection[AlertKey]]:
        self.may_fail("settled")
        return {
            key: self.rows[key].lower
            for key in keys
            if key in self.rows and self.rows[key].state != "CLAIMED"
        }

    def claim(self, alert: OutgoingAlert, owner: str, now: datetime) -> Claim:
        self.may_fail("claim")
        kept = replace(alert, lower=(*alert.lower, *alert.alongside), alongside=())
        row = self.rows.setdefault(alert.key, Row("CLAIMED", alert=kept))
        if row.state != "CLAIMED":
            unrecorded = tuple(key for key in alert.lower if key not in row.lower)
            return Claim(ClaimState.SETTLED, replace(alert, lower=unrecorded))
        if row.attempts > 0 and row.lease_until >= int(now.timestamp()):
            return Claim(ClaimState.PENDING, alert)
        self.writes.append("claim")
        row.owner, row.attempts = owner, row.attempts + 1
        row.lease_until = int((now + self.lease).timestamp())
        return Claim(ClaimState.CLAIMED, row.alert or kept, row.attempts)

    def store(self, alert: OutgoingAlert, now: datetime) -> Claim:  # noqa: ARG002
        self.may_fail("store")
        kept = replace(alert, lower=(*alert.lower, *alert.alongside), alongside=())
        row = self.rows.get(alert.key)
        if row is None:
            self.writes.append("store")
            row = self.rows[alert.key] = Row("CLAIMED", "-", alert=kept)
        if row.state == "CLAIMED":
            return Claim(ClaimState.CLAIMED, row.alert or kept)
        unrecorded = tuple(key for key in alert.lower if key not in row.lower)
        return Claim(ClaimState.SETTLED, replace(alert, lower=unrecorded))

    def release(self, key: AlertKey, owner: str) -> None:
        self.may_fail("release")
        row = self.rows.get(key)
        if row is not None and row.state == "CLAIMED" and row.owner == owner:
            self.writes.append("release")
            row.lease_until = 0

    def confirm(self, alert: OutgoingAlert, message_id: str, now: datetime) -> None:  # noqa: ARG002
        self.may_fail("confirm")
        self.writes.append("confirm")
        row = self.rows.setdefault(alert.key, Row("SENT"))
        row.state, row.message_id = "SENT", message_id
        row.lower.clear()
        self._supersede(row, alert.lower)

    def settle_lower(self, alert: OutgoingAlert) -> None:
        self.may_fail("settle_lower")
        if alert.lower:
            self.writes.append("settle_lower")
            self._supersede(self.rows.setdefault(alert.key, Row("SENT")), alert.lower)

    def _supersede(self, row: Row, lower: Sequence[AlertKey]) -> None:
        row.lower.update(lower)
        for key in lower:
            self.rows.setdefault(key, Row("SUPERSEDED"))


@dataclass(frozen=True, slots=True)
class Published:
    """A message as subscribers get it; `alert` is the JSON for machines, decoded."""

    message_id: str
    subject: str
    body: str
    attributes: Mapping[str, str]
    alert: Mapping[str, Any]


@dataclass
class FakeAlertTopic(Faulty):
    """The alert topic: `published` is what it accepted; it refuses what breaks the schema of alerts."""

    subscriptions: int | None = 1
    protocol: str = "email"
    waiting: tuple[str, ...] = ()
    published: list[Published] = field(default_factory=list)

    def subscribers(self) -> Subscriptions | None:
        self.may_fail("subscribers")
        found = self.subscriptions
        return None if found is None else Subscriptions({self.protocol: found}, self.waiting)

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        self.may_fail("publish")
        message = alert_message(alert, attempt)
        message_id = f"message-{len(self.published) + 1}"
        document = checked(json.loads(message.attributes["alert"]))
        self.published.append(
            Published(message_id, message.subject, message.body, message.attributes, document)
        )
        return message_id
