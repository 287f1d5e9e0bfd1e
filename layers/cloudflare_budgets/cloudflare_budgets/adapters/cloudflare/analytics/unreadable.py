"""Billed metrics that are not read from analytics, or not from all accounts, and why."""

from collections.abc import Mapping

_NO_COUNT = "analytics do not count it as it is billed"
_OF_ZONES = "its dataset belongs to zones, which are not read"
_UNSEPARATED = "the settings of the account do not list the dimension that separates it"

NOT_READABLE: Mapping[str, str] = {
    # These are read where the settings list the name of the dispatch namespace.
    **dict.fromkeys(("workers_for_platforms_requests", "workers_for_platforms_cpu_ms"), _UNSEPARATED),
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
            "dynamic_workers",
        ),
        _NO_COUNT,
    ),
    # A token for the account alone may not read them, and their count may differ from the billed one.
    **dict.fromkeys(("cache_reserve_reads", "email_service_emails_sent"), _OF_ZONES),
}
