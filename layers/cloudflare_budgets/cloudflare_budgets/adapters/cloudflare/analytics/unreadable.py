"""Billed metrics that are not read from analytics, and why."""

from collections.abc import Mapping

_NO_COUNT = "analytics do not count it as it is billed"
_OF_ZONES = "its dataset belongs to zones, which are not read"

NOT_READABLE: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "logpush_enabled_workers_requests",
            "observability_logs",
            "zaraz_loads",
            "zaraz_events",
            "smart_shield_argo_accelerated_gigabytes",
            "fast_twitch_neurons",
            "r2_infrequent_access_data_retrieval",
            "container_egress_north_america_europe_per_gb",
            "container_egress_oceania_taiwan_and_korea_per_gb",
            "container_egress_everywhere_else_per_gb",
            "browser_run_average_concurrent_browsers",
            "artifacts_operations",
            "images_delivered_in_hundred_thousands",
            # One request of a customer is several invocations; it is billed once.
            "workers_for_platforms_requests",
            "workers_for_platforms_cpu_ms",
            "dynamic_workers",
        ),
        _NO_COUNT,
    ),
    # A token for the account alone may not read them, and their count may differ from the billed one.
    **dict.fromkeys(("cache_reserve_reads", "email_service_emails_sent"), _OF_ZONES),
}
