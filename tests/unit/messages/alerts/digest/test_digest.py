"""The digest: where everything stands, and proof that somebody looks."""

import re
from datetime import timedelta

import pytest

from cloudflare_budgets.domain.run.result import AlertState
from cloudflare_budgets.domain.run.state import RunCounts, RunState
from tests.support.builders import (
    AS_OF,
    charge,
    day,
    each_day,
)
from tests.support.world import World
from tests.unit.messages.alerts.digest.digests import QUIET, digest, digests, standing


def test_a_quiet_week_is_said_to_be_one(world: World) -> None:
    days = [day("2026-11-15") + timedelta(days=each) for each in range(7)]
    world.run_store.state = RunState({on: RunCounts(24 if on > days[0] else 23) for on in days})
    message = digest(world)
    assert "Checked 168 times since 15 Nov, nothing to report." in message.body
    assert message.subject == "Digest 22 Nov: 1 budget, all within"
    assert message.alert["checks"] == {"complete": 168, "incomplete": 0}
    assert message.alert["since"] == "2026-11-15T00:00:00Z"
    assert message.alert["alerts"] == 0
    assert "No problems." in message.body


def test_the_digests_of_the_week_are_no_alerts(world: World) -> None:
    for number in range(6):
        world.now = AS_OF + timedelta(days=number)
        world.use(*each_day("2026-11-01", f"2026-11-{21 + number}", cost="1"))
        digest(world)
    assert "Checked 6 times since 20 Nov, nothing to report." in digests(world)[-1].body


def test_what_was_reported_and_left_undone_is_counted(world: World) -> None:
    world.run_store.state = RunState({day("2026-11-20"): RunCounts(1000, 2, 1)})
    body = digest(world).body
    assert "Checked 1,001 times since 15 Nov, 1 alert sent." in " ".join(body.split())
    assert "2 more checks did not finish" in " ".join(body.split())


def test_there_is_one_digest_a_day(world: World) -> None:
    digest(world)
    world.now += timedelta(hours=10)
    report = world.run(digest=True)
    assert [alert.state for alert in report.alerts] == [AlertState.ALREADY_SENT]
    world.now = AS_OF + timedelta(days=1)
    digest(world)
    assert len(digests(world)) == 2


def test_a_check_sends_no_digest(world: World) -> None:
    world.run()
    assert digests(world) == []


def test_a_digest_is_a_check_as_well(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "25 USD"}'}
    message = digest(world)
    assert [each.alert["type"] for each in world.topic.published] == ["threshold_crossed", "digest"]
    assert message.subject == "Digest 22 Nov: 1 budget, 1 past a threshold"
    assert "1 alert sent" in message.body


def test_every_budget_is_listed_the_fullest_first_and_the_unknown_last(world: World) -> None:
    world.configuration.given_budgets = {
        "a": QUIET,
        "b": '{"limit": "25 USD"}',
        "europe": '{"limit": "25 EUR"}',
        "off": '{"limit": "1 USD", "enabled": false}',
    }
    message = digest(world)
    assert [each["budget"]["name"] for each in standing(message)] == ["b", "a", "europe"]
    assert message.subject == "Digest 22 Nov: 3 budgets, 1 past a threshold, 1 unknown, 1 problem"


def test_only_the_current_period_is_reported(world: World) -> None:
    world.now = day("2026-12-02") + timedelta(hours=10)
    world.use(*each_day("2026-11-01", "2026-12-01", cost="1"))
    assert [each["period"]["start"] for each in standing(digest(world))] == ["2026-12-01T00:00:00Z"]


def test_a_muted_budget_says_so(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "20 USD", "muted_until": "2026-12-24"}'}
    message = digest(world)
    assert ", muted until 24 Dec 2026" in message.body
    assert standing(message)[0]["muted_until"] == "2026-12-24T00:00:00Z"


def test_a_budget_has_a_bar_its_forecast_and_its_last_two_weeks(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "40 USD", "thresholds": ["80%"]}'}
    body = digest(world).body
    assert "\nspend within: 21 of 40 USD (52 %), forecast 30 USD (29.70-30.31) ██████████████\n" in body


@pytest.mark.parametrize(
    ("first", "early"), [("2026-11-16", ", early, from 6 complete days"), ("2026-11-15", "")]
)
def test_a_forecast_from_few_days_says_from_how_few(world: World, first: str, early: str) -> None:
    world.use(*each_day(first, "2026-11-21", cost="500"))
    assert re.search(rf", forecast \S+ USD \(\S+\){early} █", digest(world).body)


def test_a_single_day_is_the_last_day(world: World) -> None:
    world.use(charge("2026-11-21", cost="4000"))
    assert re.search(r"\nspend .* █\n", digest(world).body)


def test_the_unfinished_day_is_not_drawn_as_a_drop(world: World) -> None:
    world.use(*each_day("2026-11-01", "2026-11-21", cost="8"), charge("2026-11-22", cost="1"))
    body = digest(world).body
    assert "Week over week" not in body
    assert "(data through today, partial, usage API V2)" in body
