"""The end of a problem of no account, or of an account that was not read."""

from datetime import timedelta

from cloudflare_budgets.messages.channels.amazon_q import thread_id
from tests.support.builders import ACCOUNT_ID, AS_OF, OTHER_ACCOUNT_ID
from tests.support.world import EXAMPLE, OTHER, SPEND, World
from tests.unit.domain.alerts.resolved.later import MISTAKEN, QUIET, alerts, gone, run_later

# Problems of no account


def test_a_problem_of_no_account_is_resolved(world: World) -> None:
    world.configuration.given_budgets = {}
    world.run()
    world.configuration.given_budgets = {"spend": '{"limit": "5000 USD"}'}
    run_later(world)
    run_later(world)
    assert [(alert["account"], alert["problem"]["kind"]) for alert in alerts(world)] == [(None, "no_budgets")]


def test_a_run_for_one_account_resolves_no_general_problem(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {"whose": SPEND}
    world.run()
    run_later(world, account_id=ACCOUNT_ID)
    assert gone(world) == []
    world.configuration.given_budgets = {
        "whose": SPEND.replace("}", f', "account_id": "{OTHER_ACCOUNT_ID}"}}')
    }
    run_later(world)
    assert gone(world) == [("invalid_budget", "whose")]


def test_an_account_requested_by_mistake_resolves_no_problem(world: World) -> None:
    world.run(account_id=OTHER_ACCOUNT_ID)
    assert [alert["problem"]["kind"] for alert in alerts(world, "problem")] == ["account_unknown"]
    run_later(world)
    assert gone(world) == []


def test_a_problem_of_an_account_that_is_watched_now_is_still_there(world: World) -> None:
    world.configuration.given_budgets = {"mistaken": MISTAKEN}  # nothing else watches the account
    world.run()
    world.configuration.given_budgets = {"spend": QUIET, "mistaken": MISTAKEN}
    run_later(world)
    assert gone(world) == []
    world.configuration.given_budgets = {"spend": QUIET, "mistaken": QUIET}
    run_later(world)
    run_later(world)
    assert gone(world) == [("invalid_budget", "mistaken")]


def test_the_end_of_a_problem_of_an_account_that_was_not_read_names_it_as_its_beginning_did(
    world: World,
) -> None:
    world.configuration.given_budgets = {"mistaken": MISTAKEN}  # nothing else watches the account
    world.run()
    world.configuration.given_budgets = {"mistaken": QUIET}
    run_later(world)
    began, ended = world.topic.published
    assert ended.alert["type"] == "resolved"
    assert ended.alert["account"] == began.alert["account"] == {"id": ACCOUNT_ID, "name": None}
    assert ended.attributes["account_id"] == began.attributes["account_id"] == ACCOUNT_ID
    assert thread_id(ended.alert) == thread_id(began.alert)
    assert f"Account: {ACCOUNT_ID}\n" in ended.body


def test_a_replay_resolves_no_general_problem(world: World) -> None:
    world.configuration.given_budgets = {}
    world.run()
    world.configuration.given_budgets = {"spend": SPEND}
    world.run(as_of=AS_OF - timedelta(days=3))
    assert gone(world) == []
