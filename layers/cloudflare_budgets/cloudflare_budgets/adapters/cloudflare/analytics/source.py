"""Reads an account's fresh usage: one request per product family, failing separately."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache

from cloudflare_budgets.adapters.cloudflare.analytics.client import AnalyticsClient, AnalyticsError, Refusal
from cloudflare_budgets.adapters.cloudflare.analytics.datasets import FAMILIES, Dataset
from cloudflare_budgets.adapters.cloudflare.analytics.mapping import (
    field_of,
    figures_of,
    unmapped_actions,
)
from cloudflare_budgets.adapters.cloudflare.analytics.names import NameSource
from cloudflare_budgets.adapters.cloudflare.analytics.queries import (
    MAX_ROWS,
    access_query,
    resources_query,
    totals_query,
)
from cloudflare_budgets.adapters.cloudflare.analytics.rows import parse_rows
from cloudflare_budgets.adapters.cloudflare.analytics.unreadable import NOT_READABLE
from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi, checked_base_url
from cloudflare_budgets.adapters.cloudflare.credentials import masked
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.fresh import FreshAccess, FreshUsage, Resource
from cloudflare_budgets.ports import FreshUsageSource

# For all requests of one account in one run.
DEADLINE = 10.0  # seconds
_STOPS = frozenset({Refusal.NOT_PERMITTED, Refusal.EXHAUSTED})
_PERMISSION = "the token needs the permission Account > Account Analytics > Read"


def thread_local_source(api_url: str, pacer: Pacer | None = None) -> FreshUsageSource:
    """Return a source for several threads, each with connections that a deadline closes.

    `pacer` counts its requests; `None` sends each request at once.

    Raises:
        ValueError: a credential must not be sent to the base URL.
    """
    base_url = checked_base_url(api_url)
    return _ThreadLocalSource(
        lambda: AnalyticsSource(
            AnalyticsClient(base_url, pacer=pacer), NameSource(CloudflareApi(base_url, pacer=pacer))
        )
    )


class _ThreadLocalSource(threading.local):
    """Gives each thread a source of its own."""

    def __init__(self, make: Callable[[], "AnalyticsSource"]) -> None:
        self._source = make()

    def read(self, account: Account, window: Period, access: FreshAccess | None) -> FreshUsage:
        """Read from the source of this thread."""
        return self._source.read(account, window, access)

    def attribute(
        self, account: Account, window: Period, metrics: Iterable[str]
    ) -> Mapping[str, tuple[Resource, ...]]:
        """Read from the source of this thread."""
        return self._source.attribute(account, window, metrics)


class AnalyticsSource:
    """Implements `FreshUsageSource` with Cloudflare's GraphQL Analytics API."""

    def __init__(self, client: AnalyticsClient, names: NameSource) -> None:
        self._client = client
        self._names = names

    def read(self, account: Account, window: Period, access: FreshAccess | None) -> FreshUsage:
        """Return what analytics counted in a window; `unread` contains the rest with reasons."""
        deadline = self._client.deadline(DEADLINE)
        stop: AnalyticsError | None = None
        if access is None or not access.is_current(window.end):
            try:
                access = self._access(account, window, deadline)
            except AnalyticsError as error:
                access, stop = None, error if error.refusal in _STOPS else None
        closed = access.closed if access else {}
        listed = access.dimensions if access else frozenset[str]()
        families = [[dataset.with_listed(listed) for dataset in family] for family in FAMILIES.values()]
        read = {metric for family in families for dataset in family for metric in dataset.metrics}
        unread = {metric: reason for metric, reason in NOT_READABLE.items() if metric not in read}
        found = FreshUsage(window.start, window.end, unread=unread, access=access)
        for family in families:
            datasets = [dataset for dataset in family if dataset.name not in closed]
            for dataset in family:
                if dataset.name in closed:
                    found = found.merged(_unread([dataset], closed[dataset.name], window))
            try:
                if stop is not None:
                    raise stop
                if datasets:
                    confident = access.confident if access else frozenset[str]()
                    query = totals_query(datasets, account.account_id, window, confident)
                    node = self._client.account(account.credential, query, deadline)
                    found = found.merged(_totals(datasets, node, window))
            except AnalyticsError as error:
                stop = error if error.refusal in _STOPS else stop
                # The text may quote an invalid value of a row.
                reason = masked(_reason(error), account.credential)
                found = found.merged(_unread(datasets, reason, window))
        return replace(found, failure=None if found.days else _failure(found, stop))

    def _access(self, account: Account, window: Period, deadline: float) -> FreshAccess:
        """Return the datasets that are closed or unknown, and the fields with an interval."""
        names = [dataset.name for family in FAMILIES.values() for dataset in family]
        unknown: dict[str, str] = {}
        try:
            node = self._client.account(account.credential, access_query(names, account.account_id), deadline)
        except AnalyticsError as error:
            unknown = {name: str(error) for name in names if name in str(error)}
            if error.refusal is not Refusal.REFUSED or not unknown:
                raise
            query = access_query([name for name in names if name not in unknown], account.account_id)
            node = self._client.account(account.credential, query, deadline)
        found = node.get("settings")
        settings = {
            name: each
            for name, each in (found.items() if isinstance(found, dict) else ())
            if isinstance(each, dict)
        }
        closed = {
            name: "it is not open to this plan or token"
            for name, each in settings.items()
            if each.get("enabled") is False
        }
        dimensions = frozenset(_dimensions(settings))
        return FreshAccess(window.end, {**unknown, **closed}, frozenset(_confident(settings)), dimensions)

    def attribute(
        self, account: Account, window: Period, metrics: Iterable[str]
    ) -> Mapping[str, tuple[Resource, ...]]:
        """Return each metric's largest users, largest first, without metrics that have none."""
        deadline = self._client.deadline(DEADLINE)
        found: dict[str, tuple[Resource, ...]] = {}
        for metric in metrics:
            for dataset, field in _attributable(metric):
                try:
                    query = resources_query(dataset, field, account.account_id, window)
                    node = self._client.account(account.credential, query, deadline)
                    found[metric] = tuple(self._resources(account, dataset, field, node))
                except (AnalyticsError, LookupError, TypeError, ValueError, ArithmeticError):
                    continue
        return {metric: resources for metric, resources in found.items() if resources}

    def _resources(
        self, account: Account, dataset: Dataset, field: str, node: Mapping[str, object]
    ) -> Iterator[Resource]:
        dimension, kind = dataset.resource or ("", "")
        rows = node[dataset.name]
        for row in rows if isinstance(rows, list) else []:
            quantity = Decimal(row["sum"][field])
            found = sanitize(str(row["dimensions"][dimension]))
            if quantity > 0 and found:
                yield Resource(kind, found, self._names.name(account, kind, found), quantity)


