"""Budgets in an object beside those in parameters."""

import json

import pytest

from cloudflare_budgets.domain.budgets.budgets_object import ObjectBudgets, parse_object
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.messages.reply import reply
from tests.support.builders import charge
from tests.support.world import SPEND, World

URL = "s3://budgets-of-us/budgets.json"
UNREADABLE = ObjectBudgets(URL, failure=f"cannot read {URL}: SlowDown")


def stored(document: object) -> ObjectBudgets:
    return parse_object(URL, json.dumps(document), "v1")


@pytest.fixture
def world() -> World:
    world = World()
    world.use(charge("2026-11-21", cost="60"))
    world.configuration.given_object = stored({"budgets": {"total": {"limit": "40 USD"}}})
    return world


def alerted(report: Report) -> set[str | None]:
    """Return the budgets of the alerts that were sent, or that are included in a message that was sent."""
    return {each.alert.budget for each in report.all_alerts if each.alert.type == "threshold_crossed"}


def test_budgets_of_both_are_judged_and_the_reply_names_the_version(world: World) -> None:
    report = world.run()
    (account,) = report.accounts
    assert [each.budget.name for each in account.evaluations] == ["spend", "total"]
    assert reply(report)["budgets_object"] == {"url": URL, "version": "v1", "failure": None}
    assert report.failures == ()


def test_without_an_object_the_reply_names_none(world: World) -> None:
    world.configuration.given_object = ObjectBudgets()
    assert "budgets_object" not in reply(world.run())


def test_each_invalid_budget_of_the_object_is_one_problem_and_the_others_are_judged(world: World) -> None:
    budgets = {"total": {"limit": "40 USD"}, "bad": {"limit": "5"}, "worse": 7}
    world.configuration.given_object = stored({"budgets": budgets})
    report = world.run()
    (account,) = report.accounts
    assert [each.budget.name for each in account.evaluations] == ["spend", "total"]
    found = {problem.subject: problem.message for problem in account.problems}
    assert found["bad"].startswith(f'{URL}, budgets.bad: limit: found "5"')
    assert found["worse"].startswith(f"{URL}, budgets.worse: the document: found 7")


def test_a_name_in_both_is_a_problem_and_the_parameter_is_used(world: World) -> None:
    world.configuration.given_object = stored({"budgets": {"spend": {"limit": "1 USD"}}})
    report = world.run()
    (account,) = report.accounts
    assert [str(each.budget.limit) for each in account.evaluations] == ["50 USD"]
    (problem,) = report.problems
    assert (problem.kind, problem.subject) == ("duplicate_budget", "spend")
    assert (
        f"/cloudflare-budgets/budgets/spend and in {URL}, budgets.spend: the parameter is used"
        in problem.message
    )


def test_an_unreadable_object_fails_the_run_and_budgets_of_parameters_are_judged(world: World) -> None:
    world.configuration.given_object = UNREADABLE
    report = world.run()
    assert report.failures == (f"cannot read {URL}: SlowDown",)
    assert alerted(report) == {"spend"}


def test_an_unreadable_object_ends_no_alert_and_removes_no_budget(world: World) -> None:
    whole = world.configuration.given_object
    assert alerted(world.run()) == {"spend", "total"}
    sent = len(world.topic.published)
    for found in (UNREADABLE, whole, UNREADABLE, whole):
        world.configuration.given_object = found
        world.run()
    assert len(world.topic.published) == sent
    assert set(world.run_store.state.budgets or {}) == {"spend", "total"}


def test_a_budget_that_is_deleted_from_the_object_is_reported(world: World) -> None:
    world.run()
    world.configuration.given_object = stored({"budgets": {}})
    assert [problem.kind for problem in world.run().problems] == ["not_watched"]


def test_without_a_parameter_the_budgets_of_the_object_are_enough(world: World) -> None:
    world.configuration.given_budgets = {}
    report = world.run()
    assert report.problems == ()
    assert alerted(report) == {"total"}


def test_defaults_and_aliases_are_those_of_a_budget_file() -> None:
    account_id = "a" * 32
    found = stored(
        {
            "$schema": "budgets.schema.json",
            "accounts": {"shop": account_id},
            "defaults": {"thresholds": ["90%"], "period": "day"},
            "budgets": {"one": {"limit": "5 USD", "account_id": "shop", "period": "month"}},
        }
    )
    assert json.loads(found.documents["one"]) == {
        "thresholds": ["90%"],
        "period": "month",
        "limit": "5 USD",
        "account_id": account_id,
    }
    assert found.refusals == ()


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("{", "invalid JSON"),
        ("[]", "budgets: found nothing"),
        ('{"budgets": []}', "budgets: found []"),
        ('{"budgets": {"a": {}, "a": {}}}', "occurs twice"),
        (SPEND, "budgets: found nothing"),
    ],
)
def test_an_object_of_another_form_is_a_failure(text: str, failure: str) -> None:
    found = parse_object(URL, text, "v1")
    assert found.failure is not None
    assert failure in found.failure
    assert found.documents == {}


def test_an_unknown_key_is_a_problem_and_the_budgets_are_used(world: World) -> None:
    world.configuration.given_object = stored({"budgets": {"total": {"limit": "40 USD"}}, "pricess": {}})
    report = world.run()
    assert [problem.kind for problem in report.problems] == ["invalid_budgets_object"]
    assert alerted(report) == {"spend", "total"}
