"""Budgets or accounts that cannot be read: runs fail, and nothing is silently unwatched."""

from __future__ import annotations

import pytest

from cloudflare_budgets.adapters.many_accounts.read_once import ReadOnce
from cloudflare_budgets.domain.budgets.account import ApiToken, Secret, SharedToken
from cloudflare_budgets.domain.budgets.budgets_object import ObjectBudgets, parse_object
from cloudflare_budgets.errors import RetryableError, StateUnavailableError
from tests.model.fleet import ids
from tests.support.builders import AS_OF, charge
from tests.support.fakes import FakeConfiguration
from tests.support.world import FakeRunStateStore
from tests.unit.many_accounts.agencies import HOUR, fleet_of, pass_hour

URL = "s3://bucket/budgets.json"
READ = parse_object(URL, '{"budgets": {"other": {"limit": "1 USD", "account_id": "*"}}}', "1")
UNREAD = ObjectBudgets(URL, failure=f"cannot read {URL}: SlowDown")


def test_a_plan_sends_the_known_jobs_and_fails_if_the_object_is_unreadable() -> None:
    fleet = fleet_of(3)
    fleet.world.configuration.given_object = UNREAD

    with pytest.raises(RetryableError, match=r"cannot read s3://bucket/budgets\.json: SlowDown"):
        fleet.plan()

    assert sum(map(len, fleet.jobs.groups.values())) == 3


def test_a_worker_retries_and_the_audit_fails_while_the_object_is_unreadable() -> None:
    fleet = fleet_of(1)
    fleet.world.configuration.given_object = READ
    pass_hour(fleet)
    fleet.plan()
    fleet.world.configuration.given_object = UNREAD

    fleet.work()
    fleet.world.configuration.given_object = READ

    assert fleet.world.now - AS_OF > fleet.timeout  # three more attempts, each a minute later
    assert fleet.audit().failures == (UNREAD.failure,)
    assert not [each for each in fleet.world.topic.published if each.attributes["type"] == "resolved"]
    fleet.world.now += HOUR
    pass_hour(fleet)
    assert fleet.audit().failures == ()


def test_an_unreadable_object_is_read_again_by_the_next_check() -> None:
    source = FakeConfiguration(given_object=UNREAD)
    documents = ReadOnce(source, FakeRunStateStore(), lambda: AS_OF)
    assert documents.object_budgets() is UNREAD

    source.given_object = READ

    assert documents.object_budgets() is READ


def test_a_list_that_was_never_read_is_a_failure_and_no_problem_of_budgets() -> None:
    fleet = fleet_of(1)
    token = SharedToken(ApiToken(Secret("s" * 40)), ("*",))
    fleet.world.configuration = FakeConfiguration(
        given_budgets={"spend": '{"limit": "50 USD", "account_id": "*"}'}, given_tokens={"/p/tokens/a": token}
    )
    fleet.world.lister.faults["list_accounts"] = StateUnavailableError("the pace is unknown")

    report = fleet.world.run()

    assert report.failures
    assert report.all_problems == ()


def test_a_name_that_two_accounts_have_is_known_to_workers_after_an_audit() -> None:
    fleet = fleet_of(2)
    names = [f"Shop {number}" for number in (1, 1)]
    for account_id, name in zip(ids(2), names, strict=True):
        fleet.world.use(charge(cost="60", billing_account_name=name), account_id=account_id)
    pass_hour(fleet)
    fleet.audit()
    fleet.world.configuration.given_budgets = {"new": '{"limit": "40 USD", "account_id": "*"}'}
    fleet.world.topic.published.clear()

    pass_hour(fleet)

    assert fleet.world.run_store.state.shared_names == ("Shop 1",)
    said = [message.body for message in fleet.world.topic.published]
    assert len(said) == 2
    assert all(account_id[:8] in body for account_id, body in zip(ids(2), sorted(said), strict=True))


def test_a_name_pattern_matches_an_account_with_its_own_token_that_a_shared_token_lists() -> None:
    fleet = fleet_of(1, budgets={"spend": '{"limit": "50 USD", "account_id": "prod-*"}'})
    shared = SharedToken(ApiToken(Secret("x" * 40)), ("*",))
    fleet.world.configuration.given_tokens = {"/p/tokens/agency": shared}
    fleet.world.lister.names = {next(iter(ids(1))): "Prod-Shop"}
    fleet.audit()  # stores the list

    pass_hour(fleet)

    [job_account] = [each["account_id"] for each in fleet.world.standings.standings() if each["account_id"]]
    assert job_account == next(iter(ids(1)))
    assert any(each.attributes["type"] == "threshold_crossed" for each in fleet.world.topic.published)


def test_without_a_shared_token_a_name_pattern_is_a_problem_that_names_no_account() -> None:
    fleet = fleet_of(1, budgets={"spend": '{"limit": "50 USD", "account_id": "prod-*"}'})

    report = fleet.audit()

    assert fleet.plan() == 0
    assert [each.kind for each in report.all_problems if each.subject == "spend"] == ["invalid_budget"]
