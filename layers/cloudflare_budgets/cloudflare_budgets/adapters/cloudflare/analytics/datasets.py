"""The datasets of Cloudflare's analytics that count billed usage, by product family.

One bad field fails a whole request, so each family has a request of its own.
https://developers.cloudflare.com/analytics/graphql-api/
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset and what is read of it.

    Attributes:
        name: Its name in the schema; names without `Adaptive` are not sampled.
        metrics: Ids of the metrics that it counts, in the price list.
        sums: Fields that are added up over a day.
        maxima: Fields whose daily maximum counts, by resource.
        by: Dimensions beside the date.
        confident: Sums whose confidence interval was seen to be available.
        resource: The dimension that names a resource, and the kind of the resource.
        by_time: Whether rows are filtered by instant; otherwise by day, with the running day in part.
        separate_by: A dimension that is read only where the settings list it.
        separated: Metrics that are counted only by rows with this dimension.
    """

    name: str
    metrics: tuple[str, ...]
    sums: tuple[str, ...] = ()
    maxima: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    confident: tuple[str, ...] = ()
    resource: tuple[str, str] | None = None
    by_time: bool = True
    separate_by: str | None = None
    separated: tuple[str, ...] = ()

    @property
    def is_sampled(self) -> bool:
        """Whether figures are estimates from a sample."""
        return "Adaptive" in self.name

    def with_listed(self, dimensions: Container[str]) -> Self:
        """Return the dataset, with its optional dimension if `dimensions` contain it."""
        if self.separate_by is None or f"{self.name}.{self.separate_by}" not in dimensions:
            return self
        return replace(
            self, by=(*self.by, self.separate_by), metrics=(*self.metrics, *self.separated), separate_by=None
        )


_DURABLE_OBJECTS = "durable_objects_"
_R2 = "r2_storage_class_"
_R2_INFREQUENT = "r2_infrequent_access_"

