"""Public incidents as usage by hour, each with the list prices of its metrics.

The daily quantities are those that were published, or a split of the published sums. A first day that is a
part of a day begins so late that its rate is that of the next day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from tests.support.builders import instant

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
MILLION, BILLION = Decimal(10**6), Decimal(10**9)
_A_DAY = Decimal(DAY // MINUTE)


@dataclass(frozen=True)
class Metered:
    """A metric, its price per million beyond what is included, and whether analytics sample it.

    `by_block`: each begun million is charged.
    """

    metric_id: str
    unit: str
    included: Decimal
    price: Decimal
    is_sampled: bool = False
    by_block: bool = False

    def cost(self, quantity: Decimal) -> Decimal:
        """Return the list price of a quantity in one billing period, in US dollars."""
        millions = max(Decimal(0), quantity - self.included) / MILLION
        return (millions.to_integral_value(ROUND_CEILING) if self.by_block else millions) * self.price


@dataclass(frozen=True)
class Incident:
    """Usage that began at an instant: quantities of whole UTC days, the first from `began` on."""

    name: str
    began: datetime
    days: dict[Metered, tuple[Decimal, ...]]

    def used(self, metered: Metered, on: datetime, until: datetime) -> Decimal:
        """Return what was used on a day, as far as an instant."""
        first = self.began.replace(hour=0, minute=0)
        place = (on - first) // DAY
        quantities = self.days[metered]
        if not 0 <= place < len(quantities):
            return Decimal(0)
        start = max(on, self.began)
        spent = Decimal(max(min(until, on + DAY) - start, timedelta()) // MINUTE)
        return quantities[place] * spent / Decimal((on + DAY - start) // MINUTE)

    def cost(self, until: datetime) -> Decimal:
        """Return the list price of all usage as far as an instant, in US dollars."""
        first = self.began.replace(hour=0, minute=0)
        return sum(
            (
                metered.cost(
                    sum(
                        (self.used(metered, first + place * DAY, until) for place in range(len(days))),
                        Decimal(0),
                    )
                )
                for metered, days in self.days.items()
            ),
            Decimal(0),
        )

    def reached(self, amount: Decimal) -> datetime:
        """Return the first minute at which the usage costs an amount."""
        low, high = 0, int(max(map(len, self.days.values())) * _A_DAY)
        while low < high:
            middle = (low + high) // 2
            if self.cost(self.began + middle * MINUTE) >= amount:
                high = middle
            else:
                low = middle + 1
        return self.began + low * MINUTE


def _times(size: Decimal, *numbers: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(number) * size for number in numbers)


DO_READ = Metered("durable_objects_storage_rows_read", "Rows", 25 * BILLION, Decimal("0.001"))
DO_WRITTEN = Metered("durable_objects_storage_rows_written", "Rows", 50 * MILLION, Decimal(1))
DO_DURATION = Metered(
    "durable_objects_compute_duration", "GB-Seconds", 400_000 * Decimal(1), Decimal("12.5"), by_block=True
)
D1_WRITTEN = Metered("d1_rows_written", "Rows", 50 * MILLION, Decimal(1), is_sampled=True)
KV_READ = Metered("kv_read_operations", "Operations", 10 * MILLION, Decimal("0.5"), is_sampled=True)
KV_WRITE = Metered("kv_write_operations", "Operations", MILLION, Decimal(5), is_sampled=True)
KV_LIST = Metered("kv_list_operations", "Operations", MILLION, Decimal(5), is_sampled=True)

INCIDENTS = (
    Incident(
        "Durable Object alarm loop A",
        instant("2026-04-03T16:15"),
        {DO_READ: _times(BILLION, "300", "930", "930", "800", "700", "600", "500", "400", "100")},
    ),
    Incident(
        "Durable Object alarm loop B",
        instant("2026-04-03T17:36"),
        {
            DO_READ: _times(BILLION, "800", "3000", "3000", "2600", "2600", "2400", "2400", "2200", "1000"),
            DO_WRITTEN: _times(BILLION, "0.6", "2.2", "2.2", "2", "2", "1.8", "1.8", "1.6", "0.77"),
        },
    ),
    Incident(
        "D1 write loop 1",
        instant("2026-01-08T18:05"),
        {D1_WRITTEN: _times(BILLION, "0.35", "1.42", "1.2", "0.48")},
    ),
    Incident(
        "D1 write loop 2",
        instant("2026-01-15T00:00"),
        {D1_WRITTEN: _times(BILLION, "0.46", "0.46", "0.46")},
    ),
    Incident(
        "Pinned WebSockets",
        instant("2026-06-03T00:00"),
        {DO_DURATION: _times(MILLION, "1.032", "0.926", *["0.979"] * 6)},
    ),
    Incident(
        "RetainDB queue loop",
        instant("2026-04-02T00:00"),
        {
            KV_WRITE: _times(MILLION, *["104.3"] * 5),
            KV_READ: _times(MILLION, *["554"] * 5),
            KV_LIST: _times(MILLION, *["19.1"] * 5),
            DO_WRITTEN: _times(MILLION, *["133.7"] * 5),
        },
    ),
)
