"""The end of a problem that was sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.errors import (
    AccessDeniedError,
    UsageUnavailableError,
)
from tests.support.builders import ACCOUNT_ID, charge, day, each_day
from tests.support.world import SPEND, World
from tests.unit.domain.alerts.resolved.later import HOUR, MISTAKEN, QUIET, alerts, gone, run_later


def test_a_problem_that_is_gone_is_resolved_once(world: World) -> None:
    world.configuration.given_budgets = {"spend": SPEND, "mistaken": MISTAKEN}
    world.run()
    world.configuration.given_budgets = {"spend": SPEND, "mistaken": '{"limit": "1000 USD"}'}
    run_later(world)
    run_later(world)
    (problem,), (resolved,) = alerts(world, "problem"), alerts(world)
    assert gone(world) == [("invalid_budget", "mistaken")]
    assert resolved["resolves"] == problem["alert_id"]
    assert resolved["standing"] is None


def test_a_refused_credential_that_works_again_is_resolved(world: World) -> None:
    world.usage.rows = {ACCOUNT_ID: AccessDeniedError("refused")}
    world.run()
    world.usage.rows = {ACCOUNT_ID: UsageUnavailableError("503")}
    run_later(world)
    assert gone(world) == []
    world.use(charge(cost="1"))
    run_later(world)
    assert gone(world) == [("access_denied", ACCOUNT_ID)]


def test_a_problem_that_lasts_for_days_ends_with_its_last_message(world: World) -> None:
    world.configuration.given_budgets = {"spend": SPEND, "mistaken": MISTAKEN}
    world.run()
    world.use(charge("2026-11-22", cost="45"))
    world.now += timedelta(days=1)
    world.run()
    world.configuration.given_budgets = {"spend": SPEND, "mistaken": QUIET}
    run_later(world)
    assert [alert["resolves"] for alert in alerts(world)] == [alerts(world, "problem")[-1]["alert_id"]]
    assert len(alerts(world, "problem")) == 2


def test_a_problem_that_appears_and_disappears_is_reported_once_a_day(world: World) -> None:
    for budgets in [{"mistaken": MISTAKEN}, {"mistaken": QUIET}] * 3:
        world.configuration.given_budgets = {"spend": SPEND, **budgets}
        run_later(world)
    assert (len(alerts(world, "problem")), len(alerts(world))) == (1, 1)


def test_a_problem_that_another_one_may_hide_is_not_over(world: World) -> None:
    costs = [charge(f"2026-11-{on:02}", cost="0.1") for on in range(1, 22)]
    world.use(*costs, charge("2026-11-02", metric="r2_class_a"))
    world.run()
    assert [alert["problem"]["kind"] for alert in alerts(world, "problem")] == ["cost_unavailable"]
    world.use(charge("2026-11-16", cost="1"))  # too old to say anything of the costs
    run_later(world)
    assert gone(world) == []
    world.use(*costs, charge("2026-11-02", cost="1", metric="r2_class_a"))
    run_later(world)
    assert sorted(gone(world)) == [("cost_unavailable", ACCOUNT_ID), ("stale_data", ACCOUNT_ID)]


CPU = '{"limit": "5000 USD", "scope": {"metric_id": ["workers_*"]}, "alert_on": []}'
STORE = '{"limit": "500 USD", "scope": {"metric_id": ["r2_*"]}, "alert_on": []}'


def vanishing(last: str, *more: Charge) -> tuple[Charge, ...]:
    """Give rows in which `workers_a` stops on the 17th."""
    steady = (("r2_ops", last), ("workers_a", "2026-11-17"), ("workers_c", last))
    return (*(row for metric, to in steady for row in each_day("2026-11-01", to, "1", "1", metric)), *more)


def test_a_problem_is_not_gone_because_a_budget_that_it_did_not_concern_is_known(world: World) -> None:
    world.configuration.given_budgets = {"cpu": CPU, "store": STORE}
    world.now = day("2026-11-21") + 10 * HOUR
    world.use(*vanishing("2026-11-20"))
    world.run()
    assert [alert["problem"]["kind"] for alert in alerts(world, "problem")] == ["metric_vanished"]
    world.now += timedelta(days=1)
    unpriced = charge("2026-11-21", "5", None, metric="workers_b")  # hides what is still missing
    world.use(*vanishing("2026-11-21", unpriced))
    world.run()
    assert gone(world) == []
    there_again = each_day("2026-11-18", "2026-11-21", "1", "1", "workers_a")
    world.use(*vanishing("2026-11-21", unpriced, *there_again))
    run_later(world)
    assert gone(world) == []  # for all that is known
    world.use(*vanishing("2026-11-21", charge("2026-11-21", "5", "5", metric="workers_b"), *there_again))
    run_later(world)
    assert ("metric_vanished", ACCOUNT_ID) in gone(world)


def test_a_problem_of_an_account_ends_in_silence_with_the_budgets_that_it_concerned(world: World) -> None:
    world.configuration.given_budgets = {"cpu": CPU, "store": STORE}
    world.now = day("2026-11-21") + 10 * HOUR
    world.use(*vanishing("2026-11-20"))
    world.run()
    world.configuration.given_budgets = {"store": STORE}
    run_later(world)
    assert gone(world) == []
    assert not any("vanished" in what for what in world.accounts.states[ACCOUNT_ID].open_alerts)


def test_a_problem_of_all_budgets_is_over_where_today_has_no_data_yet(world: World) -> None:
    world.configuration.given_budgets = {"day": '{"limit": "9 USD", "period": "day"}', "spend": QUIET}
    world.use(*each_day("2026-11-01", "2026-11-18", cost="1"))
    world.run()
    assert [alert["problem"]["kind"] for alert in alerts(world, "problem")] == ["stale_data"]
    world.use(*each_day("2026-11-01", "2026-11-21", cost="1"))
    run_later(world)
    assert gone(world) == [("stale_data", ACCOUNT_ID)]


def test_an_open_problem_that_an_earlier_version_stored_concerns_all_budgets(world: World) -> None:
    world.configuration.given_budgets = {"cpu": CPU, "store": STORE}
    world.now = day("2026-11-21") + 10 * HOUR
    world.use(*vanishing("2026-11-20"))
    world.run()
    notes = world.accounts.states[ACCOUNT_ID]
    older = {what: replace(found, budgets=()) for what, found in notes.open_alerts.items()}
    world.accounts.states[ACCOUNT_ID] = replace(notes, open_alerts=older)
    world.use(*vanishing("2026-11-20", charge("2026-11-20", "5", None, metric="workers_b")))
    run_later(world)
    assert gone(world) == []


def test_a_scope_that_fits_nothing_is_over_once_it_fits_and_not_for_a_lack_of_days(world: World) -> None:
    scoped = '{"limit": "9 Operations", "scope": {"metric_id": ["r2_*"]}}'
    world.configuration.given_budgets = {"r2": scoped}
    world.use(*(charge(f"2026-11-{on:02}", cost="0.1") for on in range(1, 22)))
    world.run()
    assert [alert["problem"]["kind"] for alert in alerts(world, "problem")] == ["no_matching_usage"]
    world.now = day("2026-12-04") + HOUR
    world.use(charge("2026-12-03"))  # a month that is too young to tell
    world.run()
    assert gone(world) == []
    world.use(charge("2026-12-03"), charge("2026-12-03", metric="r2_reads", consumed_unit="Operations"))
    run_later(world)
    assert gone(world) == [("no_matching_usage", "r2")]


@pytest.mark.parametrize(
    "budgets", [{"spend": SPEND}, {"spend": SPEND, "mistaken": '{"enabled": false, "limit": "9 USD"}'}]
)
def test_a_mistaken_budget_that_is_deleted_or_disabled_ends_in_silence(
    world: World, budgets: dict[str, str]
) -> None:
    world.configuration.given_budgets = {"spend": SPEND, "mistaken": MISTAKEN}
    world.run()
    world.configuration.given_budgets = budgets
    run_later(world)
    assert gone(world) == []


def test_a_problem_of_a_budget_that_is_gone_itself_ends_in_silence(world: World) -> None:
    world.configuration.given_budgets = {"spend": SPEND, "europe": '{"limit": "50 EUR"}'}
    world.run()
    assert [alert["problem"]["kind"] for alert in alerts(world, "problem")] == ["unknown_currency"]
    world.configuration.given_budgets = {"spend": SPEND}
    run_later(world)
    assert gone(world) == []
    assert not any("europe" in what for what in world.accounts.states[ACCOUNT_ID].open_alerts)
