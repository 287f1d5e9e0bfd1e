"""What Cloudflare's own pages and real invoices say that usage costs; fixed fees are left out."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.pricing.price import Price, Rounding
from cloudflare_budgets.domain.pricing.rated import Rated, total_rated
from cloudflare_budgets.domain.pricing.rating import rate
from cloudflare_budgets.domain.primitives.period import Period

START = datetime(2026, 11, 5, tzinfo=UTC)
CYCLE = Period(START, datetime(2026, 12, 5, tzinfo=UTC))
ALLOWANCE = {price.metric_id: price.included or Decimal(0) for price in shipped_prices().prices.values()}

M = 1_000_000
DOCS = "developers.cloudflare.com/"
WORKERS = DOCS + "workers/platform/pricing"
PLATFORMS = DOCS + "cloudflare-for-platforms/workers-for-platforms/reference/pricing"
R2 = DOCS + "r2/pricing"
OBJECTS = DOCS + "durable-objects/platform/pricing"
QUEUES = DOCS + "queues/platform/pricing"
BROWSER = DOCS + "browser-run/pricing"
BILLING = DOCS + "billing/understand/how-billing-works"
RESERVE = DOCS + "cache/advanced-configuration/cache-reserve"

# page, metric, gross quantity of the cycle, USD
DOCUMENTED: list[tuple[str, str, int | str, str]] = [
    (WORKERS + " example 1", "workers_standard_requests", 15 * M, "1.50"),
    (WORKERS + " example 1", "workers_cpu_ms", 7 * 15 * M, "1.50"),
    (WORKERS + " example 2", "workers_standard_requests", 3 * M, "0.00"),
    (WORKERS + " example 2", "workers_cpu_ms", 7 * 3 * M, "0.00"),
    (WORKERS + " example 4", "workers_standard_requests", 100 * M, "27.00"),
    (WORKERS + " example 4", "workers_cpu_ms", 7 * 100 * M, "13.40"),
    (PLATFORMS, "workers_for_platforms_requests", 100 * M, "24.00"),
    (PLATFORMS, "workers_for_platforms_cpu_ms", 10 * 100 * M, "18.80"),
    (R2 + " standard storage", "r2_data_storage", 1000, "14.85"),
    (R2 + " standard storage", "r2_storage_class_a_operations", 1000, "0.00"),
    (R2 + " standard storage", "r2_storage_class_b_operations", 1 * M, "0.00"),
    (R2 + " infrequent access", "r2_infrequent_access_storage", 1000, "10.00"),
    (R2 + " infrequent access", "r2_infrequent_access_class_a_operations", 1000, "9.00"),
    (R2 + " infrequent access", "r2_infrequent_access_class_b_operations", 1 * M, "0.90"),
    (R2 + " infrequent access", "r2_infrequent_access_data_retrieval", 1000, "10.00"),
    (R2 + " asset hosting", "r2_data_storage", 10, "0.00"),
    (R2 + " asset hosting", "r2_storage_class_b_operations", 300 * M, "104.40"),
    (R2 + " rounding", "r2_infrequent_access_storage", "1.1", "0.02"),
    (R2 + " rounding", "r2_infrequent_access_data_retrieval", "1.1", "0.02"),
    (R2 + " rounding", "r2_infrequent_access_class_a_operations", 1 * M + 1, "18.00"),
    (OBJECTS + " example 1", "durable_objects_compute_requests", 1_500_000, "0.15"),
    (OBJECTS + " example 1", "durable_objects_compute_duration", 128_000, "0.00"),
    (OBJECTS + " example 2", "durable_objects_compute_requests", 3_750_000, "0.45"),
    (OBJECTS + " example 2", "durable_objects_compute_duration", 11_059_200, "137.50"),
    (OBJECTS + " example 3", "durable_objects_compute_requests", 12_960_100, "1.80"),
    (OBJECTS + " example 3", "durable_objects_compute_duration", 33_177_600, "412.50"),
    (OBJECTS + " example 4", "durable_objects_compute_requests", 21_610_000, "3.15"),
    (OBJECTS + " example 4", "durable_objects_compute_duration", 552_960, "12.50"),
    (QUEUES + " small messages", "queues_standard_operations", 3 * 30 * M, "35.60"),
    (QUEUES + " large messages", "queues_standard_operations", 2 * 3 * 100 * M, "239.60"),
    (BROWSER + " quick actions", "browser_run_browser_hours", 50, "3.60"),
    (BROWSER + " billing time", "browser_run_browser_hours", "10.5", "0.09"),
    (BROWSER + " billing time", "browser_run_browser_hours", "10.4997", "0.00"),
    (BILLING + " invoice", "stream_bundle_basic_minutes_of_video_viewed", 198, "1.00"),
    (BILLING + " invoice", "cache_reserve_reads", 166_865, "0.36"),
    (RESERVE, "cache_reserve_reads", 1 * M + 1, "0.72"),
]

# invoice or account, metric, quantity beyond the allowance, USD
OBSERVED: list[tuple[str, str, int | str, str]] = [
    ("account, 2026-10-02", "r2_storage_class_a_operations", 215_440, "4.50"),
    ("account, 2026-10-09", "workers_cpu_ms", 9_160_000, "0.20"),
    ("account, 2026-10-09", "container_memory_per_gib_second", 36_870, "0.09"),
    ("invoice, 2026-09-19", "d1_storage_gb_mo", "3.74", "3.00"),
    ("invoice, 2026-09-19", "vectorize_stored_dimensions", 45_683_806, "0.05"),
]


def price_of(metric: str) -> Price:
    price = shipped_prices().find(metric, None)
    assert price is not None
    return price


def cycle_cost(price: Price, *days: Decimal | int | str) -> Rated:
    quantities = {START + timedelta(days=count): Decimal(each) for count, each in enumerate(days)}
    return total_rated(rate(price, quantities, CYCLE).values())


def cents(cost: Decimal) -> Decimal:
    return cost.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(("page", "metric", "quantity", "cost"), DOCUMENTED)
def test_a_cycle_costs_what_cloudflares_page_says(
    page: str, metric: str, quantity: int | str, cost: str
) -> None:
    assert cents(cycle_cost(price_of(metric), quantity).number) == Decimal(cost), page


@pytest.mark.parametrize(("invoice", "metric", "beyond", "cost"), OBSERVED)
def test_trap_25_a_cycle_costs_what_was_invoiced(
    invoice: str, metric: str, beyond: int | str, cost: str
) -> None:
    gross = ALLOWANCE[metric] + Decimal(beyond)
    halves = (gross / 2, gross - gross / 2)
    assert cents(cycle_cost(price_of(metric), *halves).number) == Decimal(cost), invoice


def test_neurons_are_billed_in_thousands_beyond_each_days_allowance() -> None:
    # An invoice of 2026-03-04: 34,690 neurons for 0.39 USD, which is 35 blocks of 0.011 USD.
    cost = cycle_cost(price_of("regular_twitch_neurons"), 20_000, 9_000, 34_690)
    assert cost.number == cost.high == Decimal("0.385")
    assert cents(cost.number) == Decimal("0.39")
    assert cost.low == 0


def test_trap_20_neurons_may_be_forgiven_as_one_pool_of_the_cycle() -> None:
    # Seen in September 2026: 310,000 = 31 x 10,000 were free together, days below 10,000 billed after that.
    cycle = Period(datetime(2026, 8, 19, tzinfo=UTC), datetime(2026, 9, 19, tzinfo=UTC))
    days = {cycle.start + timedelta(days=count): Decimal(1000) for count in range(31)}
    days[cycle.start] = Decimal(310_000)
    cost = total_rated(rate(price_of("regular_twitch_neurons"), days, cycle).values())
    assert cost.low == 30 * Decimal("0.011")
    assert cost.number == 300 * Decimal("0.011")


def test_the_page_prices_cpu_time_by_the_millisecond_but_the_invoice_by_the_block() -> None:
    # Example 3 of the Workers page says 1.99 USD; an account was billed whole millions (2026-10-09).
    assert cycle_cost(price_of("workers_cpu_ms"), 180_000 * 720).number == Decimal("2.00")


def test_trap_25_where_rounding_is_not_documented_the_cost_is_a_range() -> None:
    price = price_of("workers_standard_requests")
    assert price.rounding is Rounding.UNKNOWN
    cost = cycle_cost(price, 10_100_000)
    assert cost == Rated(number=Decimal("0.03"), low=Decimal("0.03"), high=Decimal("0.30"))
