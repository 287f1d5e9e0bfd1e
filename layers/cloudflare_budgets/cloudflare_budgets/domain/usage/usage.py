"""The usage of one account, grouped by series, so that a scope is matched once per series."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from cloudflare_budgets.domain.budgets.budget import Scope, matches
from cloudflare_budgets.domain.primitives.days import Days, by_day
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.primitives.units import canonical_unit
from cloudflare_budgets.domain.usage.billing_cycle import Cycle, cycles_of
from cloudflare_budgets.domain.usage.charge import Charge, names_of
from cloudflare_budgets.domain.usage.subscription import Subscription
from cloudflare_budgets.domain.usage.window import Window


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer of a usage source for an account.

    `source` is the API that was read: `v1` or `v2`. `anchor_days` are the days of the month on which the
    cycles of each subscription begin, if the source has them. Before `complete_from`, if it is set, the
    source could not be read, and a missing row proves nothing. `contradiction` describes how the rows
    contradict the source's own running totals. `asked` is the requested period, if it is known: of other
    days, some rows may be missing. `ended` are subscriptions that have ended. `subscriptions` are those that
    the source returned in this run, or `None` if it was not asked.
    """

    source: str
    charges: Sequence[Charge]
    anchor_days: Mapping[str, int] = field(default_factory=dict)
    complete_from: datetime | None = None
    contradiction: str | None = None
    asked: Period | None = None
    ended: frozenset[str] = frozenset()
    subscriptions: tuple[Subscription, ...] | None = None
    refused: frozenset[str] = frozenset()  # names of the requests for costs that were refused

    @property
    def has_costs(self) -> bool:
        """Whether every row has its billed cost."""
        return all(charge.billed_cost is not None for charge in self.charges)


class Series(NamedTuple):
    """What rows of different days have in common: the metric, and where it was used."""

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
        """Return whether a scope covers the series."""
        # Called for every series and budget, and most keys of most scopes are empty.
        return (
            (not scope.metric_id or matches(scope.metric_id, (self.metric_id,)))
            and (not scope.metric_name or matches(scope.metric_name, names_of(self.metric_name)))
            and (not scope.product_family or matches(scope.product_family, (self.product_family,)))
            and (not scope.zone or matches(scope.zone, (self.zone_name, self.zone_id)))
            and (not scope.region or matches(scope.region, (self.region_id, self.region_name)))
            and (
                not scope.subscription
                or matches(scope.subscription, (self.subscription_id, self.subscription_name))
            )
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """The usage of one account, as read in one run.

    `data_through` is the end of the newest charge period: up to this instant a missing row means no usage;
    `None` if there are no rows. `cycles` are the billing cycles that rows name. `is_name_shared`: another
    watched account has the same name. `days` are the gross quantities of each series by unit and UTC day,
    without corrections.
    """

    account_id: str
    account_name: str | None
    data_through: datetime | None
    series: Mapping[Series, Sequence[Charge]]
    reading: Reading
    cycles: tuple[Cycle, ...] = ()
    is_name_shared: bool = False
    days: Mapping[Series, Mapping[str, Days]] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The API that was read: `v1` or `v2`."""
        return self.reading.source

    def charges_in(self, scope: Scope, window: Window) -> Iterator[tuple[Series, Charge]]:
        """Yield the charges of a scope that belong to a window."""
        for series, charges in self.series.items():
            if series.is_in(scope):
                for charge in window.charges_of(charges):
                    yield series, charge

    def has_charges_in(self, window: Window) -> bool:
        """Return whether any charge belongs to a window."""
        return next(window.charges_of(self.reading.charges), None) is not None


# What `_series_of` depends on: the columns from this one on.
_SERIES_COLUMNS = slice(Charge._fields.index("region_id"), None)


def arrange(account_id: str, reading: Reading) -> Usage:
    """Group the rows of an account's usage by series."""
    series: defaultdict[Series, list[Charge]] = defaultdict(list)
    account_name: str | None = None
    data_through: datetime | None = None
    reading = replace(reading, charges=_with_one_spelling(reading.charges))
    found: dict[tuple[object, ...], list[Charge]] = {}  # the charges of a series, by its columns
    for charge in reading.charges:
        columns: tuple[object, ...] = charge[_SERIES_COLUMNS]  # type: ignore[assignment] # a slice of a tuple
        if columns not in found:
            found[columns] = series[_series_of(charge)]
        found[columns].append(charge)
        account_name = account_name or charge.billing_account_name
        if data_through is None or charge.charge_period_end > data_through:
            data_through = charge.charge_period_end
    cycles = cycles_of(reading.charges, reading.anchor_days, reading.ended)
    days = {each: gross_days(charges) for each, charges in series.items()}
    return Usage(account_id, account_name, data_through, dict(series), reading, cycles, days=days)


def gross_days(charges: Iterable[Charge]) -> Mapping[str, Days]:
    """Return the sums of rows by unit and UTC day, without corrections."""
    return by_day(
        (charge.consumed_unit, charge.charge_period_start, charge.consumed_quantity)
        for charge in charges
        if not charge.is_correction
    )


def _with_one_spelling(charges: Sequence[Charge]) -> list[Charge]:
    """Return charges in which each unit has one spelling, the first that occurs."""
    units = {charge.consumed_unit for charge in charges}
    if len({canonical_unit(unit) for unit in units}) == len(units):
        return list(charges)
    first: dict[str, str] = {}
    spelled = (
        first.setdefault(canonical_unit(charge.consumed_unit), charge.consumed_unit) for charge in charges
    )
    return [
        charge if charge.consumed_unit == unit else charge._replace(consumed_unit=unit)
        for charge, unit in zip(charges, spelled, strict=True)
    ]


def _series_of(charge: Charge) -> Series:
    return Series(
        charge.metric_id,
        charge.metric_name,
        charge.x_product_family_name or charge.service_family_name,
        charge.x_zone_id or charge.zone_id,
        charge.x_zone_name or charge.zone_name,
        charge.region_id,
        charge.region_name,
        charge.sub_account_id or charge.subscription_id,
        charge.sub_account_name,
    )
