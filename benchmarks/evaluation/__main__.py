"""`python -m benchmarks.evaluation`: measures how budgets share figures, in CPU time of this process.

Each line evaluates budgets of one account together, as a check does, and one by one with nothing shared.
"""

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from statistics import median

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.budgets.document import parse_budget
from cloudflare_budgets.domain.evaluation.context import EvaluationContext, evaluation_context
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.pricing.price import Price
from cloudflare_budgets.domain.primitives.period import DAY, Period, midnight
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Reading, arrange

_AS_OF = datetime(2026, 11, 22, 10, tzinfo=UTC)
_SINCE = datetime(2026, 10, 1, tzinfo=UTC)
_METRICS = 20
# Every second zone is billed; the others are estimated.
_BILLED_EVERY = 2
_TYPICAL = (
    '{"limit": "50 USD"}',
    '{"limit": "30 USD", "scope": {"product_family": ["Workers*"]}}',
    '{"limit": "10 USD", "period": "day", "thresholds": ["100%"]}',
    '{"limit": "100% of allowance", "thresholds": ["75%", "100%"]}',
)
_SPEND = tuple(f'{{"limit": "{limit} USD"}}' for limit in range(500, 500_500, 500))
# Budgets that are evaluated one by one; more would take minutes.
_SAMPLE = 20
_TURNS = 3
_MEGABYTE = 1024 * 1024


def main() -> None:
    """Print a table for accounts with few and with many rows."""
    print(f"{'':<44}{'together':>11}{'one by one':>12}{'ratio':>8}{'kept':>10}")
    for rows in (2_000, 100_000):
        context = _context(rows)
        for name, texts in (("default", _TYPICAL[:1]), ("typical four", _TYPICAL), ("1,000 costs", _SPEND)):
            print(_line(f"{rows:,} rows, {name}", _budgets(texts), context), flush=True)


def _line(name: str, budgets: Sequence[Budget], context: EvaluationContext) -> str:
    together = _cpu_seconds(lambda: evaluate(budgets, replace(context)))
    sample = budgets[:: max(1, len(budgets) // _SAMPLE)]
    apart = _cpu_seconds(lambda: [evaluate([each], replace(context)) for each in sample])
    apart *= len(budgets) / len(sample)
    kept = _kept_bytes(budgets, context) / _MEGABYTE
    figures = f"{together * 1000:>8,.0f} ms{apart * 1000:>9,.0f} ms{apart / together:>7.1f}x{kept:>7.2f} MB"
    return f"{name:<44}{figures}"


def _cpu_seconds(run: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_TURNS):
        gc.collect()
        started = time.process_time()
        run()
        seconds.append(time.process_time() - started)
    return median(seconds)


def _kept_bytes(budgets: Sequence[Budget], context: EvaluationContext) -> int:
    """Return the memory of the evaluations, which a run keeps until its end."""
    tracemalloc.start()
    found = evaluate(budgets, replace(context))
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size if found else 0


def _budgets(texts: Sequence[str]) -> list[Budget]:
    found = [parse_budget(f"budget-{number:04}", text) for number, text in enumerate(texts)]
    return [each for each in found if isinstance(each, Budget)]


def _context(rows: int) -> EvaluationContext:
    asked = Period(_SINCE, midnight(_AS_OF) + DAY)
    reading = Reading("v2", tuple(_charges(rows)), asked=asked)
    usage = arrange("0" * 32, reading)
    return evaluation_context(usage, _AS_OF, prices=shipped_prices())


def _charges(rows: int) -> Iterator[Charge]:
    days = (midnight(_AS_OF) - _SINCE) // DAY
    rateable = [price for price in shipped_prices().prices.values() if not price.reason_unpriced]
    zones = round(rows / (days * _METRICS))
    for day, price, zone in product(range(days), rateable[:_METRICS], range(zones)):
        yield _charge(price, zone, _SINCE + day * DAY, day)


def _charge(price: Price, zone: int, start: datetime, day: int) -> Charge:
    is_billed = zone % _BILLED_EVERY == 0
    return Charge(
        start,
        start + DAY,
        price.per * (zone + 1) + 1000 * (day % 7),
        price.units[0],
        billed_cost=Decimal(zone + 1) if is_billed else None,
        billing_currency="USD" if is_billed else None,
        x_billable_metric_id=price.metric_id,
        x_billable_metric_name=price.name,
        x_product_family_name=price.family,
        x_zone_id=f"{zone:032x}",
    )


if __name__ == "__main__":
    main()
