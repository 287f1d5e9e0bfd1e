from datetime import timedelta

import pytest

from cloudflare_budgets.errors import (
    AccessDeniedError,
    UsageUnavailableError,
)
from cloudflare_budgets.messages.reply import reply
from tests.support.builders import ACCOUNT_ID, AS_OF, OTHER_ACCOUNT_ID, charge
from tests.support.world import EXAMPLE, OTHER, SPEND, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_crossing_is_reported_once_however_often_the_check_runs(world: World) -> None:
    world.use(charge(cost="41.2"))
    states = [world.run().accounts[0].alerts[0].state.value for _ in range(3)]
    assert states == ["sent", "already_sent", "already_sent"]
    assert world.subjects == ["spend passed 80 %: 41.20 of 50 USD (82 %), 9 days left - Example account"]


def test_several_thresholds_crossed_at_once_make_one_message(world: World) -> None:
    world.use(charge(cost="60"))
    world.run()
    (message,) = world.topic.published
    assert message.alert["threshold"]["percent"] == "100"
    assert [lower["percent"] for lower in message.alert["also_crossed"]] == ["50", "80"]
    assert message.attributes["severity"] == "critical"


def test_usage_restated_downwards_does_not_report_the_lower_thresholds_afterwards(world: World) -> None:
    world.use(charge(cost="60"))
    world.run()
    world.use(charge(cost="45"))
    assert world.run().accounts[0].alerts[0].state.value == "already_sent"
    assert len(world.topic.published) == 1


def test_the_next_threshold_is_reported_when_it_is_reached(world: World) -> None:
    for cost in ("26", "41", "49", "50"):
        world.use(charge(cost=cost))
        world.run()
    assert [message.alert["threshold"]["percent"] for message in world.topic.published] == ["50", "80", "100"]


def test_a_changed_limit_arms_again(world: World) -> None:
    world.use(charge(cost="60"))
    world.run()
    world.configuration.given_budgets = {"spend": '{"limit": "55 USD"}'}
    world.run()
    assert len(world.topic.published) == 2


def test_a_problem_is_reported_once_a_day(world: World) -> None:
    world.configuration.given_budgets = {"spend": "{", "other": SPEND}
    world.use(charge(cost="1"))
    for hours in (0, 1, 24):
        world.now = AS_OF + timedelta(hours=hours)
        world.run()
    assert world.subjects == ["Problem: budget spend is invalid and is not watched"] * 2
    assert "/cloudflare-budgets/budgets/spend" in world.topic.published[0].body


def test_a_filter_by_budget_receives_its_problems_and_their_end(world: World) -> None:
    world.configuration.given_budgets = {"workers": "{", "other": SPEND}
    world.run()
    world.configuration.given_budgets = {"workers": SPEND, "other": SPEND}
    world.use(charge(cost="1"))
    world.run()
    about_workers = [m for m in world.topic.published if m.attributes.get("budget") == "workers"]
    assert [message.attributes["type"] for message in about_workers] == ["problem", "resolved"]
    no_data = [m for m in world.topic.published if m.alert.get("problem", {}).get("kind") == "no_data"]
    assert ["budget" in message.attributes for message in no_data] == [
        False,
        False,
    ]  # the account's, and its end


def test_a_refused_token_leaves_its_budgets_unknown_and_is_reported(world: World) -> None:
    world.usage.rows = {ACCOUNT_ID: AccessDeniedError("Cloudflare answered 403")}
    report = world.run()
    assert report.failures == ()
    assert reply(report)["accounts"][0]["budgets"][0]["status"] == "unknown"
    assert world.topic.published[0].alert["problem"] == {
        "kind": "access_denied",
        "subject": ACCOUNT_ID,
        "message": "Cloudflare answered 403",
    }


def test_what_a_retry_can_fix_fails_the_run_after_all_other_work(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        "one": f'{{"limit": "50 USD", "account_id": "{ACCOUNT_ID}"}}',
        "two": f'{{"limit": "50 USD", "account_id": "{OTHER_ACCOUNT_ID}"}}',
    }
    world.usage.rows = {ACCOUNT_ID: UsageUnavailableError("503"), OTHER_ACCOUNT_ID: [charge(cost="60")]}
    report = world.run()
    assert report.failures == (f"account {ACCOUNT_ID}: 503",)
    assert [message.attributes["budget"] for message in world.topic.published] == ["two"]
    unread = next(account for account in report.accounts if account.account_id == ACCOUNT_ID)
    assert [problem.kind for problem in unread.problems] == ["usage_unavailable"]


def test_an_error_that_is_unexpected_stops_one_account_only(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {"two": f'{{"limit": "9 USD", "account_id": "{OTHER_ACCOUNT_ID}"}}'}
    world.configuration.given_budgets |= {"one": f'{{"limit": "9 USD", "account_id": "{ACCOUNT_ID}"}}'}
    world.usage.rows = {ACCOUNT_ID: KeyError("secret"), OTHER_ACCOUNT_ID: [charge(cost="60")]}
    report = world.run()
    assert report.failures == (f"account {ACCOUNT_ID}: unexpected KeyError, see the log",)
    assert len(world.topic.published) == 1


def test_usage_that_cannot_be_evaluated_stops_one_account_only(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        "one": f'{{"limit": "50 USD", "account_id": "{ACCOUNT_ID}"}}',
        "two": f'{{"limit": "50 USD", "account_id": "{OTHER_ACCOUNT_ID}"}}',
    }
    nonsense = charge(cost="1")._replace(billed_cost="sixty")  # type: ignore[arg-type]
    world.usage.rows = {ACCOUNT_ID: [nonsense], OTHER_ACCOUNT_ID: [charge(cost="60")]}
    report = world.run()
    assert report.failures == (f"account {ACCOUNT_ID}: unexpected TypeError, see the log",)
    assert [message.attributes["budget"] for message in world.topic.published] == ["two"]
