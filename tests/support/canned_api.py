"""Cloudflare's API without a network: bodies as given, and the questions it was asked."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.http.retries import HttpError
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Credential, Secret
from cloudflare_budgets.errors import CloudflareBudgetsError, UsageUnavailableError
from tests.support.builders import ACCOUNT_ID, day
from tests.support.fakes import Faulty

T = TypeVar("T")
Answer = bytes | CloudflareBudgetsError

ACCOUNT = Account(ACCOUNT_ID, ApiToken(Secret("x" * 40)))
CPU = "Workers CPU ms (first 30M are included)"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: `document` is the body of a POST."""

    path: str
    query: Mapping[str, str]
    document: Mapping[str, object] | None = None

    @property
    def days(self) -> tuple[str, str] | None:
        """The days it names, if it does."""
        return (self.query["from"], self.query["to"]) if self.query else None


@dataclass
class CannedApi(CloudflareApi):
    """Answers each question as told, in pieces of a size that suits nobody."""

    answer: Callable[[Asked], Answer]
    asked: list[Asked] = field(default_factory=list)

    def deadline(self) -> float:
        return 0.0

    def get(
        self,
        credential: Credential,  # noqa: ARG002 - whoever asks
        path: str,
        query: Mapping[str, str],
        read: Callable[[Iterator[bytes]], T],
        deadline: float,  # noqa: ARG002 - at once
    ) -> T:
        return self._answered(Asked(path, query), read)

    def post(
        self,
        credential: Credential,  # noqa: ARG002
        path: str,
        document: Mapping[str, object],
        read: Callable[[Iterator[bytes]], T],
        deadline: float,  # noqa: ARG002
    ) -> T:
        return self._answered(Asked(path, {}, document), read)

    def _answered(self, asked: Asked, read: Callable[[Iterator[bytes]], T]) -> T:
        self.asked.append(asked)
        answer = self.answer(asked)
        if isinstance(answer, CloudflareBudgetsError):
            raise answer
        try:
            return read(answer[start : start + 1009] for start in range(0, len(answer), 1009))
        except HttpError as error:
            raise UsageUnavailableError(str(error)) from None


def v1_api(
    undated: Sequence[Mapping[str, object]] = (),
    dated: Mapping[tuple[str, str], Sequence[Mapping[str, object]]] | None = None,
    info: Answer | None = None,
) -> CannedApi:
    """Make a Version 1 with these answers; a range that is not named has no rows."""

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("/info"):
            return subscribed() if info is None else info
        return body(undated if asked.days is None else (dated or {}).get(asked.days, ()))

    return CannedApi(answer)


def body(result: object) -> bytes:
    """Write the envelope of a success as Version 1 does."""
    return json.dumps({"success": True, "errors": None, "messages": None, "result": result}).encode()


def subscribed(*subscriptions: Mapping[str, str], covered: bool = True) -> bytes:
    """Write the answer of `info`; without a subscription it names the one that rows are on."""
    return body({"covered": covered, "subscriptions": subscriptions or [subscription()]})


def subscription(name: str = "SUB-A", start: str = "2024-01-05", **columns: str) -> dict[str, str]:
    """Make a subscription that renews on the day of the month on which it began."""
    began = f"{start}T00:00:00Z"
    return {"id": name, "start_timestamp": began, "billing_cycle_anchor_timestamp": began, **columns}


def v1_row(
    on: str = "2026-11-17",
    cycle: str = "2026-11-05",
    cost: float | str = 0,
    running: float | str | None = None,
    **columns: Any,  # noqa: ANN401 - any JSON
) -> dict[str, Any]:
    """Make a row of one day; without `running`, it is the only one of its series that costs something."""
    row = {
        "ServiceProviderName": "Cloudflare, Inc.",
        "InvoiceIssuerName": "Cloudflare, Inc.",
        "HostProviderName": "Cloudflare, Inc.",
        "BillingAccountId": ACCOUNT_ID,
        "BillingAccountName": "Example account",
        "ServiceName": CPU,
        "ServiceFamilyName": "Workers",
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeDescription": None,
        "ChargePeriodStart": f"{on}T00:00:00Z",
        "ChargePeriodEnd": f"{day(on) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
        "BillingPeriodStart": f"{cycle}T00:00:00Z",
        "BillingCurrency": "USD",
        "ConsumedUnit": "",
        "ConsumedQuantity": 2400000,
        "PricingQuantity": 0,
        "PricingUnit": "Count",
        "CumulatedPricingQuantity": 0,
        "ListCost": cost,
        "ContractedCost": cost,
        "EffectiveCost": cost,
        "BilledCost": cost,
        "CumulatedContractedCost": cost if running is None else running,
        "SubscriptionId": "SUB-A",
    }
    return row | columns


@dataclass
class FakeAccountLister(Faulty):
    """The names of accounts by id, and how often they were asked for."""

    names: Mapping[str, str] = field(default_factory=dict)
    count: int = 0

    def list_accounts(self, credential: Credential) -> Mapping[str, str]:  # noqa: ARG002
        self.count += 1
        self.may_fail("list_accounts")
        return self.names
