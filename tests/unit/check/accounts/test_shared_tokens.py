"""A token for many accounts: its list is renewed daily, and a vanished account is reported once."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflare_budgets.domain.budgets.account import ApiToken, InvalidAccount, Secret, SharedToken
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.errors import AccessDeniedError, StateUnavailableError, UsageUnavailableError
from tests.support.builders import ACCOUNT_ID, AS_OF, OTHER_ACCOUNT_ID, charge
from tests.support.fakes import FakeConfiguration
from tests.support.world import EXAMPLE, World

TOKEN = "/cloudflare-budgets/tokens/agency"
EACH = json.dumps({"limit": "50 USD", "account_id": "*", "thresholds": ["100%"]})
THIRD = "3" * 32


def shared(*accounts: str) -> SharedToken:
    return SharedToken(ApiToken(Secret("s" * 40)), accounts or ("*",))


@pytest.fixture
def world() -> World:
    world = World(FakeConfiguration((), {"spend": EACH}, given_tokens={TOKEN: shared()}))
    world.lister.names = {ACCOUNT_ID: "Prod-Shop", OTHER_ACCOUNT_ID: "Stage"}
    for account_id in (ACCOUNT_ID, OTHER_ACCOUNT_ID, THIRD):
        world.use(charge("2026-11-21", cost="60"), account_id=account_id)
    return world


def checked(report: Report) -> list[str]:
    return [account.account_id for account in report.accounts]


def problems(world: World) -> list[str]:
    found = [message.alert.get("problem") for message in world.topic.published]
    return [each["kind"] for each in found if each]


def test_each_account_of_the_token_is_checked_with_alerts_of_its_own(world: World) -> None:
    report = world.run()
    assert checked(report) == [ACCOUNT_ID, OTHER_ACCOUNT_ID]
    alerts = [message.alert for message in world.topic.published]
    assert [(alert["budget"]["name"], alert["account"]["id"]) for alert in alerts] == [
        ("spend", ACCOUNT_ID),
        ("spend", OTHER_ACCOUNT_ID),
    ]
    assert len({alert["alert_id"] for alert in alerts}) == 2
    assert report.failures == ()


def test_a_pattern_selects_accounts_of_the_token_by_name(world: World) -> None:
    world.configuration.given_budgets = {"spend": EACH.replace("*", "prod-*")}
    report = world.run()
    assert [len(account.evaluations) for account in report.accounts] == [0, 1]
    assert [message.alert["account"]["id"] for message in world.topic.published] == [ACCOUNT_ID]


def test_the_list_is_asked_for_once_a_day(world: World) -> None:
    for _ in range(24):
        world.run()
        world.now += timedelta(hours=1)
    assert world.lister.count == 2
    assert world.lists.lists[TOKEN].listed_at >= AS_OF + timedelta(hours=23)


def test_a_changed_parameter_is_listed_at_once(world: World) -> None:
    world.run()
    world.configuration.token_version = 2
    world.run()
    assert world.lister.count == 2


def test_a_token_of_the_account_itself_is_preferred(world: World) -> None:
    world.configuration.given_accounts = (EXAMPLE,)
    report = world.run()
    assert sorted(checked(report)) == [ACCOUNT_ID, OTHER_ACCOUNT_ID]
    assert world.usage.read_as[ACCOUNT_ID].credential == EXAMPLE.credential
    assert world.usage.read_as[ACCOUNT_ID].name == "Prod-Shop"
    assert world.usage.read_as[OTHER_ACCOUNT_ID].credential != EXAMPLE.credential


def test_a_token_for_some_ids_alone_needs_no_list(world: World) -> None:
    world.configuration.given_tokens = {TOKEN: shared(OTHER_ACCOUNT_ID)}
    world.lister.faults["list_accounts"] = AccessDeniedError("no")
    report = world.run()
    assert checked(report) == [OTHER_ACCOUNT_ID]
    assert report.failures == ()
    assert report.problems == ()


def test_a_new_account_is_checked_within_a_day_and_not_for_periods_before(world: World) -> None:
    world.run()
    world.lister.names = {**world.lister.names, THIRD: "New"}
    world.now += timedelta(days=1)
    assert checked(world.run()) == sorted([ACCOUNT_ID, OTHER_ACCOUNT_ID, THIRD])
    assert world.lists.lists[TOKEN].accounts[THIRD].since == world.now
    assert world.lists.lists[TOKEN].accounts[ACCOUNT_ID].since is None


def test_a_vanished_account_is_reported_once(world: World) -> None:
    world.run()
    world.lister.names = {ACCOUNT_ID: "Prod-Shop"}
    for _ in range(60):
        world.now += timedelta(hours=6)
        report = world.run()
    assert checked(report) == [ACCOUNT_ID]
    assert problems(world).count("account_vanished") == 1
    text = next(each for each in world.topic.published if "vanished" in json.dumps(each.alert)).body
    assert f"{OTHER_ACCOUNT_ID} (Stage)" in text
    assert report.problems == ()


def test_an_account_that_comes_back_and_vanishes_again_is_reported_again(world: World) -> None:
    world.run()
    names = world.lister.names
    for found in ({ACCOUNT_ID: "Prod-Shop"}, names, {ACCOUNT_ID: "Prod-Shop"}):
        world.lister.names = found
        world.now += timedelta(days=1)
        world.run()
    assert problems(world).count("account_vanished") == 2


def test_an_account_that_moves_to_another_token_is_not_reported(world: World) -> None:
    world.run()
    world.lister.names = {ACCOUNT_ID: "Prod-Shop"}
    world.configuration.given_accounts = (replace(EXAMPLE, account_id=OTHER_ACCOUNT_ID),)
    world.now += timedelta(days=1)
    assert world.run().problems == ()


def test_accounts_stay_watched_where_cloudflare_refuses_the_list(world: World) -> None:
    world.run()
    world.lister.faults["list_accounts"] = AccessDeniedError("Cloudflare answers 403")
    world.now += timedelta(days=1)
    report = world.run()
    assert checked(report) == [ACCOUNT_ID, OTHER_ACCOUNT_ID]
    (problem,) = report.problems
    assert (problem.kind, problem.subject) == ("accounts_not_listed", TOKEN)


def test_an_empty_list_is_a_problem_and_no_account_vanishes(world: World) -> None:
    world.run()
    world.lister.names = {}
    world.now += timedelta(days=1)
    report = world.run()
    assert checked(report) == [ACCOUNT_ID, OTHER_ACCOUNT_ID]
    assert [problem.kind for problem in report.problems] == ["accounts_not_listed"]
    assert "Account Settings > Read" in report.problems[0].message


def test_a_list_that_cannot_be_renewed_is_used_for_two_days_without_a_failure(world: World) -> None:
    world.run()
    world.lister.faults["list_accounts"] = UsageUnavailableError("Cloudflare does not answer")
    world.now += timedelta(days=2, hours=-1)
    assert world.run().failures == ()
    world.now += timedelta(hours=2)
    report = world.run()
    assert checked(report) == [ACCOUNT_ID, OTHER_ACCOUNT_ID]
    assert report.failures == (f"{TOKEN}: Cloudflare does not answer",)


def test_a_first_list_that_cannot_be_read_makes_the_run_fail(world: World) -> None:
    world.lister.faults["list_accounts"] = UsageUnavailableError("Cloudflare does not answer")
    report = world.run()
    assert checked(report) == []
    assert report.failures == (f"{TOKEN}: Cloudflare does not answer",)


def test_a_list_that_cannot_be_loaded_is_asked_for_and_not_replaced(world: World) -> None:
    world.run()
    before = world.lists.lists[TOKEN]
    world.lists.faults["load_list"] = StateUnavailableError("alert table alerts: Throttling")
    world.now += timedelta(hours=1)
    report = world.run()
    assert checked(report) == [ACCOUNT_ID, OTHER_ACCOUNT_ID]
    assert report.failures == ("alert table alerts: Throttling",)
    assert world.lists.lists[TOKEN] == before


def test_a_dry_run_stores_no_list(world: World) -> None:
    assert checked(world.run(dry_run=True)) == [ACCOUNT_ID, OTHER_ACCOUNT_ID]
    assert world.lists.lists == {}


def test_an_unusable_token_is_one_problem_and_the_accounts_of_others_are_checked(world: World) -> None:
    other = "/cloudflare-budgets/tokens/broken"
    world.configuration.given_tokens = {
        TOKEN: shared(ACCOUNT_ID),
        other: InvalidAccount(other, "it cannot be decrypted: InvalidKeyId"),
    }
    report = world.run()
    assert checked(report) == [ACCOUNT_ID]
    assert [(problem.kind, problem.subject) for problem in report.problems] == [("invalid_account", other)]


def test_a_token_that_becomes_unusable_is_one_problem_for_all_its_accounts(world: World) -> None:
    world.run()
    world.configuration.given_tokens = {TOKEN: InvalidAccount(TOKEN, "it is not valid JSON")}
    for days in (0, 1):
        world.now += timedelta(days=days)
        report = world.run()
        assert checked(report) == []
        assert [(problem.kind, problem.subject) for problem in report.problems] == [
            ("invalid_account", TOKEN)
        ]


def test_a_run_for_one_account_reads_its_token_alone(world: World) -> None:
    report = world.run(account_id=OTHER_ACCOUNT_ID)
    assert checked(report) == [OTHER_ACCOUNT_ID]
    assert [message.alert["account"]["id"] for message in world.topic.published] == [OTHER_ACCOUNT_ID]


def test_a_list_that_cannot_be_read_does_not_mean_that_there_is_no_account(world: World) -> None:
    world.lists.faults["load_list"] = StateUnavailableError("alert table alerts: Throttling")
    world.lister.faults["list_accounts"] = UsageUnavailableError("Cloudflare does not answer")
    report = world.run()
    assert report.failures
    assert "no_accounts" not in [problem.kind for problem in report.all_problems]
