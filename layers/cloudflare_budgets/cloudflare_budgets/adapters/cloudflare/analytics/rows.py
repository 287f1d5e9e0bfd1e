"""Parses rows of datasets into numbers with a lower bound."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from cloudflare_budgets.adapters.cloudflare.analytics.datasets import Dataset
from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.usage.fresh import FreshFigure

# A sampled figure without a confidence interval counts as this much too high.
_SAMPLED = Decimal("0.9")
_FEWEST_SAMPLES = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its UTC day, its dimensions, and its numbers at the lower bound and as estimated."""

    day: datetime
    dimensions: Mapping[str, str]
    numbers: Mapping[str, FreshFigure]

    def per(self, field: str, divisor: Decimal) -> FreshFigure:
        """Return a number, divided."""
        found = self.numbers[field]
        return FreshFigure(found.lower / divisor, found.middle / divisor, found.margin / divisor)


def parse_rows(dataset: Dataset, rows: Iterable[Mapping[str, object]]) -> Iterator[Row]:
    """Parse the rows of an answer.

    Raises:
        LookupError, TypeError, ValueError, ArithmeticError: a row lacks a field, or the field is invalid.
    """
    for row in rows:
        dimensions = _object(row["dimensions"])
        day = datetime.strptime(str(dimensions["date"]), "%Y-%m-%d").replace(tzinfo=UTC)
        sums, maxima = _object(row.get("sum", {})), _object(row.get("max", {}))
        bounds = _object(_object(row.get("confidence") or {}).get("sum") or {})
        numbers = {field: _figure(dataset, _number(sums[field]), bounds.get(field)) for field in dataset.sums}
        numbers |= {field: FreshFigure(*[_number(maxima[field])] * 2) for field in dataset.maxima}
        yield Row(day, {key: str(value) for key, value in dimensions.items() if value is not None}, numbers)


def _figure(dataset: Dataset, number: Decimal, bounds: object) -> FreshFigure:
    if not dataset.is_sampled:
        return FreshFigure(number, number)
    if not isinstance(bounds, Mapping):
        lower = number * _SAMPLED
        return FreshFigure(lower, number, number - lower)
    is_enough = _number(bounds["sampleSize"]) >= _FEWEST_SAMPLES
    return FreshFigure(min(number, _number(bounds["lower"])) if is_enough else ZERO, number)


def _number(found: object) -> Decimal:
    if not isinstance(found, Decimal | int) or isinstance(found, bool):
        message = f"{type(found).__name__} instead of a number"
        raise TypeError(message)
    number = Decimal(found)
    if not number.is_finite() or not 0 <= number < Decimal(10) ** 24:
        message = "a number out of range"
        raise ValueError(message)
    return number


def _object(found: object) -> Mapping[str, object]:
    if not isinstance(found, Mapping):
        message = f"{type(found).__name__} instead of an object"
        raise TypeError(message)
    return found
