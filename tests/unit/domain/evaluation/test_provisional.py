"""Fresh usage may cross a threshold, to the cent of the price list, and never makes a budget ok."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Level, Status
from cloudflare_budgets.domain.evaluation.provisional import Provisional
from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.fresh import FreshFigure, FreshUsage
from tests.support.builders import budget, charge, day, each_day, instant, known, usage_since

AS_OF = instant("2026-11-29T14:33")
CUT = instant("2026-11-29T14:20")
SINCE = day("2026-11-26")
SPEND = '{"limit": "30 USD"}'
R2 = "r2_storage_class_"
# Enough settled days on which both sources agreed, so that nothing is scaled.
AGREED = {day("2026-11-14") + place * DAY: Decimal(1000) for place in range(9)}


def evaluated(
    text: str,
    rows: list[Charge],
    fresh: dict[str, dict[str, tuple[str, str]]],
    **more: Any,  # noqa: ANN401
) -> Evaluation:
    figures = {
        metric: {day(on): FreshFigure(Decimal(low), Decimal(middle)) for on, (low, middle) in each.items()}
        for metric, each in fresh.items()
    }
    found = usage_since("2026-11-01", *rows, as_of=AS_OF)
    context = known(
        found,
        AS_OF,
        prices=shipped_prices(),
        fresh=FreshUsage(SINCE, CUT, figures, **more),
        fresh_history=dict.fromkeys(figures, AGREED),
    )
    return evaluate([budget(text)], context)[0]


def billed(metric: str, total: int, unit: str = "Requests") -> list[Charge]:
    """Bill a metric 1,000 on each calibrated day, and the rest of a total on an earlier day."""
    days = [charge(f"{on:%Y-%m-%d}", "1000", metric=metric, consumed_unit=unit) for on in AGREED]
    return [
        charge("2026-11-05", str(total - 9000), metric=metric, consumed_unit=unit),
        *days,
        charge("2026-11-27", "0", metric=metric, consumed_unit=unit),
    ]


def amounts(found: Provisional | None) -> tuple[str, str] | None:
    return (str(found.low), str(found.amount)) if found else None


def test_worked_example_of_workers_requests_and_cpu() -> None:
    rows = [
        *billed("workers_standard_requests", 24_650_000),
        *billed("workers_cpu_ms", 71_200_000, "Milliseconds"),
    ]
    fresh = {
        "workers_standard_requests": {
            "2026-11-28": ("1502000", "1514360"),
            "2026-11-29": ("9929000", "10059640"),
        },
        "workers_cpu_ms": {
            "2026-11-28": ("12114880", "12114880"),
            "2026-11-29": ("80477120", "80477120"),
        },
    }
    found = evaluated(SPEND, rows, fresh)
    assert str(found.observed) == "5.235 USD"
    assert amounts(found.provisional) == ("10.5043 USD", "10.5472 USD")


def test_worked_example_of_r2_operations() -> None:
    rows = [
        *billed(f"{R2}a_operations", 720_500, "Operations"),
        *billed(f"{R2}b_operations", 6_300_000, "Operations"),
    ]
    fresh = {
        f"{R2}a_operations": {"2026-11-28": ("568800", "568952")},
        f"{R2}b_operations": {"2026-11-28": ("9605515", "9605515")},
        "r2_infrequent_access_class_b_operations": {"2026-11-28": ("5020", "5020")},
    }
    found = evaluated(SPEND, rows, fresh)
    # Without settled days of its own, the operations of Infrequent Access are scaled: still one block.
    assert amounts(found.provisional) == ("7.56 USD", "7.56 USD")


def test_worked_example_of_d1_rows_read_crosses_the_limit_that_billing_has_not_reached() -> None:
    fresh = {
        "d1_rows_read": {
            "2026-11-28": ("18405117500", "18405117500"),
            "2026-11-29": ("41008215500", "41008215500"),
        }
    }
    found = evaluated(SPEND, billed("d1_rows_read", 3_200_000_000, "Rows"), fresh)
    assert (found.status, found.level) == (Status.BREACHED, Level.OVER_LIMIT)
    assert (str(found.observed), found.crossed) == ("0 USD", ())
    assert found.provisional is not None
    assert amounts(found.provisional) == ("37.613333 USD", "37.613333 USD")
    assert [each.label("USD") for each in found.provisional.crossed] == ["50%", "80%", "100%"]
    assert found.provisional.through == CUT


def test_a_day_budget_whose_day_has_no_rows_yet_is_breached_by_fresh_usage_alone() -> None:
    fresh = {"d1_rows_written": {"2026-11-29": ("60000000", "60000000")}}
    text = '{"limit": "50000000 Rows", "period": "day", "scope": {"metric_id": ["d1_rows_written"]}}'
    found = evaluated(text, billed("d1_rows_written", 20_000, "Rows"), fresh)
    assert (found.status, found.level) == (Status.BREACHED, Level.OVER_LIMIT)
    assert amounts(found.provisional) == ("60000000 Rows", "60000000 Rows")


def test_fresh_usage_below_every_threshold_leaves_a_day_without_rows_unknown() -> None:
    fresh = {"d1_rows_written": {"2026-11-29": ("6", "6")}}
    text = '{"limit": "50000000 Rows", "period": "day", "scope": {"metric_id": ["d1_rows_written"]}}'
    found = evaluated(text, billed("d1_rows_written", 20_000, "Rows"), fresh)
    assert (found.status, found.level) == (Status.UNKNOWN, Level.UNKNOWN)


def test_usage_that_no_zone_is_known_of_counts_in_no_budget_of_a_zone() -> None:
    rows = [
        charge("2026-11-27", "5", metric="cache_reserve_reads", x_zone_id=zone, x_zone_name=zone)
        for zone in ("a.example", "b.example")
    ]
    fresh = {"cache_reserve_reads": {"2026-11-29": ("9000", "9000")}}
    whole = '{"limit": "100 Requests", "scope": {"metric_id": ["cache_reserve_reads"]}}'
    zone = '{"limit": "100 Requests", "scope": {"zone": ["a.example"]}}'
    assert amounts(evaluated(whole, rows, fresh).provisional) == ("8110 Requests", "8110 Requests")
    assert evaluated(zone, rows, fresh).provisional is None


def test_billed_metrics_that_were_not_read_are_named() -> None:
    rows = [*billed("d1_rows_read", 10_000, "Rows"), charge("2026-11-27", "1", metric="zaraz_events")]
    fresh = {"d1_rows_read": {"2026-11-29": ("5", "5")}}
    unread = {"zaraz_events": "no dataset", "kv_storage": "no dataset"}
    found = evaluated('{"limit": "30 Rows", "scope": {"metric_id": ["d1*"]}}', rows, fresh, unread=unread)
    assert found.provisional is not None
    assert found.provisional.unread == ("zaraz_events",)


quantities = st.integers(0, 10**11).map(str)


@given(quantities, quantities, st.sampled_from(["2026-11-26", "2026-11-27", "2026-11-28", "2026-11-29"]))
def test_fresh_usage_changes_no_billed_figure_and_only_raises(
    billed_quantity: str, fresh: str, on: str
) -> None:
    rows = [
        *each_day("2026-11-01", "2026-11-27", billed_quantity, metric="d1_rows_read", consumed_unit="Rows")
    ]
    without = evaluated(SPEND, rows, {})
    with_fresh = evaluated(SPEND, rows, {"d1_rows_read": {on: (fresh, fresh)}})
    is_raised = with_fresh.provisional is not None and bool(with_fresh.provisional.crossed)
    assert with_fresh.status is (Status.BREACHED if is_raised else without.status)
    assert (with_fresh.observed, with_fresh.crossed, with_fresh.forecast) == (
        without.observed,
        without.crossed,
        without.forecast,
    )
    found = with_fresh.provisional
    if found is not None and without.observed is not None:
        assert without.observed.number <= found.low.number <= found.amount.number


@pytest.mark.parametrize("source", ["v1", "v2"])
def test_a_metric_without_any_row_counts_in_the_unit_of_the_api(source: str) -> None:
    found = usage_since(
        "2026-11-01", charge("2026-11-27", "1", metric="kv_storage"), as_of=AS_OF, source=source
    )
    figures = {"d1_rows_written": {day("2026-11-29"): FreshFigure(Decimal(60), Decimal(60))}}
    unit = "Count" if source == "v1" else "Rows"
    text = f'{{"limit": "50 {unit}", "scope": {{"product_family": ["D1"]}}}}'
    context = known(found, AS_OF, prices=shipped_prices(), fresh=FreshUsage(SINCE, CUT, figures))
    [evaluation] = evaluate([budget(text)], context)
    assert amounts(evaluation.provisional) == (f"54 {unit}", f"54 {unit}")


STREAM = "stream_bundle_basic_minutes_of_video_viewed"


@pytest.mark.parametrize("metric", [STREAM, f"{STREAM}_in_thousands"])
def test_minutes_viewed_are_those_of_the_metric_that_is_billed(metric: str) -> None:
    rows = billed(metric, 1_000_000, "Minutes")
    fresh = {STREAM: {"2026-11-28": ("3000", "3000")}, f"{STREAM}_in_thousands": dict[str, tuple[str, str]]()}
    found = evaluated('{"limit": "2000 USD"}', rows, fresh)
    assert found.provisional is not None
    assert found.observed is not None
    assert found.provisional.low.number - found.observed.number == 3
    assert [cause.metric_id for cause in found.provisional.causes] == [metric]
    assert found.provisional.uncompared == ()


@pytest.mark.parametrize(("writes", "is_calibrated"), [("1200000", True), ("10000000", False)])
def test_a_small_metric_that_was_never_compared_makes_no_figure_rough(
    writes: str, *, is_calibrated: bool
) -> None:
    fresh = {
        "d1_rows_written": {"2026-11-28": ("100000000", "100000000")},
        "kv_write_operations": {"2026-11-28": (writes, writes)},
    }
    found = evaluated('{"limit": "2000 USD"}', billed("d1_rows_written", 60_000_000, "Rows"), fresh)
    assert found.provisional is not None
    assert [cause.metric_id for cause in found.provisional.causes] == list(fresh)
    assert (found.provisional.uncompared == ()) is is_calibrated


@given(st.integers(0, 10**11), st.integers(0, 10**11), st.integers(0, 10**11))
def test_the_estimate_of_a_sample_decides_nothing_beside_its_lower_bound(
    lower: int, one: int, another: int
) -> None:
    rows = billed("d1_rows_read", 3_200_000_000, "Rows")

    def crossed(estimate: int) -> tuple[Any, ...]:
        fresh = {"d1_rows_read": {"2026-11-28": (str(lower), str(max(lower, estimate)))}}
        found = evaluated(SPEND, rows, fresh)
        return (found.status, found.level, found.provisional.crossed if found.provisional else ())

    assert crossed(one) == crossed(another)
