"""A budget with thresholds on its forecast, and its runs."""

from collections.abc import Sequence
from datetime import timedelta

from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import day
from tests.support.fakes import Published
from tests.support.world import World

BUDGET = '{"limit": "1000 Requests", "thresholds": ["80%", "100%", "100% forecast"]}'


def run_on(world: World, on: str, rows: Sequence[Charge]) -> Report:
    """Run in the morning of a day, on which the rows of the days before are known."""
    world.use(*(row for row in rows if row.charge_period_start < day(on)))
    world.now = day(on) + timedelta(hours=10)
    return world.run()


def crossings(world: World) -> list[Published]:
    messages = world.topic.published
    return [message for message in messages if message.attributes["type"] == "threshold_crossed"]


def bases(world: World) -> list[tuple[str, str]]:
    thresholds = [message.alert["threshold"] for message in crossings(world)]
    return [(threshold["percent"], threshold["basis"]) for threshold in thresholds]


def states(report: Report) -> list[str]:
    return [alert.state.value for alert in report.accounts[0].alerts]
