"""Days out of line, in runs on many mornings: an episode is one message, and so is a new metric."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import AS_OF, day, each_day, price, prices
from tests.support.world import FakeUsage, World

KV = "kv_read_operations"
DAY = timedelta(days=1)


@dataclass
class OfOneApi(FakeUsage):
    """The rows of the period that is asked for, as one API tells them."""

    source: str = "v2"

    def read(self, account: Account, query: UsageQuery) -> Reading:
        rows = super().read(account, query).charges
        return Reading(self.source, [row for row in rows if row.charge_period_start in query.period])


@pytest.fixture
def world() -> World:
    world = World(usage=OfOneApi(), prices=prices(price(), price(metric=KV)))
    world.configuration.given_budgets = {"spend": '{"limit": "100 USD", "thresholds": ["100000%"]}'}
    return world


def steps(*levels: tuple[str, str, str], metric: str = "workers_standard_requests") -> list[Charge]:
    return [row for first, last, level in levels for row in each_day(first, last, level, metric=metric)]


def run_until(world: World, first: datetime, last: datetime, rows: Sequence[Charge]) -> None:
    """Run every morning; the rows of the days before are known then."""
    while first <= last:
        world.use(*(row for row in rows if row.charge_period_start < first))
        world.now = first + timedelta(hours=10)
        world.run()
        first += DAY


def told(world: World, kind: str = "spike") -> list[tuple[str, str]]:
    """Give the metric and the day on which each episode began."""
    documents = [message.alert for message in world.topic.published if message.attributes["type"] == kind]
    return [(document["metric"]["metric_id"], document["since"][:10]) for document in documents]


def out_of_line(world: World) -> list[tuple[str, str]]:
    return [*told(world), *told(world, "new_metric")]


def days_told(world: World) -> Iterable[str]:
    return [since for _, since in told(world)]


def test_an_episode_of_several_days_is_one_message(world: World) -> None:
    rows = steps(
        ("2026-10-01", "2026-11-09", "2"),
        ("2026-11-10", "2026-11-13", "90"),
        ("2026-11-14", "2026-12-10", "2"),
    )
    run_until(world, day("2026-11-05"), day("2026-12-10"), rows)
    assert days_told(world) == ["2026-11-10"]


def test_a_second_episode_is_a_second_message(world: World) -> None:
    rows = steps(
        ("2026-10-01", "2026-11-09", "2"),
        ("2026-11-10", "2026-11-11", "90"),
        ("2026-11-12", "2026-11-17", "2"),
        ("2026-11-18", "2026-11-18", "90"),
        ("2026-11-19", "2026-12-05", "2"),
    )
    run_until(world, day("2026-11-05"), day("2026-12-05"), rows)
    assert days_told(world) == ["2026-11-10", "2026-11-18"]


@pytest.mark.parametrize("start", range(9, 16))
def test_a_step_that_stays_is_one_message_whatever_weekday_it_begins_on(world: World, start: int) -> None:
    begin = day(f"2026-11-{start:02}")
    rows = steps(("2026-09-20", f"{begin - DAY:%Y-%m-%d}", "2"), (f"{begin:%Y-%m-%d}", "2027-01-10", "40"))
    run_until(world, begin - 3 * DAY, begin + 55 * DAY, rows)
    assert days_told(world) == [f"{begin:%Y-%m-%d}"]


def test_one_day_as_usual_does_not_end_an_episode(world: World) -> None:
    rows = steps(
        ("2026-10-01", "2026-11-09", "2"),
        ("2026-11-10", "2026-11-10", "90"),
        ("2026-11-11", "2026-11-11", "2"),
        ("2026-11-12", "2026-11-12", "90"),
        ("2026-11-13", "2026-11-30", "2"),
    )
    run_until(world, day("2026-11-05"), day("2026-11-30"), rows)
    assert days_told(world) == ["2026-11-10"]


def test_days_that_arrive_late_and_together_are_still_reported(world: World) -> None:
    rows = steps(("2026-10-01", "2026-11-18", "2"), ("2026-11-19", "2026-11-19", "90"))
    rows += steps(("2026-11-20", "2026-11-21", "2"))
    world.use(*rows)
    world.run()
    assert days_told(world) == ["2026-11-19"]


def test_an_episode_continues_over_the_turn_of_a_month(world: World) -> None:
    rows = steps(("2026-10-01", "2026-11-28", "2"), ("2026-11-29", "2026-12-04", "90"))
    rows += steps(("2026-12-05", "2026-12-20", "2"))
    run_until(world, day("2026-11-25"), day("2026-12-20"), rows)
    assert days_told(world) == ["2026-11-29"]


def test_two_budgets_report_a_spike_once(world: World) -> None:
    world.configuration.given_budgets = {
        "spend": '{"limit": "100 USD", "thresholds": ["100000%"]}',
        "all": '{"limit": "900 USD", "thresholds": ["100000%"]}',
        "workers": '{"limit": "100000 Requests", "alert_on": ["spike"]}',
    }
    rows = steps(("2026-10-01", "2026-11-20", "2"), ("2026-11-21", "2026-11-22", "90"))
    run_until(world, AS_OF.replace(hour=0), day("2026-11-24"), rows)
    assert days_told(world) == ["2026-11-21"]


def test_spikes_can_be_switched_off(world: World) -> None:
    world.configuration.given_budgets = {
        "spend": '{"limit": "100 USD", "thresholds": ["100000%"], "alert_on": []}'
    }
    rows = steps(("2026-10-01", "2026-11-20", "2"), ("2026-11-21", "2026-11-21", "90"))
    run_until(world, day("2026-11-20"), day("2026-11-24"), rows)
    assert out_of_line(world) == []


def test_a_new_metric_is_reported_once_for_ever(world: World) -> None:
    rows = steps(("2026-09-01", "2027-01-20", "2"))
    rows += steps(("2026-11-10", "2026-11-12", "3"), ("2027-01-02", "2027-01-20", "3"), metric=KV)
    run_until(world, day("2026-11-05"), day("2027-01-20"), rows)
    assert told(world, "new_metric") == [(KV, "2026-11-10")]


def test_a_new_metric_is_still_reported_after_runs_that_failed(world: World) -> None:
    rows = steps(("2026-10-01", "2026-11-21", "2"))
    rows += steps(("2026-11-16", "2026-11-21", "3"), metric=KV)
    run_until(world, day("2026-11-10"), day("2026-11-16"), rows)
    run_until(world, day("2026-11-22"), day("2026-11-22"), rows)
    assert told(world, "new_metric") == [(KV, "2026-11-16")]


def test_on_a_fresh_account_nothing_is_new_and_nothing_out_of_line(world: World) -> None:
    rows = steps(("2026-11-10", "2026-12-10", "20"))
    rows += steps(("2026-11-15", "2026-12-10", "20"), metric=KV)
    run_until(world, day("2026-11-10"), day("2026-12-10"), rows)
    assert out_of_line(world) == []


def test_another_api_with_other_names_makes_nothing_new(world: World) -> None:
    assert isinstance(world.usage, OfOneApi)
    old = steps(("2026-09-01", "2026-11-30", "2"), metric="workers_requests")
    new = steps(("2026-09-01", "2026-12-20", "2"))
    world.usage.source = "v1"
    run_until(world, day("2026-11-05"), day("2026-11-19"), old)
    world.usage.source = "v2"
    run_until(world, day("2026-11-20"), day("2026-12-10"), new)
    assert out_of_line(world) == []


def test_another_api_that_reports_nothing_of_earlier_days_makes_nothing_new(world: World) -> None:
    assert isinstance(world.usage, OfOneApi)
    world.usage.source = "v1"
    run_until(world, day("2026-11-05"), day("2026-11-19"), steps(("2026-09-01", "2026-11-30", "2")))
    world.usage.source = "v2"
    new = steps(("2026-11-19", "2026-12-20", "2"), metric="workers_requests")
    run_until(world, day("2026-11-20"), day("2026-12-10"), new)
    assert out_of_line(world) == []
