"""What analytics count of an account: billed quantities by resource, unbilled traffic."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from local.cloudflare.accounts.account import Metered, Zone
from local.cloudflare.accounts.usage import quantity_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from local.cloudflare.accounts.account import Account

_WHOLE_ACCOUNT = Zone("", "", 100)
_GB_MONTH = Decimal(30 * 10**9)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Count:
    """A field of a dataset that a metric fills: `times` of the field are one billed unit."""

    metric_id: str
    field: str
    times: Decimal = Decimal(1)
    dimensions: Mapping[str, str] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """What one resource counted on one day."""

    day: date
    dimensions: Mapping[str, str]
    numbers: Mapping[str, Decimal]


_DO = "durable_objects_"
_CUSTOMERS = {"dispatchNamespaceName": "customers"}

COUNTS: Mapping[str, tuple[Count, ...]] = {
    "workersInvocationsAdaptive": (
        Count("workers_standard_requests", "requests"),
        Count("workers_cpu_ms", "cpuTimeUs", Decimal(1000)),
        Count("workers_for_platforms_requests", "requests", dimensions=_CUSTOMERS),
        Count("workers_for_platforms_cpu_ms", "cpuTimeUs", Decimal(1000), _CUSTOMERS),
    ),
    "durableObjectsInvocationsAdaptiveGroups": (
        Count(f"{_DO}compute_requests", "requests", dimensions={"type": "alarm"}),
    ),
    "durableObjectsPeriodicGroups": (
        Count(f"{_DO}compute_duration", "duration"),
        Count(f"{_DO}compute_duration", "activeTime", Decimal(7_812_500)),
        Count(f"{_DO}storage_rows_read", "rowsRead"),
        Count(f"{_DO}storage_rows_written", "rowsWritten"),
        Count(f"{_DO}storage_reads", "storageReadUnits"),
        Count(f"{_DO}storage_writes", "storageWriteUnits"),
        Count(f"{_DO}storage_deletes", "storageDeletes"),
    ),
    "durableObjectsSqlStorageGroups": (Count(f"{_DO}sql_storage", "storedBytes", _GB_MONTH),),
    "durableObjectsStorageGroups": (Count(f"{_DO}storage", "storedBytes", _GB_MONTH),),
    "kvOperationsAdaptiveGroups": tuple(
        Count(f"kv_{action}_operations", "requests", dimensions={"actionType": action})
        for action in ("read", "write", "delete", "list")
    ),
    "kvStorageAdaptiveGroups": (Count("kv_storage", "byteCount", _GB_MONTH),),
    "d1AnalyticsAdaptiveGroups": (
        Count("d1_rows_read", "rowsRead"),
        Count("d1_rows_written", "rowsWritten"),
    ),
    "d1StorageAdaptiveGroups": (Count("d1_storage_gb_mo", "databaseSizeBytes", _GB_MONTH),),
    "r2OperationsAdaptiveGroups": tuple(
        Count(
            f"r2_{product}class_{letter}_operations",
            "requests",
            dimensions={"storageClass": storage, "actionStatus": "success", "actionType": action},
        )
        for product, storage in (("storage_", "Standard"), ("infrequent_access_", "InfrequentAccess"))
        for letter, action in (("a", "PutObject"), ("b", "GetObject"))
    ),
    "r2StorageAdaptiveGroups": (
        Count("r2_data_storage", "payloadSize", _GB_MONTH, {"storageClass": "Standard"}),
        Count("r2_infrequent_access_storage", "payloadSize", _GB_MONTH, {"storageClass": "InfrequentAccess"}),
    ),
    "queueMessageOperationsAdaptiveGroups": (Count("queues_standard_operations", "billableOperations"),),
    "aiInferenceAdaptiveGroups": (Count("regular_twitch_neurons", "totalNeurons"),),
    "vectorizeV2QueriesAdaptiveGroups": (Count("vectorize_queried_dimensions", "queriedVectorDimensions"),),
    "vectorizeV2StorageAdaptiveGroups": (
        Count("vectorize_stored_dimensions", "storedVectorDimensions", Decimal(30)),
    ),
    "containersUsageAdaptiveGroups": (
        Count("container_vcpu", "cpuTimeSec"),
        Count("container_memory_per_gib_second", "allocatedMemory", Decimal(2**30)),
        Count("container_disk_per_gb_second", "allocatedDisk", Decimal(10**9)),
    ),
    "browserRenderingBrowserTimeUsageAdaptiveGroups": (
        Count("browser_run_browser_hours", "totalSessionDurationMs", Decimal(3_600_000)),
    ),
    "workersBuildsBuildMinutesAdaptiveGroups": (Count("worker_build_minutes", "buildMinutes"),),
    "streamMinutesViewedAdaptiveGroups": (
        Count("stream_bundle_basic_minutes_of_video_viewed", "minutesViewed"),
    ),
}

# The dimension that names a resource, and the resources of an account with their shares in percent.
RESOURCES: Mapping[str, tuple[tuple[str, int], ...]] = {
    "scriptName": (("shop-api", 96), ("img-proxy", 4)),
    "namespaceId": (("5f2c90d1a7e84b3c9d0e1f2a3b4c5d6e", 99), ("9a01bc23de45f67890a1b2c3d4e5f607", 1)),
    "databaseId": (
        ("0d9c2f4e-1111-4222-8333-444455556666", 97),
        ("7b6a5948-7777-4888-9999-aaaabbbbcccc", 3),
    ),
    "bucketName": (("uploads", 80), ("eu_backups", 20)),
    "queueId": (("6c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f", 100),),
    "modelId": (("@cf/meta/llama-3.1-8b-instruct", 100),),
    "indexName": (("products", 100),),
    "applicationId": (("a1b2c3d4-0000-4000-8000-0123456789ab", 100),),
}


def rows_of(account: Account, dataset: str, since: datetime, through: datetime) -> Iterator[Row]:
    """Measure a dataset's metrics by day and resource; the running day up to `through`."""
    if not isinstance(account.source, Metered):
        return
    metrics = {metric.id: metric for metric in account.source.metrics}
    day = since.date()
    while datetime.combine(day, time(), UTC) < through:
        for count in COUNTS.get(dataset, ()):
            metric = metrics.get(count.metric_id)
            if metric is None:
                continue
            end = min(through, datetime.combine(day, time(), UTC) + _DAY)
            used = quantity_on(account.source, metric, _WHOLE_ACCOUNT, day, end)
            counted = used * count.times * (100 + account.analytics.unbilled_percent) / 100
            for name, share in _resources(dataset):
                yield Row(day, {**count.dimensions, **name}, {count.field: counted * share / 100})
        day += _DAY


