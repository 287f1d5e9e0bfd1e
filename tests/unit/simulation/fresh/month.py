"""A month of usage that analytics and billing count differently, drawn by chance, one a seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random

from tests.support.builders import day

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
START = day("2026-03-01")
DAYS = 31
# Days before the month, in which analytics and billing are compared; and days in which the last rows arrive.
BEFORE, AFTER = 12, 5
# The metric, and whether analytics give the interval of an estimate, only the estimate, or count all.
METRICS = (
    ("d1_rows_read", "estimate"),
    ("kv_read_operations", "estimate"),
    ("workers_standard_requests", "interval"),
    ("durable_objects_storage_rows_read", "exact"),
)
_SAMPLED_AT = 100  # one event of so many is counted
_LATENESS = (0, 0, 6, 14, 26, 40)


@dataclass(frozen=True)
class Month:
    """What each hour really used, what analytics count of it, and when billing shows each day.

    `billed` and `counted` are by hour from `START` - `BEFORE`; `shown` is the instant at which the rows of a
    day appear, `partly` a share of them that appears a day earlier. `unread` are hours without an answer,
    `lost` days that analytics never answer for.
    """

    seed: int
    metric: str
    kind: str
    billed: tuple[int, ...]
    counted: tuple[int, ...]
    shown: tuple[datetime, ...]
    partly: Mapping[int, Decimal]
    unread: frozenset[int]
    lost: frozenset[int]
    limit: int
    percents: tuple[int, ...]
    is_new: bool = False  # not used before a day of the month

    @property
    def first(self) -> datetime:
        """The first midnight."""
        return START - BEFORE * DAY

    @cached_property
    def whole_days(self) -> tuple[Decimal, ...]:
        """What each day is billed in the end."""
        return tuple(Decimal(sum(self.billed[at : at + 24])) for at in range(0, len(self.billed), 24))

    def rows(self, now: datetime) -> Mapping[datetime, Decimal]:
        """Return what billing shows by day."""
        found: dict[datetime, Decimal] = {}
        for place, at in enumerate(self.shown):
            whole = self.whole_days[place]
            if at <= now:
                found[self.first + place * DAY] = whole
            elif place in self.partly and at - DAY <= now:
                found[self.first + place * DAY] = (whole * self.partly[place]).quantize(Decimal(1))
        return found

    def shown_of(self, rows: Mapping[datetime, Decimal]) -> Decimal:
        """Return what rows show of the month."""
        return sum((used for on, used in rows.items() if on >= START), Decimal(0))

    def at_most(self, rows: Mapping[datetime, Decimal], hour: int) -> Decimal:
        """Return the largest sum for the month: by day, its row or what analytics count until an hour.

        Analytics are not read for days that end two days or more before the newest row.
        """
        found = Decimal(0)
        unsettled = max(rows, default=self.first) - DAY
        for place in range(BEFORE, BEFORE + DAYS):
            on = self.first + place * DAY
            billed = rows.get(on, Decimal(0))
            until = min(place * 24 + 24, hour + 1) if on >= unsettled else 0
            counted = Decimal(sum(self.counted[place * 24 : until]))
            found += max(billed, counted)
        return found

    def total(self) -> int:
        """Return what the month is billed in the end."""
        return sum(self.billed[BEFORE * 24 : (BEFORE + DAYS) * 24])


def a_month(seed: int) -> Month:
    """Draw a month: bias, noise, unbilled traffic, a runaway in half of the months, late rows and gaps."""
    random = Random(seed)
    metric, kind = random.choice(METRICS)
    billed, counted = _usage(random)
    total = sum(billed[BEFORE * 24 : (BEFORE + DAYS) * 24])
    days = BEFORE + DAYS
    usual = random.choice(_LATENESS)
    late = [usual if random.random() < 0.9 else random.randint(0, 48) for _ in range(days)]
    shown = tuple(START + (place - BEFORE + 2) * DAY + late[place] * HOUR for place in range(days))
    return Month(
        seed,
        metric,
        kind,
        billed,
        counted,
        shown,
        {place: Decimal(random.randint(10, 95)) / 100 for place in range(days) if random.random() < 0.2},
        frozenset(hour for hour in range((days + AFTER) * 24) if random.random() < 0.02),
        frozenset(place for place in range(days) if random.random() < 0.02),
        max(10, int(total * random.choice((0.4, 0.7, 0.95, 1.02, 1.1, 1.3)))),
        random.choice(((100,), (50, 80, 100))),
    )


def a_first_use(seed: int, metric: str, kind: str, bias: tuple[float, float]) -> Month:
    """Draw a month in which a metric is used first, and analytics count within `bias` of what is billed."""
    random = Random(seed)
    hours = (BEFORE + DAYS) * 24
    level, times = 10 ** random.uniform(4, 8), random.uniform(*bias)
    begins = random.randrange(BEFORE * 24, (BEFORE + 25) * 24)
    ends = begins + random.choice((1, 5, 20, 100, 1000))
    used = [level * random.uniform(0.5, 1.5) * (begins <= hour < ends) for hour in range(hours)]
    counted = [_sampled(random, each * times) if kind != "exact" else int(each * times) for each in used]
    days = range(BEFORE + DAYS)
    return Month(
        seed,
        metric,
        kind,
        tuple(map(int, used)),
        tuple(counted),
        tuple(START + (place - BEFORE + 2) * DAY + random.choice(_LATENESS) * HOUR for place in days),
        partly={},
        unread=frozenset(),
        lost=frozenset(),
        limit=max(10, int(sum(used) * random.uniform(0.4, 1.3))),
        percents=(100,),
        is_new=True,
    )


def _usage(random: Random) -> tuple[tuple[int, ...], tuple[int, ...]]:
    hours = (BEFORE + DAYS) * 24
    level = 10 ** random.uniform(2, 7)
    bias = 2 ** random.uniform(-1, 1)
    share, bursts = random.choice((0, 0, 0.1, 0.3)), random.random() < 0.3
    begins = random.randrange((BEFORE + 1) * 24, hours) if random.random() < 0.5 else hours
    ends, times = begins + random.choice((1, 5, 20, 100)), 10 ** random.uniform(1, 3)
    billed, counted = [], []
    unbilled = 0.0
    for hour in range(hours):
        if hour % 24 == 0:
            of_the_day = level * random.uniform(0.5, 1.5)
            unbilled = share * random.random() + (random.random() if bursts and random.random() < 0.05 else 0)
        used = of_the_day * random.uniform(0.7, 1.3) / 24 * (times if begins <= hour < ends else 1)
        billed.append(int(used))
        counted.append(_sampled(random, used * bias * (1 + unbilled)))
    return tuple(billed), tuple(counted)


def _sampled(random: Random, number: float) -> int:
    """Return an estimate from one of a hundred events: its deviation is that of the number of samples."""
    samples = number / _SAMPLED_AT
    return max(0, int(random.gauss(samples, samples**0.5) * _SAMPLED_AT)) if samples > 0 else 0
