"""Timed mutes: their document, and what they do to budgets and messages."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.budgets.document import parse_budget
from cloudflare_budgets.domain.budgets.mutes import Mute, parse_mutes
from tests.support.builders import AS_OF, charge
from tests.support.world import World

UNTIL = datetime(2026, 12, 1, 8, tzinfo=UTC)


def budget(**fields: object) -> Budget:
    found = parse_budget("spend", json.dumps({"limit": "50 USD", **fields}))
    assert isinstance(found, Budget)
    return found


def test_a_mute_has_an_end_a_reason_and_an_author() -> None:
    text = '{"spend": {"until": "2026-12-01T08:00:00Z", "reason": "a migration", "by": "alice"}}'
    found = parse_mutes(text)
    assert found.by_budget == {"spend": Mute(UNTIL, "a migration", "alice")}
    assert found.by_budget["spend"].note == "a migration, by alice"


@pytest.mark.parametrize("name", ["spend", "*"])
def test_a_budget_is_muted_until_its_mute_ends(name: str) -> None:
    muted = parse_mutes(json.dumps({name: {"until": "2026-12-01T08:00:00Z"}})).applied_to(budget())
    assert muted.is_muted(UNTIL - timedelta(seconds=1))
    assert not muted.is_muted(UNTIL)


def test_another_budget_is_not_muted() -> None:
    mutes = parse_mutes('{"workers": {"until": "2026-12-01T08:00:00Z"}}')
    assert mutes.applied_to(budget()) == budget()


def test_the_latest_mute_counts() -> None:
    mutes = parse_mutes(
        '{"spend": {"until": "2026-12-01T08:00:00Z", "reason": "a"}, "*": {"until": "2026-12-02T08:00:00Z"}}'
    )
    assert mutes.applied_to(budget()).muted_until == UNTIL + timedelta(days=1)
    assert mutes.applied_to(budget(muted_until="2026-12-24")) == budget(muted_until="2026-12-24")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", "the document: found invalid JSON"),
        ("[]", "the document: found []"),
        ('{"spend": 5}', '"spend": found 5'),
        ('{"spend": {"until": "tomorrow"}}', '"spend".until: found "tomorrow", expected an instant in UTC'),
        ('{"spend": {"until": "2026-02-30T08:00:00Z"}}', '"spend".until: found "2026-02-30T08:00:00Z"'),
        ('{"spend": {}}', '"spend".until: found nothing'),
        ('{"spend": {"until": "2026-12-01T08:00:00Z", "who": "x"}}', '"spend"."who": found an unknown key'),
        ('{"spend": {"until": "2026-12-01T08:00:00Z", "by": "a\\nb"}}', '"spend".by: found "a?b"'),
    ],
)
def test_an_invalid_mute_is_named_with_the_right_form(text: str, error: str) -> None:
    [refusal] = parse_mutes(text).refusals
    assert str(refusal).startswith(error)


def test_a_muted_budget_sends_no_alert_until_the_mute_is_over() -> None:
    world = World()
    world.use(charge(cost="45"))
    world.configuration.given_mutes = json.dumps({"*": {"until": "2026-12-01T08:00:00Z"}})
    report = world.run()
    assert report.all_alerts == ()
    world.configuration.given_mutes = json.dumps({"*": {"until": "2026-11-22T09:00:00Z"}})
    assert datetime(2026, 11, 22, 9, tzinfo=UTC) < AS_OF
    assert world.run().all_alerts


def test_an_invalid_mute_is_a_problem_and_the_budget_alerts() -> None:
    world = World()
    world.use(charge(cost="45"))
    world.configuration.given_mutes = '{"spend": {"until": "soon"}}'
    report = world.run()
    assert [problem.kind for problem in report.problems] == ["invalid_mute"]
    assert [each for account in report.accounts for each in account.alerts]


def test_the_digest_says_who_muted_a_budget_and_why() -> None:
    world = World()
    world.use(charge(cost="45"))
    mute = {"until": "2026-12-01T08:00:00Z", "reason": "a migration", "by": "alice"}
    world.configuration.given_mutes = json.dumps({"*": mute})
    world.run(digest=True)
    assert "(a migration, by alice)" in world.topic.published[-1].body