def _totals(datasets: Iterable[Dataset], node: Mapping[str, object], window: Period) -> FreshUsage:
    found = FreshUsage(window.start, window.end)
    for dataset in datasets:
        rows = node.get(dataset.name)
        if not isinstance(rows, list):
            raise AnalyticsError(Refusal.UNAVAILABLE, f"the answer has no rows of {dataset.name}")
        try:
            parsed = list(parse_rows(dataset, rows))
            figures = figures_of(dataset, parsed)
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            text = f"a row of {dataset.name} is invalid: {type(error).__name__} {sanitize(str(error))}"
            raise AnalyticsError(Refusal.UNAVAILABLE, text) from error
        is_cut = len(rows) >= MAX_ROWS or unmapped_actions(dataset, parsed)
        at_least = frozenset(dataset.metrics) if is_cut else frozenset()
        found = found.merged(FreshUsage(window.start, window.end, figures, at_least=at_least))
    return found


def _confident(settings: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Yield the fields (`dataset.field`) that have a confidence interval by the settings."""
    for dataset in (dataset for family in FAMILIES.values() for dataset in family if dataset.is_sampled):
        paths = _paths(settings, dataset)
        for field in dataset.sums:
            start = f"confidence_sum_{field}"
            if any(path == start or path.startswith(f"{start}_") for path in paths):
                yield f"{dataset.name}.{field}"


def _dimensions(settings: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Yield the optional dimensions (`dataset.dimension`) that the settings list."""
    for dataset in (dataset for family in FAMILIES.values() for dataset in family):
        if f"dimensions_{dataset.separate_by}" in _paths(settings, dataset):
            yield f"{dataset.name}.{dataset.separate_by}"


def _paths(settings: Mapping[str, Mapping[str, object]], dataset: Dataset) -> set[str]:
    """Return a dataset's paths in the settings, whose parts are joined by `_` or `.`."""
    listed = settings.get(dataset.name, {}).get("availableFields")
    return {str(each).replace(".", "_") for each in listed} if isinstance(listed, list) else set()


def _unread(datasets: Iterable[Dataset], reason: str, window: Period) -> FreshUsage:
    metrics = [metric for dataset in datasets for metric in dataset.metrics]
    return FreshUsage(window.start, window.end, unread=dict.fromkeys(metrics, reason))


def _reason(error: AnalyticsError) -> str:
    return f"{_PERMISSION}: {error}" if error.refusal is Refusal.NOT_PERMITTED else str(error)


def _failure(found: FreshUsage, stop: AnalyticsError | None) -> str | None:
    if stop is not None:
        return _PERMISSION if stop.refusal is Refusal.NOT_PERMITTED else _reason(stop)
    return next((reason for metric, reason in found.unread.items() if metric not in NOT_READABLE), None)


@cache
def _attributable(metric: str) -> tuple[tuple[Dataset, str], ...]:
    datasets = (dataset for family in FAMILIES.values() for dataset in family if metric in dataset.metrics)
    fields = ((dataset, field_of(dataset, metric)) for dataset in datasets if dataset.resource)
    return tuple((dataset, field) for dataset, field in fields if field is not None)[:1]
