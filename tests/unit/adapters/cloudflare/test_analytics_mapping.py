"""Rows of analytics become billed quantities: R2's classes, messages of Durable Objects, GB-months."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.cloudflare.analytics.datasets import FAMILIES, Dataset
from cloudflare_budgets.adapters.cloudflare.analytics.mapping import figures_of, unmapped_actions
from cloudflare_budgets.adapters.cloudflare.analytics.rows import parse_rows
from cloudflare_budgets.adapters.cloudflare.analytics.unreadable import NOT_READABLE
from cloudflare_budgets.adapters.price_list_file import shipped_prices
from tests.support.builders import day

DATASETS = {dataset.name: dataset for family in FAMILIES.values() for dataset in family}
ON = "2026-11-28"


def quantities(name: str, *rows: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Map rows of a dataset, and give each metric's lower bound and middle estimate of the day."""
    dataset = DATASETS[name]
    figures = figures_of(dataset, parse_rows(dataset, [row_of(dataset, row) for row in rows]))
    found = {metric: days[day(ON)] for metric, days in figures.items() if day(ON) in days}
    return {
        metric: (f"{each.lower.normalize():f}", f"{each.middle.normalize():f}")
        for metric, each in found.items()
    }


def row_of(dataset: Dataset, row: dict[str, Any]) -> dict[str, Any]:
    dimensions = {"date": ON} | {key: value for key, value in row.items() if key in dataset.by}
    return {
        "dimensions": dimensions,
        "sum": {field: Decimal(row.get(field, 0)) for field in dataset.sums},
        "max": {field: Decimal(row.get(field, 0)) for field in dataset.maxima},
        "confidence": row.get("confidence"),
    }


def r2(action: str, requests: int, storage: str = "Standard", status: str = "success") -> dict[str, Any]:
    return {"actionType": action, "storageClass": storage, "actionStatus": status, "requests": requests}


def test_worked_example_of_r2_operations() -> None:
    rows = [
        r2("PutObject", 412_880),
        r2("UploadPart", 96_400),
        r2("ListObjects", 58_310),
        r2("CompleteMultipartUpload", 1_210),
        r2("GetObject", 8_402_115),
        r2("HeadObject", 1_203_400),
        r2("DeleteObject", 77_200),
        r2("AbortMultipartUpload", 310),
        r2("GetObject", 5_020, storage="InfrequentAccess"),
        r2("PutObject", 112, status="internalError"),
        r2("SelectObject", 40),
    ]
    found = quantities("r2OperationsAdaptiveGroups", *rows)
    assert {metric: middle for metric, (_, middle) in found.items()} == {
        "r2_storage_class_a_operations": "568800",
        "r2_storage_class_b_operations": "9605515",
        "r2_infrequent_access_class_b_operations": "5020",
    }


def test_an_error_of_the_user_counts_only_in_the_middle_estimate() -> None:
    found = quantities("r2OperationsAdaptiveGroups", r2("GetObject", 10, status="userError"))
    assert found == {"r2_storage_class_b_operations": ("0", "10")}


def test_an_action_of_unknown_class_is_named() -> None:
    dataset = DATASETS["r2OperationsAdaptiveGroups"]
    rows = parse_rows(dataset, [row_of(dataset, r2(action, 1)) for action in ("GetObject", "SelectObject")])
    assert unmapped_actions(dataset, rows) == {"SelectObject"}


@pytest.mark.parametrize(
    ("kind", "lower", "middle"),
    [("request", "90", "100"), ("alarm", "90", "100"), ("hibernation", "4.5", "5"), ("new", "4.5", "100")],
)
def test_twenty_messages_of_a_hibernating_object_are_one_request(kind: str, lower: str, middle: str) -> None:
    found = quantities("durableObjectsInvocationsAdaptiveGroups", {"type": kind, "requests": 100})
    assert found == {"durable_objects_compute_requests": (lower, middle)}


def test_duration_is_the_smaller_of_two_readings() -> None:
    row = {"duration": 1_032, "activeTime": 8_060_854_000, "rowsRead": 7}
    found = quantities("durableObjectsPeriodicGroups", row)
    assert found["durable_objects_compute_duration"] == ("1031.789312", "1032")
    assert found["durable_objects_storage_rows_read"] == ("7", "7")


