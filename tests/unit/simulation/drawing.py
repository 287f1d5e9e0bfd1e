"""Drawing stories by chance."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from tests.support.builders import day
from tests.unit.simulation.story import BRIEF, DAY, HOUR, METRICS, Edit, Fault, Outage, Plan, Story, Version

_DAYS = 30
_HISTORY = 35
_SHARES = {"day": 0.05, "week": 0.25, "month": 0.8, "billing_period": 0.8, "quarter": 1.0}
_PERIODS = (*("month", "billing_period") * 3, "week", "week", "day", "quarter")
_LATENESS = (0, 0, 6, 14, 26, 40)


def a_story(seed: int) -> Story:
    """Draw a month."""
    random = Random(seed)
    start = _a_start(random)
    has_prices = random.random() < 0.05
    versions = tuple(sorted(_versions(random, start, has_prices=has_prices), key=lambda one: one.shown_from))
    spent = sum(float(one.cost) for one in versions)
    plans = [_a_plan(random, name, spent, has_prices=has_prices) for name in ("spend", "more")]
    edits = _edits(random, start, plans[: random.choice((1, 1, 1, 2))])
    story = Story(
        seed,
        start,
        _DAYS,
        random.choice((29, 30, 31, random.randint(1, 31))),
        random.choice(("v1", "v2")),
        random.randint(0, 20),
        has_prices,
        versions,
        tuple(sorted(edits, key=lambda one: one.at)),
    )
    outages = tuple(_outages(random, story))
    missed = {hour + more for hour in _some(random, story, 8) for more in range(random.choice((1, 1, 3, 20)))}
    return replace(story, outages=outages, missed=tuple(missed), doubled=tuple(_some(random, story, 30)))


def _a_start(random: Random) -> datetime:
    if random.random() < 0.3:  # short months are where anchors are lost
        return day(f"{random.randint(2024, 2028)}-01-{random.randint(20, 31)}")
    return day("2024-01-01") + random.randrange(5 * 365) * DAY


def _versions(random: Random, start: datetime, *, has_prices: bool) -> Iterator[Version]:
    """Yield what is told of each day, and how it is restated, mostly when a later day is told."""
    before = _HISTORY if has_prices else random.choice((0, 0, 4))
    usual = random.choice(_LATENESS)
    shown = {
        number: start + number * DAY + DAY + _lateness(random, usual) * HOUR
        for number in range(-before, _DAYS)
    }
    jump = random.randint(3, _DAYS)
    chances = random.choice(((80, 130), (90, 110), (0, 90)))  # in percent of what was told first
    for metric in METRICS[: random.choice((1, 1, 1, 2))]:
        level = random.choice((4, 12, 40))
        for number, told in shown.items():
            count = random.randint(0, level) * (random.choice((1, 10)) if number >= jump else 1)
            yield _version(told, metric, start + number * DAY, count)
            if random.random() < 0.4:
                later = random.choice((1, 1, 2, 3)) if random.random() < 0.95 else random.randint(5, 12)
                again = shown.get(number + later, told + later * DAY)
                restated = count * random.randint(*chances) // 100
                yield _version(again, metric, start + number * DAY, restated)


def _lateness(random: Random, usual: int) -> int:
    return usual if random.random() < 0.9 else random.randint(0, 48)


def _version(shown_from: datetime, metric: str, on: datetime, count: int) -> Version:
    return Version(shown_from, metric, on, Decimal(count) / 4, count * 1000)


def _a_plan(random: Random, name: str, spent: float, *, has_prices: bool) -> Plan:
    period = random.choice(_PERIODS)
    limit = max(int(spent * _SHARES[period] * random.choice((0.2, 0.5, 0.9, 1.3, 3)) / 5) * 5, 5)
    percents = random.choice(((50, 80, 100), (100,), (25, 50, 75, 100, 150)))
    if random.random() < 0.3:
        return Plan(name, limit * 4000, "Requests", period, percents, METRICS[0])
    metric = METRICS[0] if random.random() < 0.3 else None
    return Plan(name, limit, "USD", period, percents, metric, watches_all=has_prices)


def _edits(random: Random, start: datetime, plans: list[Plan]) -> Iterator[Edit]:
    for plan in plans:
        yield Edit(start, plan.name, plan)
        held: Plan | None = plan
        instants = sorted(
            start + random.randint(24, _DAYS * 24) * HOUR for _ in range(random.choice((0, 1, 3)))
        )
        for at in instants:
            if held is None:  # what was deleted comes back as it was
                held = plan
                yield Edit(at, held.name, held)
                continue
            was, held = held, _edited(random, at, held)
            if held is None or held.name != was.name:
                yield Edit(at, was.name, None)
            if held is not None:
                yield Edit(at, held.name, held)


def _edited(random: Random, at: datetime, plan: Plan) -> Plan | None:
    midnight = at.replace(hour=0)
    match random.randint(0, 5):
        case 0:
            return replace(plan, limit=plan.limit * 2)
        case 1:
            return replace(plan, limit=max(plan.limit // 2, 1))
        case 2:
            return replace(plan, name=f"{plan.name}-renamed")
        case 3:
            return replace(plan, muted_until=midnight + random.randint(1, 12) * DAY)
        case 4:
            return replace(plan, muted_until=None)
        case _:
            return None


def _outages(random: Random, story: Story) -> Iterator[Outage]:
    """Yield some, most when there is news; none lasts to the end, for then nobody could tell what is lost."""
    for _ in range(random.choice((0, 1, 3, 5))):
        fault = random.choice(tuple(Fault))
        hours = random.choice((1, 3, 10) if fault in BRIEF else (1, 3, 10, 30, 72, 20 * 24))
        news = random.choice(story.versions).shown_from - random.randint(0, 2) * HOUR
        start = random.choice((news, news, story.start + random.randint(0, story.hours) * HOUR))
        end = min(start + timedelta(hours=hours), story.tick(story.hours - 10))
        yield Outage(fault, start, end)


def _some(random: Random, story: Story, count: int) -> list[int]:
    return random.sample(range(story.hours - 10), random.randint(0, count))
