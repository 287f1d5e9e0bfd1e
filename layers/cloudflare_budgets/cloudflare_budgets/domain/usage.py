"""The usage of one account, arranged so that a scope is matched once per series, not once per row."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from cloudflare_budgets.domain.budget import Scope, matches
from cloudflare_budgets.domain.charge import Charge
from cloudflare_budgets.domain.period import Period


class Series(NamedTuple):
    """What stays the same from day to day: the metric, and where it was used."""

    metric_id: str
    metric_name: str | None
    product_family: str | None
    zone_id: str | None
    zone_name: str | None
    region_id: str | None
    region_name: str | None
    subscription_id: str | None
    subscription_name: str | None

    def is_in(self, scope: Scope) -> bool:
        """Tell whether a scope covers the series."""
        return (
            matches(scope.metric_id, (self.metric_id,))
            and matches(scope.metric_name, (self.metric_name,))
            and matches(scope.product_family, (self.product_family,))
            and matches(scope.zone, (self.zone_name, self.zone_id))
            and matches(scope.region, (self.region_id, self.region_name))
            and matches(scope.subscription, (self.subscription_id, self.subscription_name))
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """All that one account's usage source said in one run.

    `source` names the API that spoke. `data_through` is the end of the newest charge period, the
    instant up to which a missing row means no usage; `None` when there were no rows at all.
    """

    account_id: str
    account_name: str | None
    source: str
    data_through: datetime | None
    series: Mapping[Series, Sequence[Charge]]

    def charges_in(self, scope: Scope, period: Period) -> Iterator[tuple[Series, Charge]]:
        """Yield the charges of a scope whose charge period starts within a period."""
        for series, charges in self.series.items():
            if series.is_in(scope):
                for charge in charges:
                    if charge.charge_period_start in period:
                        yield series, charge

    def has_charges_in(self, period: Period) -> bool:
        """Tell whether any charge at all starts within a period."""
        return any(
            charge.charge_period_start in period for charges in self.series.values() for charge in charges
        )


def arrange(account_id: str, source: str, charges: Iterable[Charge]) -> Usage:
    """Arrange the rows that a source gave for an account by series."""
    series: defaultdict[Series, list[Charge]] = defaultdict(list)
    account_name: str | None = None
    data_through: datetime | None = None
    for charge in charges:
        series[_series_of(charge)].append(charge)
        account_name = account_name or charge.billing_account_name
        if data_through is None or charge.charge_period_end > data_through:
            data_through = charge.charge_period_end
    return Usage(account_id, account_name, source, data_through, dict(series))


def _series_of(charge: Charge) -> Series:
    return Series(
        charge.metric_id,
        charge.x_billable_metric_name,
        charge.x_product_family_name,
        charge.x_zone_id,
        charge.x_zone_name,
        charge.region_id,
        charge.region_name,
        charge.sub_account_id,
        charge.sub_account_name,
    )
