"""Everything a check reads from and acts on."""

from dataclasses import dataclass
from datetime import timedelta

from cloudflare_budgets.check.delivery import AlertDelivery
from cloudflare_budgets.configuration_ports import AccountLister, AccountListStore, ConfigurationSource
from cloudflare_budgets.domain.data_quality.freshness import STALE_AFTER
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.messages.reply import account_standing
from cloudflare_budgets.ports import (
    AccountStateStore,
    AlertLog,
    FreshUsageSource,
    Ping,
    ReportStore,
    RunStateStore,
    StandingOf,
    StandingStore,
    Subscribers,
    TimeLeft,
    UsageSource,
)


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Everything a check reads from and acts on.

    `prefix` is the root of the parameter names, `prices` the shipped list. Budgets are `unknown` on usage
    older than `stale_after`. `fresh` reads usage that is not billed yet, `pages` stores the pages that
    digests link to, `ping` sends the heartbeat ping of each complete run, and `operators` reads who receives
    the alarms about this stack; `lister` lists the accounts of shared tokens, and `lists` stores them;
    `alerts` finds who acknowledged alerts. `None` switches each off. `standing_of`
    returns what is stored about an account after its check.
    """

    prefix: str
    configuration: ConfigurationSource
    usage: UsageSource
    accounts: AccountStateStore
    runs: RunStateStore
    standings: StandingStore
    delivery: AlertDelivery
    time_left: TimeLeft
    prices: PriceList
    stale_after: timedelta = STALE_AFTER
    fresh: FreshUsageSource | None = None
    pages: ReportStore | None = None
    ping: Ping | None = None
    operators: Subscribers | None = None
    lister: AccountLister | None = None
    lists: AccountListStore | None = None
    alerts: AlertLog | None = None
    standing_of: StandingOf = account_standing
