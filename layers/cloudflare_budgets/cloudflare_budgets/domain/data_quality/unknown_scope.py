"""Whether a scope can match anything: usage of the account, or a metric of the price list."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from cloudflare_budgets.domain.budgets.budget import PLACES, Scope, matches
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind
from cloudflare_budgets.domain.primitives.nearest import nearest
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.charge import bare_name
from cloudflare_budgets.domain.usage.usage import Series

_WILDCARDS = "*?[]"


class ListedMetric(NamedTuple):
    """A metric of the price list, under one of its ids."""

    metric_id: str
    metric_name: str
    product_family: str | None

    def is_in(self, scope: Scope) -> bool:
        """Return whether a scope covers the metric, in whatever place."""
        return (
            matches(scope.metric_id, (self.metric_id,))
            and matches(scope.metric_name, (self.metric_name,))
            and matches(scope.product_family, (self.product_family,))
        )


def unknown_scope(scope: Scope, used: Collection[Series], listed: Collection[ListedMetric]) -> Unknown | None:
    """Return that a scope matches no used or listed metric, with the nearest names; or `None`.

    Args:
        scope: The scope of a budget.
        used: All series that the account is known to have used.
        listed: All metrics of the price list; it contains no zone, region or subscription.
    """
    if any(series.is_in(scope) for series in used):
        return None
    place = Scope(**{key: patterns for key, patterns in scope.patterns().items() if key in PLACES})
    metric = replace(scope, **dict.fromkeys(PLACES, ()))
    is_place_used = not place.patterns() or any(series.is_in(place) for series in used)
    if is_place_used and any(each.is_in(metric) for each in listed):
        return None
    keys = ", ".join(f"{key} {'|'.join(patterns)}" for key, patterns in scope.patterns().items())
    text = (
        f"no usage of the account and no metric of the price list ever matched the scope ({sanitize(keys)})"
    )
    meant = [f'"{sanitize(name)}"' for name in dict.fromkeys(_nearest_names(scope, used, listed))]
    advice = f": did you mean {' or '.join(meant)}?" if meant else ""
    return Unknown(UnknownKind.NO_MATCHING_USAGE, text + advice)


def _nearest_names(scope: Scope, used: Collection[Series], listed: Collection[ListedMetric]) -> Iterator[str]:
    for key, patterns in scope.patterns().items():
        names = set(filter(None, (*_used_names(key, used), *(getattr(each, key, None) for each in listed))))
        for pattern in patterns:
            if not matches((pattern,), tuple(names)):
                yield from _nearest_to(pattern, names)


def _nearest_to(pattern: str, names: Iterable[str]) -> Iterable[str]:
    """Return the nearest names; for `wrokers_*` the nearest beginnings, such as `workers_*`."""
    stem = pattern.rstrip(_WILDCARDS)
    if stem == pattern:
        return nearest(pattern, names)
    return (f"{name}*" for name in nearest(stem, {name[: len(stem)] for name in names}, 1))


def _used_names(key: str, used: Iterable[Series]) -> Iterator[str | None]:
    for series in used:
        match key:
            case "zone":
                yield series.zone_name or series.zone_id
            case "region":
                yield series.region_name or series.region_id
            case "subscription":
                yield series.subscription_name or series.subscription_id
            case "metric_name":
                yield bare_name(series.metric_name or "")
            case _:
                yield getattr(series, key)
