"""Everything the evaluation of one account depends on, and the series of coming days."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from cloudflare_budgets.domain.budgets.budget import Scope
from cloudflare_budgets.domain.data_quality.consistency import QualityIssue
from cloudflare_budgets.domain.data_quality.empty_days import days_with_rows
from cloudflare_budgets.domain.data_quality.freshness import STALE_AFTER, tolerated_age, with_idle_days
from cloudflare_budgets.domain.data_quality.unknown_scope import ListedMetric
from cloudflare_budgets.domain.pricing.allowance_pool import AllowancePools, pools_of
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.primitives.days import Days
from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.usage.active_series import (
    Cycles,
    CyclesOfMetrics,
    active_cycles,
    active_series,
)
from cloudflare_budgets.domain.usage.charge import Charge, metric_slug
from cloudflare_budgets.domain.usage.daily_usage import DailyUsage, daily_usage
from cloudflare_budgets.domain.usage.fresh import FreshHistory, FreshUsage
from cloudflare_budgets.domain.usage.fresh_scale import FreshQuality, quality_of
from cloudflare_budgets.domain.usage.history import DayRecord
from cloudflare_budgets.domain.usage.series_index import SeriesIndex, index_of
from cloudflare_budgets.domain.usage.usage import Series, Usage
from cloudflare_budgets.domain.usage.window import Window

if TYPE_CHECKING:
    from cloudflare_budgets.domain.evaluation.extended import Extended
    from cloudflare_budgets.domain.usage.billing_cycle import Cycle

_Result = TypeVar("_Result")
# A bound of the memory: the forecast of a scope with 20 metrics needs 250 KB.
_RESULTS_KEPT = 64


def known_since(scope: Scope, daily: DailyUsage, window: Window | None = None) -> datetime:
    """Return the first day that is known in the detail which a scope and a window need."""
    in_cycle = window is not None and window.is_cycle
    needs_detail = scope.zone or scope.region or scope.subscription or in_cycle
    return daily.detailed_since if needs_detail else daily.since


@dataclass(frozen=True)  # no slots, since cached properties need a `__dict__`
class EvaluationContext:
    """Everything the evaluation of one account depends on.

    `daily` is the usage of each day of the last weeks, `issues` are the reasons not to trust usage. Usage
    older than `stale_after` does not prove that a budget is within its limit. `rows_end` is the end of the
    newest row; if the account is idle since then, its usage is known until yesterday all the same. `fresh` is
    what analytics counted on days that are not billed yet, `fresh_history` on earlier days. Periods that
    ended after `judged_through` are evaluated although they have settled.
    """

    usage: Usage
    as_of: datetime
    daily: DailyUsage
    prices: PriceList
    issues: Sequence[QualityIssue] = ()
    stale_after: timedelta = STALE_AFTER
    rows_end: datetime | None = None
    fresh: FreshUsage | None = None
    fresh_history: FreshHistory = field(default_factory=dict)
    judged_through: datetime | None = None

    @property
    def is_idle(self) -> bool:
        """Whether rows ended so long ago that days without rows count as days without usage."""
        return self.rows_end is not None and self.usage.data_through != self.rows_end

    @cached_property
    def pools(self) -> AllowancePools:
        """The pools in which usage is priced; built when a cost or an allowance is evaluated."""
        return pools_of(self.usage, self.daily, self.prices)

    @property
    def extended(self) -> "Extended | None":
        """Billed usage with what fresh usage adds; `None` where nothing is added."""
        return self._compared if self._compared and self._compared.adds else None

    @property
    def fresh_quality(self) -> FreshQuality | None:
        """How good fresh usage is; `None` if it was not requested."""
        if self.fresh is None:
            return None
        return quality_of(self.fresh, self._compared.scales if self._compared else {})

    @cached_property
    def _compared(self) -> "Extended | None":
        if self.fresh is None or self.rows_end is None or not self.usage.reading.charges:
            return None
        # Imported only where analytics were read, so that the cold start of other checks stays short.
        from cloudflare_budgets.domain.evaluation.extended import extend  # noqa: PLC0415

        return extend(
            self.usage,
            self.daily,
            self.prices,
            self.fresh,
            history=self.fresh_history,
            rows_end=self.rows_end,
        )

    @cached_property
    def used_series(self) -> frozenset[Series]:
        """All series that the account is known to have used."""
        return frozenset(self._index.series)

    @cached_property
    def listed_metrics(self) -> frozenset[ListedMetric]:
        """All metrics of the price list, under each of their ids."""
        names = ((price.metric_id, price) for price in self.prices.prices.values())
        aliases = ((alias, self.prices.prices[key]) for alias, key in self.prices.aliases.items())
        ids = ((each, price) for key, price in (*names, *aliases) for each in (key, metric_slug(price.name)))
        return frozenset(ListedMetric(key, price.name, price.family) for key, price in ids)

    def once(self, key: Hashable, compute: Callable[[], _Result]) -> _Result:
        """Return a result that several budgets share; it is computed on the first call with a key.

        The first element of a key is the function that computes the result. Only the latest results are
        stored.
        """
        results = self._results
        found: _Result = results.pop(key) if key in results else compute()
        results[key] = found  # at the end, which makes the first one the one that was not used for longest
        if len(results) > _RESULTS_KEPT:
            del results[next(iter(results))]
        return found

    @cached_property
    def _results(self) -> dict[Hashable, Any]:
        return {}

    def series_in(self, scope: Scope) -> Sequence[Series]:
        """Return the used series of a scope."""
        return self.once((SeriesIndex.in_scope, scope), lambda: self._index.in_scope(scope))

    def charges_in(self, scope: Scope, window: Window) -> Iterator[tuple[Series, Charge]]:
        """Yield the charges of a scope that belong to a window."""
        for series in self.series_in(scope):
            for charge in window.charges_of(self.usage.series.get(series, ())):
                yield series, charge

    def days_ahead(self, scope: Scope, window: Window) -> Iterator[tuple[Series, str, Days]]:
        """Yield each series and unit of `ahead` with its complete days, and those that have begun."""
        ahead = self.ahead(scope, window)
        for series in self.series_in(scope):
            if series in ahead:
                for unit, days in self._days[series]:
                    yield series, unit, days

    def ahead(self, scope: Scope, window: Window) -> frozenset[Series]:
        """Return the series of a scope whose coming days a window will count."""
        in_scope = (series for series in self.series_in(scope) if series in self._days)
        if not window.is_cycle:
            return active_series(in_scope, window, {}, {})
        return active_series(in_scope, window, self._cycles, self._cycles_of_metrics)

    @cached_property
    def _index(self) -> SeriesIndex:
        return index_of((*self.usage.series, *(series for series, _ in self.daily.quantities)))

    @cached_property
    def _days(self) -> Mapping[Series, Sequence[tuple[str, Days]]]:
        found: defaultdict[Series, list[tuple[str, Days]]] = defaultdict(list)
        for (series, unit), days in self.daily.items():
            found[series].append((unit, days))
        return dict(found)

    @cached_property
    def _cycles(self) -> Cycles:
        return active_cycles(self.usage)

    @cached_property
    def _cycles_of_metrics(self) -> CyclesOfMetrics:
        found: defaultdict[str, set[Cycle | None]] = defaultdict(set)
        for series, cycles in self._cycles.items():
            found[series.metric_id] |= cycles
        return dict(found)


def evaluation_context(  # noqa: PLR0913 - everything an evaluation depends on
    usage: Usage,
    as_of: datetime,
    *,
    history: Sequence[DayRecord] = (),
    history_since: datetime | None = None,
    prices: PriceList,
    issues: Sequence[QualityIssue] = (),
    stale_after: timedelta = STALE_AFTER,
    fresh: FreshUsage | None = None,
    fresh_history: FreshHistory | None = None,
    judged_through: datetime | None = None,
) -> EvaluationContext:
    """Put together what this run read, what earlier runs recorded, and the prices.

    From `history_since` on, a day without a record, and before those that this run read, had no usage.
    """
    days = days_with_rows(usage, history)
    rows_end = usage.data_through or max((day + DAY for day in days), default=None)
    age = tolerated_age(rows_end, days, stale_after)
    usage = with_idle_days(usage, as_of, age)
    daily = daily_usage(usage, history, as_of, history_since)
    return EvaluationContext(
        usage, as_of, daily, prices, issues, age, rows_end, fresh, fresh_history or {}, judged_through
    )
