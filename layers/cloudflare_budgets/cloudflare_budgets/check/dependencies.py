"""Everything a check reads from and acts on."""

from dataclasses import dataclass
from datetime import timedelta

from cloudflare_budgets.check.delivery import Delivery
from cloudflare_budgets.domain.data_quality.freshness import STALE_AFTER
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.primitives.period import midnight
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.ports import (
    AccountStateStore,
    ConfigurationSource,
    Ping,
    ReportStore,
    RunStateStore,
    TimeLeft,
    UsageSource,
)


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Everything a check reads from and acts on.

    `prefix` is the root of the parameter names, `prices` the list that is shipped. Usage older than
    `stale_after` proves no budget kept. `pages` keeps what digests link to, where that is wanted, and
    `ping` tells somebody outside of each complete run.
    """

    prefix: str
    configuration: ConfigurationSource
    usage: UsageSource
    accounts: AccountStateStore
    runs: RunStateStore
    delivery: Delivery
    time_left: TimeLeft
    prices: PriceList
    stale_after: timedelta = STALE_AFTER
    pages: ReportStore | None = None
    ping: Ping | None = None

    def is_today(self, request: Request) -> bool:
        """Tell whether a run judges by the day it is: what one that looks back does not find may be there."""
        return midnight(self.delivery.clock()) == midnight(request.as_of)

    def saves_state(self, request: Request) -> bool:
        """Tell whether later runs may learn from one: not if it judges by another time than theirs."""
        return request.is_live(self.delivery.clock())
