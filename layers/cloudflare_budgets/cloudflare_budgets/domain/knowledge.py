"""What is known of one account when its budgets are judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudflare_budgets.domain.daily_usage import DailyUsage, daily_usage
from cloudflare_budgets.domain.freshness import STALE_AFTER
from cloudflare_budgets.domain.history import DayRecord
from cloudflare_budgets.domain.pool import Pools, pools_of
from cloudflare_budgets.domain.price_list import PriceList
from cloudflare_budgets.domain.trust import Doubt
from cloudflare_budgets.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What judging rests on.

    One account's usage, the instant to judge by, each day of the last weeks, the pools in which usage is
    priced, and what speaks against trusting it. Usage older than `stale_after` proves no budget kept.
    """

    usage: Usage
    as_of: datetime
    daily: DailyUsage
    pools: Pools
    doubts: Sequence[Doubt] = ()
    stale_after: timedelta = STALE_AFTER


def know(  # noqa: PLR0913 - it is everything there is to know
    usage: Usage,
    as_of: datetime,
    *,
    history: Sequence[DayRecord] = (),
    prices: PriceList,
    doubts: Sequence[Doubt] = (),
    stale_after: timedelta = STALE_AFTER,
) -> Knowledge:
    """Bring together what this run read, what earlier runs remember, and the prices."""
    daily = daily_usage(usage, history, as_of)
    return Knowledge(usage, as_of, daily, pools_of(usage, daily, prices), doubts, stale_after)
