"""What is known of one account when its budgets are judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from cloudflare_budgets.domain.budget import Scope
from cloudflare_budgets.domain.daily_usage import DailyUsage, daily_usage
from cloudflare_budgets.domain.freshness import STALE_AFTER
from cloudflare_budgets.domain.history import DayRecord
from cloudflare_budgets.domain.pool import Pools, pools_of
from cloudflare_budgets.domain.price_list import PriceList
from cloudflare_budgets.domain.series_ahead import Cycles, running_cycles, series_ahead
from cloudflare_budgets.domain.trust import Doubt
from cloudflare_budgets.domain.usage import Series, Usage
from cloudflare_budgets.domain.window import Window


@dataclass(frozen=True)  # no slots: `pools` needs a place, once it is asked for
class Knowledge:
    """What judging rests on.

    One account's usage, the instant to judge by, each day of the last weeks, the prices, and what speaks
    against trusting usage. Usage older than `stale_after` proves no budget kept.
    """

    usage: Usage
    as_of: datetime
    daily: DailyUsage
    prices: PriceList
    doubts: Sequence[Doubt] = ()
    stale_after: timedelta = STALE_AFTER

    @cached_property
    def pools(self) -> Pools:
        """The pools in which usage is priced; budgets of quantities alone never ask for them."""
        return pools_of(self.usage, self.daily, self.prices)

    def ahead(self, scope: Scope, window: Window) -> frozenset[Series]:
        """Find the series of a scope whose days to come a window will count."""
        return series_ahead(scope, window, self.daily, self._cycles if window.is_cycle else {})

    @cached_property
    def _cycles(self) -> Cycles:
        return running_cycles(self.usage)


def know(  # noqa: PLR0913 - it is everything there is to know
    usage: Usage,
    as_of: datetime,
    *,
    history: Sequence[DayRecord] = (),
    history_since: datetime | None = None,
    prices: PriceList,
    doubts: Sequence[Doubt] = (),
    stale_after: timedelta = STALE_AFTER,
) -> Knowledge:
    """Bring together what this run read, what earlier runs remember, and the prices.

    From `history_since` on, a day without a record, and before those that this run read, had no usage.
    """
    daily = daily_usage(usage, history, as_of, history_since)
    return Knowledge(usage, as_of, daily, prices, doubts, stale_after)