def _resources(dataset: str) -> Iterator[tuple[Mapping[str, str], int]]:
    dimension = next((each for each in _DIMENSION.get(dataset, ())), None)
    if dimension is None:
        yield {}, 100
        return
    for name, share in RESOURCES[dimension]:
        yield {dimension: name}, share


_DIMENSION: Mapping[str, tuple[str, ...]] = {
    "workersInvocationsAdaptive": ("scriptName",),
    "durableObjectsInvocationsAdaptiveGroups": ("namespaceId",),
    "durableObjectsPeriodicGroups": ("namespaceId",),
    "durableObjectsSqlStorageGroups": ("namespaceId",),
    "kvOperationsAdaptiveGroups": ("namespaceId",),
    "kvStorageAdaptiveGroups": ("namespaceId",),
    "d1AnalyticsAdaptiveGroups": ("databaseId",),
    "d1StorageAdaptiveGroups": ("databaseId",),
    "r2OperationsAdaptiveGroups": ("bucketName",),
    "r2StorageAdaptiveGroups": ("bucketName",),
    "queueMessageOperationsAdaptiveGroups": ("queueId",),
    "aiInferenceAdaptiveGroups": ("modelId",),
    "vectorizeV2QueriesAdaptiveGroups": ("indexName",),
    "vectorizeV2StorageAdaptiveGroups": ("indexName",),
    "containersUsageAdaptiveGroups": ("applicationId",),
}