FAMILIES: Mapping[str, tuple[Dataset, ...]] = {
    "Workers": (
        Dataset(
            "workersInvocationsAdaptive",
            (
                "workers_standard_requests",
                "workers_cpu_ms",
                "workers_bundled_requests",
                "workers_unbound_requests",
                "workers_unbound_duration",
            ),
            sums=("requests", "cpuTimeUs", "duration"),
            by=("usageModel", "status"),
            confident=("requests",),
            resource=("scriptName", "Worker"),
            separate_by="dispatchNamespaceName",
            separated=("workers_for_platforms_requests", "workers_for_platforms_cpu_ms"),
        ),
        Dataset(
            "pagesFunctionsInvocationsAdaptiveGroups",
            ("workers_standard_requests",),
            sums=("requests",),
            resource=("scriptName", "Pages project"),
        ),
    ),
    "Durable Objects": (
        Dataset(
            "durableObjectsInvocationsAdaptiveGroups",
            (f"{_DURABLE_OBJECTS}compute_requests",),
            sums=("requests",),
            by=("type",),
            resource=("namespaceId", "Durable Object namespace"),
        ),
        Dataset(
            "durableObjectsPeriodicGroups",
            (
                f"{_DURABLE_OBJECTS}compute_duration",
                f"{_DURABLE_OBJECTS}storage_rows_read",
                f"{_DURABLE_OBJECTS}storage_rows_written",
                f"{_DURABLE_OBJECTS}storage_reads",
                f"{_DURABLE_OBJECTS}storage_writes",
                f"{_DURABLE_OBJECTS}storage_deletes",
                f"{_DURABLE_OBJECTS}compute_requests",
            ),
            sums=(
                "duration",
                "activeTime",
                "rowsRead",
                "rowsWritten",
                "storageReadUnits",
                "storageWriteUnits",
                "storageDeletes",
                "inboundWebsocketMsgCount",
            ),
            resource=("namespaceId", "Durable Object namespace"),
        ),
        Dataset(
            "durableObjectsSqlStorageGroups",
            (f"{_DURABLE_OBJECTS}sql_storage",),
            maxima=("storedBytes",),
            by=("namespaceId",),
            by_time=False,
        ),
        Dataset(
            "durableObjectsStorageGroups",
            (f"{_DURABLE_OBJECTS}storage",),
            maxima=("storedBytes",),
            by_time=False,
        ),
    ),
    "Workers KV": (
        Dataset(
            "kvOperationsAdaptiveGroups",
            ("kv_read_operations", "kv_write_operations", "kv_delete_operations", "kv_list_operations"),
            sums=("requests",),
            by=("actionType",),
            resource=("namespaceId", "KV namespace"),
        ),
        Dataset(
            "kvStorageAdaptiveGroups",
            ("kv_storage",),
            maxima=("byteCount",),
            by=("namespaceId",),
            by_time=False,
        ),
    ),
    "D1": (
        Dataset(
            "d1AnalyticsAdaptiveGroups",
            ("d1_rows_read", "d1_rows_written"),
            sums=("rowsRead", "rowsWritten"),
            resource=("databaseId", "D1 database"),
            by_time=False,
        ),
        Dataset(
            "d1StorageAdaptiveGroups",
            ("d1_storage_gb_mo",),
            maxima=("databaseSizeBytes",),
            by=("databaseId",),
            by_time=False,
        ),
    ),
    "R2": (
        Dataset(
            "r2OperationsAdaptiveGroups",
            (
                f"{_R2}a_operations",
                f"{_R2}b_operations",
                f"{_R2_INFREQUENT}class_a_operations",
                f"{_R2_INFREQUENT}class_b_operations",
            ),
            sums=("requests",),
            by=("actionType", "storageClass", "actionStatus"),
            resource=("bucketName", "R2 bucket"),
        ),
        Dataset(
            "r2StorageAdaptiveGroups",
            ("r2_data_storage", f"{_R2_INFREQUENT}storage"),
            maxima=("payloadSize", "metadataSize"),
            by=("bucketName", "storageClass"),
            by_time=False,
        ),
    ),
    "Queues and Workers AI": (
        Dataset(
            "queueMessageOperationsAdaptiveGroups",
            ("queues_standard_operations",),
            sums=("billableOperations",),
            resource=("queueId", "queue"),
        ),
        Dataset(
            "aiInferenceAdaptiveGroups",
            ("regular_twitch_neurons",),
            sums=("totalNeurons",),
            resource=("modelId", "model"),
            by_time=False,
        ),
    ),
    "Vectorize": (
        # By day only: hours of this dataset are cumulative.
        Dataset(
            "vectorizeV2QueriesAdaptiveGroups",
            ("vectorize_queried_dimensions",),
            sums=("queriedVectorDimensions",),
            resource=("indexName", "Vectorize index"),
            by_time=False,
        ),
        Dataset(
            "vectorizeV2StorageAdaptiveGroups",
            ("vectorize_stored_dimensions",),
            maxima=("storedVectorDimensions",),
            by=("indexName",),
            by_time=False,
        ),
    ),
    "Containers, Browser Run, builds and Stream": (
        Dataset(
            "containersUsageAdaptiveGroups",
            ("container_vcpu", "container_memory_per_gib_second", "container_disk_per_gb_second"),
            sums=("cpuTimeSec", "allocatedMemory", "allocatedDisk"),
            resource=("applicationId", "container application"),
            by_time=False,
        ),
        Dataset(
            "browserRenderingBrowserTimeUsageAdaptiveGroups",
            ("browser_run_browser_hours",),
            sums=("totalSessionDurationMs",),
        ),
        Dataset(
            "workersBuildsBuildMinutesAdaptiveGroups",
            ("worker_build_minutes",),
            sums=("buildMinutes",),
            by_time=False,
        ),
        Dataset(
            "streamMinutesViewedAdaptiveGroups",
            (
                "stream_bundle_basic_minutes_of_video_viewed",
                "stream_bundle_basic_minutes_of_video_viewed_in_thousands",
            ),
            sums=("minutesViewed",),
            by_time=False,
        ),
    ),
}
