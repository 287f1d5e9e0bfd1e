"""One alert of each kind, from three weeks of an account."""

from datetime import timedelta

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.primitives.period import midnight
from cloudflare_budgets.domain.run.state import RunCounts, RunState
from tests.support.builders import AS_OF, day
from tests.support.fakes import Published
from tests.support.world import WATCHED, FakeReportStore, World
from tests.unit.messages.alerts.crossings import SPEND, alert
from tests.unit.messages.alerts.mailed import BUDGETS, READS, REQUESTS, a_world, days_of, mails, three_weeks

AS_OF_DAY = midnight(AS_OF)


SPENDING = '{"limit": "50 USD", "description": "keep the shop\'s bill flat"}'


UNCROSSED = SPENDING.replace('"50 USD"', '"50 USD", "thresholds": ["100000%"]')


NEW = ("d1_rows_written", "D1 Rows Written", "D1", "Rows", 21_000_000)


MISTAKEN = '{"limit": "50 USD", "treshold": ["80%"]}'


def of_a_spike() -> Published:
    world = a_world(spend=UNCROSSED)
    world.use(*three_weeks())
    world.run()
    return only(world, "spike")


def of_a_new_metric() -> Published:
    world = a_world(spend=UNCROSSED)
    world.use(*days_of(REQUESTS, "2026-11-01", "2026-11-21"), *days_of(NEW, "2026-11-21", "2026-11-21"))
    world.run()
    return only(world, "new_metric")


def of_a_problem() -> Published:
    world = a_world(spend=SPENDING, mistaken=MISTAKEN)
    world.use(*three_weeks())
    world.run()
    return only(world, "problem")


def of_a_raised_limit() -> Published:
    world = a_world(spend=SPENDING)
    world.use(*three_weeks())
    world.run()
    world.configuration.given_budgets = {"spend": SPENDING.replace("50 USD", "200 USD")}
    world.run()
    return only(world, "resolved")


def of_a_problem_gone() -> Published:
    world = a_world(spend=SPENDING, mistaken=MISTAKEN)
    world.use(*three_weeks())
    world.run()
    world.configuration.given_budgets = {"spend": SPENDING, "mistaken": '{"limit": "900 USD"}'}
    world.run()
    return only(world, "resolved")


def of_a_closed_period() -> Published:
    world = a_world(**BUDGETS)
    december = "2026-12-01"
    world.use(
        *three_weeks(), *(row for one in (REQUESTS, READS) for row in days_of(one, "2026-11-22", december))
    )
    world.now = day("2026-12-02") + timedelta(hours=8)
    world.run_store.state = WATCHED
    world.run()
    return only(world, "period_closed")


def of_a_digest() -> Published:
    world = a_world(**BUDGETS, mistaken=MISTAKEN)
    world.pages = FakeReportStore()
    world.run_store.state = RunState({AS_OF_DAY - timedelta(days=back): a_day(back) for back in range(1, 8)})
    world.use(*three_weeks())
    world.run(digest=True)
    return only(world, "digest")


def of_a_crossing() -> Alert:
    return alert('{"limit": "50 USD", "description": "keep the shop\'s bill flat"}', *SPEND)


def a_day(back: int) -> RunCounts:
    return RunCounts(23 if back == 7 else 24)


def only(world: World, kind: str) -> Published:
    (message,) = mails(world, kind)
    return message
