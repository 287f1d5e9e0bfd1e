"""Converts rows of datasets into the quantities that Cloudflare bills.

Sources of the conversions: Cloudflare's pricing pages, and billed rows that were compared with analytics.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import ROUND_FLOOR, Context, Decimal, localcontext

from cloudflare_budgets.adapters.cloudflare.analytics.datasets import Dataset
from cloudflare_budgets.adapters.cloudflare.analytics.r2_actions import CLASSES, KNOWN_ACTIONS
from cloudflare_budgets.adapters.cloudflare.analytics.rows import Row
from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.usage.fresh import FreshFigure

Figures = dict[str, dict[datetime, FreshFigure]]

# More digits than any count has, and few enough for exact sums of quotients.
_WORKING = Context(prec=30, rounding=ROUND_FLOOR)
_GB = Decimal(10**9)
_GIB = Decimal(2**30)
_DAYS_OF_A_MONTH = Decimal(30)
_US_PER_MS = Decimal(1000)
_MS_PER_HOUR = Decimal(3_600_000)
# 20 incoming WebSocket messages are billed as one request.
_MESSAGES_PER_REQUEST = Decimal(20)
# Duration is billed for 128 MB; activeTime is in microseconds.
_ACTIVE_US_PER_GB_SECOND = Decimal(7_812_500)  # 10^6 / 0.128
_WHOLE_REQUESTS = frozenset({"request", "requests", "fetch", "http", "alarm", "rpc"})
_UNBILLED_STATUS = "internalError"


def figures_of(dataset: Dataset, rows: Iterable[Row]) -> Figures:
    """Return what the rows of a dataset add to each metric by day, in the billed unit."""
    convert = _CONVERSIONS[dataset.name]
    found: Figures = {metric: {} for metric in dataset.metrics}
    with localcontext(_WORKING):
        for row in rows:
            for metric, figure in convert(row):
                days = found[metric]
                days[row.day] = days[row.day] + figure if row.day in days else figure
    return found


def unmapped_actions(dataset: Dataset, rows: Iterable[Row]) -> frozenset[str]:
    """Return the actions of R2 whose class is not known."""
    if dataset.name != "r2OperationsAdaptiveGroups":
        return frozenset()
    return frozenset(row.dimensions.get("actionType", "") for row in rows) - KNOWN_ACTIONS


def field_of(dataset: Dataset, metric: str) -> str | None:
    """Return the field whose largest users are the largest users of a metric."""
    fields = _FIELDS.get(metric)
    return next((field for field in fields or dataset.sums[:1] if field in dataset.sums), None)


_Quantities = Iterator[tuple[str, FreshFigure]]


def _workers(row: Row) -> _Quantities:
    if row.dimensions.get("status") == _UNBILLED_STATUS:
        return
    if row.dimensions.get("dispatchNamespaceName"):  # a Worker of a customer of the platform
        yield "workers_for_platforms_requests", row.numbers["requests"]
        yield "workers_for_platforms_cpu_ms", row.per("cpuTimeUs", _US_PER_MS)
        return
    model = row.dimensions.get("usageModel", "").lower()
    if model in {"bundled", "unbound"}:
        yield f"workers_{model}_requests", row.numbers["requests"]
        if model == "unbound":
            yield "workers_unbound_duration", row.numbers["duration"]
        return
    yield "workers_standard_requests", row.numbers["requests"]
    yield "workers_cpu_ms", row.per("cpuTimeUs", _US_PER_MS)


def _durable_object_requests(row: Row) -> _Quantities:
    kind = row.dimensions.get("type", "").lower()
    requests = row.numbers["requests"]
    messages = row.per("requests", _MESSAGES_PER_REQUEST)
    if "hibernat" in kind or "websocket" in kind:
        requests = messages
    elif kind not in _WHOLE_REQUESTS:  # it may be a kind of message, too
        requests = FreshFigure(messages.lower, requests.middle, messages.margin)
    yield "durable_objects_compute_requests", requests


def _durable_objects(row: Row) -> _Quantities:
    duration, active = row.numbers["duration"], row.per("activeTime", _ACTIVE_US_PER_GB_SECOND)
    yield "durable_objects_compute_duration", FreshFigure(min(duration.lower, active.lower), duration.middle)
    for field, metric in (
        ("rowsRead", "storage_rows_read"),
        ("rowsWritten", "storage_rows_written"),
        ("storageReadUnits", "storage_reads"),
        ("storageWriteUnits", "storage_writes"),
        ("storageDeletes", "storage_deletes"),
    ):
        yield f"durable_objects_{metric}", row.numbers[field]
    messages = row.per("inboundWebsocketMsgCount", _MESSAGES_PER_REQUEST)
    # Messages of hibernating objects are requests of that type, too: the lower bound counts them once.
    yield "durable_objects_compute_requests", FreshFigure(ZERO, messages.middle)


def _kv_operations(row: Row) -> _Quantities:
    action = row.dimensions.get("actionType", "").lower()
    if action in {"read", "write", "delete", "list"}:
        yield f"kv_{action}_operations", row.numbers["requests"]


def _r2_operations(row: Row) -> _Quantities:
    action = row.dimensions.get("actionType", "")
    status = row.dimensions.get("actionStatus", "")
    if action not in CLASSES or status == _UNBILLED_STATUS:
        return
    requests = row.numbers["requests"]
    if status != "success":  # a userError is billed, unless it is a 401 or a 403
        requests = FreshFigure(ZERO, requests.middle)
    infrequent = "infrequent" in row.dimensions.get("storageClass", "").lower()
    prefix = "r2_infrequent_access_class_" if infrequent else "r2_storage_class_"
    yield f"{prefix}{CLASSES[action]}_operations", requests


def _r2_storage(row: Row) -> _Quantities:
    infrequent = "infrequent" in row.dimensions.get("storageClass", "").lower()
    metric = "r2_infrequent_access_storage" if infrequent else "r2_data_storage"
    for field in ("payloadSize", "metadataSize"):
        yield metric, row.per(field, _GB * _DAYS_OF_A_MONTH)


def _containers(row: Row) -> _Quantities:
    yield "container_vcpu", row.numbers["cpuTimeSec"]
    yield "container_memory_per_gib_second", row.per("allocatedMemory", _GIB)
    yield "container_disk_per_gb_second", row.per("allocatedDisk", _GB)


def _stored(field: str, metric: str) -> Callable[[Row], _Quantities]:
    def convert(row: Row) -> _Quantities:
        yield metric, row.per(field, _GB * _DAYS_OF_A_MONTH)

    return convert


def _plain(**metrics: str) -> Callable[[Row], _Quantities]:
    def convert(row: Row) -> _Quantities:
        for field, metric in metrics.items():
            yield metric, row.numbers[field]

    return convert


def _stored_dimensions(row: Row) -> _Quantities:
    yield "vectorize_stored_dimensions", row.per("storedVectorDimensions", _DAYS_OF_A_MONTH)


def _browser_hours(row: Row) -> _Quantities:
    yield "browser_run_browser_hours", row.per("totalSessionDurationMs", _MS_PER_HOUR)


_CONVERSIONS: Mapping[str, Callable[[Row], _Quantities]] = {
    "workersInvocationsAdaptive": _workers,
    "pagesFunctionsInvocationsAdaptiveGroups": _plain(requests="workers_standard_requests"),
    "durableObjectsInvocationsAdaptiveGroups": _durable_object_requests,
    "durableObjectsPeriodicGroups": _durable_objects,
    "durableObjectsSqlStorageGroups": _stored("storedBytes", "durable_objects_sql_storage"),
    "durableObjectsStorageGroups": _stored("storedBytes", "durable_objects_storage"),
    "kvOperationsAdaptiveGroups": _kv_operations,
    "kvStorageAdaptiveGroups": _stored("byteCount", "kv_storage"),
    "d1AnalyticsAdaptiveGroups": _plain(rowsRead="d1_rows_read", rowsWritten="d1_rows_written"),
    "d1StorageAdaptiveGroups": _stored("databaseSizeBytes", "d1_storage_gb_mo"),
    "r2OperationsAdaptiveGroups": _r2_operations,
    "r2StorageAdaptiveGroups": _r2_storage,
    "queueMessageOperationsAdaptiveGroups": _plain(billableOperations="queues_standard_operations"),
    "aiInferenceAdaptiveGroups": _plain(totalNeurons="regular_twitch_neurons"),
    "vectorizeV2QueriesAdaptiveGroups": _plain(queriedVectorDimensions="vectorize_queried_dimensions"),
    "vectorizeV2StorageAdaptiveGroups": _stored_dimensions,
    "containersUsageAdaptiveGroups": _containers,
    "browserRenderingBrowserTimeUsageAdaptiveGroups": _browser_hours,
    "workersBuildsBuildMinutesAdaptiveGroups": _plain(buildMinutes="worker_build_minutes"),
    "streamMinutesViewedAdaptiveGroups": _plain(minutesViewed="stream_bundle_basic_minutes_of_video_viewed"),
}

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "workers_cpu_ms": ("cpuTimeUs",),
    "workers_unbound_duration": ("duration",),
    "durable_objects_compute_duration": ("duration",),
    "durable_objects_storage_rows_read": ("rowsRead",),
    "durable_objects_storage_rows_written": ("rowsWritten",),
    "durable_objects_storage_reads": ("storageReadUnits",),
    "durable_objects_storage_writes": ("storageWriteUnits",),
    "durable_objects_storage_deletes": ("storageDeletes",),
    "d1_rows_read": ("rowsRead",),
    "d1_rows_written": ("rowsWritten",),
    "container_vcpu": ("cpuTimeSec",),
    "container_memory_per_gib_second": ("allocatedMemory",),
    "container_disk_per_gb_second": ("allocatedDisk",),
}