def test_cpu_time_is_billed_in_milliseconds_and_internal_errors_are_not_billed() -> None:
    confident = {"sum": {"requests": {"lower": Decimal(1502000), "sampleSize": Decimal(500)}}}
    found = quantities(
        "workersInvocationsAdaptive",
        {"requests": 1_514_360, "cpuTimeUs": 12_114_880_000, "status": "success", "confidence": confident},
        {"requests": 9, "cpuTimeUs": 9_000, "status": "internalError"},
    )
    assert found["workers_standard_requests"] == ("1502000", "1514360")
    assert found["workers_cpu_ms"][1] == "12114880"


def test_a_worker_in_a_dispatch_namespace_counts_for_the_platform_only() -> None:
    """Rows of all other Workers have an empty name."""
    dataset = DATASETS["workersInvocationsAdaptive"]
    separated = dataset.with_listed({"workersInvocationsAdaptive.dispatchNamespaceName"})
    rows = [
        row_of(separated, {"dispatchNamespaceName": "customers", "requests": 100, "cpuTimeUs": 7_000}),
        row_of(separated, {"dispatchNamespaceName": "", "requests": 10, "cpuTimeUs": 3_000}),
    ]
    found = figures_of(separated, parse_rows(separated, rows))
    assert {metric: figures[day(ON)].middle for metric, figures in found.items() if figures} == {
        "workers_standard_requests": 10,
        "workers_cpu_ms": 3,
        "workers_for_platforms_requests": 100,
        "workers_for_platforms_cpu_ms": 7,
    }


def test_a_figure_from_few_samples_has_a_lower_bound_of_zero() -> None:
    confident = {"sum": {"requests": {"lower": Decimal(90), "sampleSize": Decimal(29)}}}
    found = quantities("workersInvocationsAdaptive", {"requests": 100, "confidence": confident})
    assert found["workers_standard_requests"] == ("0", "100")


def test_stored_bytes_become_decimal_gb_months_of_thirty_days() -> None:
    found = quantities("d1StorageAdaptiveGroups", *[{"databaseSizeBytes": 15 * 10**9} for _ in range(2)])
    assert found == {"d1_storage_gb_mo": ("1", "1")}


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"dimensions": {"date": "yesterday"}, "sum": {"buildMinutes": Decimal(1)}},
        {"dimensions": {"date": ON}, "sum": {"buildMinutes": "1"}},
        {"dimensions": {"date": ON}, "sum": {"buildMinutes": True}},
        {"dimensions": {"date": ON}, "sum": {"buildMinutes": Decimal(-1)}},
        {"dimensions": {"date": ON}, "sum": {"buildMinutes": Decimal("NaN")}},
        {"dimensions": {"date": ON}, "sum": None},
        {"dimensions": [], "sum": {"buildMinutes": Decimal(1)}},
    ],
)
def test_an_invalid_row_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError, ArithmeticError)):
        list(parse_rows(DATASETS["workersBuildsBuildMinutesAdaptiveGroups"], [row]))


def test_each_metric_that_analytics_count_has_a_price_and_none_is_called_unreadable() -> None:
    metrics = {metric for dataset in DATASETS.values() for metric in dataset.metrics}
    separated = {metric for dataset in DATASETS.values() for metric in dataset.separated}
    assert metrics | separated <= shipped_prices().prices.keys()
    assert not metrics & NOT_READABLE.keys()
    assert separated <= NOT_READABLE.keys()  # until the settings list what separates them


_ACTIONS = st.sampled_from(["PutObject", "GetObject", "ListObjects", "DeleteObject", "SelectObject"])
_ROWS = st.lists(st.tuples(_ACTIONS, st.integers(0, 10**12)), min_size=1, max_size=8)


@given(_ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[tuple[str, int]], random: Random) -> None:
    shuffled = random.sample(rows, len(rows))
    name = "r2OperationsAdaptiveGroups"
    assert quantities(name, *(r2(*row) for row in rows)) == quantities(name, *(r2(*row) for row in shuffled))


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(0, 10**6))
def test_the_lower_bound_of_a_sample_is_never_above_the_estimate(
    requests: int, lower: int, samples: int
) -> None:
    bounds = {"sum": {"requests": {"lower": Decimal(lower), "sampleSize": Decimal(samples)}}}
    found = quantities("workersInvocationsAdaptive", {"requests": requests, "confidence": bounds})
    low, middle = map(Decimal, found["workers_standard_requests"])
    assert 0 <= low <= middle == requests
