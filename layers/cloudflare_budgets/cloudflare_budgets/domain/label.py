"""What the metrics of an account are called, by which a scope may choose them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cloudflare_budgets.domain.budget import Scope, matches
from cloudflare_budgets.domain.usage import Usage


class Label(NamedTuple):
    """A name and a product family under which rows of a metric came; `None` where they said none."""

    metric_name: str | None
    product_family: str | None

    def is_in(self, scope: Scope) -> bool:
        """Tell whether a scope covers what is called so, if it covers the metric's id."""
        named = matches(scope.metric_name, (self.metric_name,))
        return named and matches(scope.product_family, (self.product_family,))


# By metric id; Version 1 has the allowance in a name, so that a metric may have several.
Labels = Mapping[str, tuple[Label, ...]]


def labels_of(usage: Usage) -> Labels:
    """Find the labels of each metric of a reading."""
    found: defaultdict[str, set[Label]] = defaultdict(set)
    for series in usage.series:
        found[series.metric_id].add(Label(series.metric_name, series.product_family))
    return {metric_id: _in_order(labels) for metric_id, labels in found.items()}


def joined(one: Labels, other: Labels) -> Labels:
    """Bring together the labels that metrics had at two times."""
    ids = [*one, *(metric_id for metric_id in other if metric_id not in one)]
    return {each: _in_order((*one.get(each, ()), *other.get(each, ()))) for each in ids}


def _in_order(labels: Iterable[Label]) -> tuple[Label, ...]:
    return tuple(
        sorted(set(labels), key=lambda label: tuple((text is not None, text or "") for text in label))
    )
