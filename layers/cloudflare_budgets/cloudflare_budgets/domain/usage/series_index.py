"""Finds the series of a scope without matching every series of an account."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cloudflare_budgets.domain.budgets.budget import Scope
from cloudflare_budgets.domain.usage.usage import Series

_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class SeriesIndex:
    """Series in order, each once, and their places by metric id in lower case."""

    series: Sequence[Series]
    places: Mapping[str, Sequence[int]]

    def in_scope(self, scope: Scope) -> list[Series]:
        """Return the series of a scope, in order."""
        return [series for series in self._candidates(scope) if series.is_in(scope)]

    def _candidates(self, scope: Scope) -> Iterable[Series]:
        if not scope.metric_id or any(map(_has_wildcard, scope.metric_id)):
            return self.series
        places = {place for name in scope.metric_id for place in self.places.get(name.lower(), ())}
        return (self.series[place] for place in sorted(places))


def index_of(series: Iterable[Series]) -> SeriesIndex:
    """Return the index of series."""
    ordered = list(dict.fromkeys(series))
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(ordered):
        places[each.metric_id.lower()].append(place)
    return SeriesIndex(ordered, places)


def _has_wildcard(pattern: str) -> bool:
    return not _WILDCARDS.isdisjoint(pattern)
