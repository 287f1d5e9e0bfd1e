"""Usage that does not reach back to a period's start: what is known of it is the least that there was."""

from datetime import datetime
from typing import Any

from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.usage import Reading, arrange
from tests.support.builders import ACCOUNT_ID, AS_OF, budget, day, each_day, known, price, prices
from tests.support.canned_api import subscribed, subscription, v1_api, v1_row
from tests.support.world import WATCHED, FakeRunStateStore, World

BUDGET = '{"limit": "%s USD", "thresholds": ["50%%", "100%% forecast"], "period": "%s"}'


LISTED = prices(price("0.1", "100"))


def judged(text: str, first: str = "2026-11-10") -> list[Evaluation]:
    """Judge a budget by days of 10 USD, of an API that gives nothing before the first of them."""
    asked = Period(day("2026-11-01"), day("2026-11-23"))
    rows = each_day(first, "2026-11-21", "100", "10")
    reading = Reading("v1", rows, complete_from=day(first), asked=asked)
    return evaluate([budget(text)], known(arrange(ACCOUNT_ID, reading), prices=LISTED))


def test_a_breach_that_a_part_of_the_days_makes_certain_is_reported() -> None:
    (found,) = judged(BUDGET % (200, "month"))
    assert (found.status, str(found.observed)) == (Status.BREACHED, "120 USD")
    assert [threshold.percent for threshold in found.crossed] == [50]
    assert found.reason == "the usage API has nothing before 10 Nov 2026, but the period began 1 Nov 2026"


def test_below_the_thresholds_a_part_of_the_days_proves_nothing() -> None:
    (found,) = judged(BUDGET % (300, "month"))
    assert found.unknown is not None
    assert (found.status, found.unknown.kind) == (Status.UNKNOWN, UnknownKind.HISTORY_UNAVAILABLE)
    assert str(found.observed) == "120 USD"


def test_a_part_of_the_days_makes_no_forecast_and_says_nothing_of_an_allowance() -> None:
    (found,) = judged(BUDGET % (200, "month"))
    assert (found.forecast, found.allowances) == (None, ())
    assert [threshold.percent for threshold in found.not_evaluated] == [100]
    (week,) = judged(BUDGET % (200, "week"), "2026-11-16")
    assert week.forecast is not None
    assert week.allowances


def test_without_a_single_row_in_it_nothing_is_known_of_a_period() -> None:
    *_, before = judged(BUDGET % (200, "day"), "2026-11-21")
    assert before.window is not None
    assert before.window.period.start == day("2026-11-19")
    assert before.unknown is not None
    assert (before.observed, before.unknown.kind) == (None, UnknownKind.HISTORY_UNAVAILABLE)


def run_on(as_of: datetime, rows: list[dict[str, Any]]) -> World:
    """Check 50 USD a month by a Version 1 that gives these rows, of the newest cycle, and no earlier ones."""
    api = v1_api(rows, info=subscribed(subscription(start="2025-01-20")))
    usage = CloudflareUsageV1(api)
    world = World(usage=usage, now=as_of, run_store=FakeRunStateStore(state=WATCHED))  # type: ignore[arg-type]
    world.run()
    return world


def test_a_cycle_that_version_1_returns_reports_the_breach_of_a_month_that_began_before_it() -> None:
    rows = [v1_row(f"2026-11-{on}", "2026-11-20", 30, 30 * (on - 19)) for on in (20, 21)]
    crossing, problem = run_on(AS_OF, rows).topic.published
    assert crossing.subject == "spend over limit: 60 of 50 USD (120 %), 9 days left - Example account"
    assert "Forecast: none, because a part of the period is not known\n" in crossing.body
    assert "known: the usage API has nothing before 20 Nov 2026" in " ".join(crossing.body.split())
    assert problem.alert["problem"]["kind"] == "history_unavailable"


def test_a_month_known_in_part_is_not_reported_as_what_it_came_to() -> None:
    rows = [v1_row(f"2026-11-{on}", "2026-11-20") for on in range(20, 31)]
    world = run_on(day("2026-12-02"), [*rows, v1_row("2026-12-01", "2026-11-20")])
    assert [message.alert["type"] for message in world.topic.published] == ["problem"]
