"""The end of what was told: told once, and only where it is known to be over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.errors import (
    AccessDeniedError,
    AlertRejectedError,
    AlertUndeliveredError,
    StateUnavailableError,
    UsageUnavailableError,
)
from cloudflare_budgets.messages.channels.amazon_q import thread_id
from tests.support.builders import ACCOUNT_ID, AS_OF, OTHER_ACCOUNT_ID, charge, day, each_day, price, prices
from tests.support.fakes import FakeAlertTopic
from tests.support.world import EXAMPLE, OTHER, SPEND, World

HOUR = timedelta(hours=1)
QUIET = '{"limit": "5000 USD"}'
MISTAKEN = '{"limit": "50 USD", "treshold": ["80%"]}'


@pytest.fixture
def world() -> World:
    world = World()
    world.use(charge(cost="45"))
    return world


def alerts(world: World, kind: str = "resolved") -> list[Mapping[str, Any]]:
    return [message.alert for message in world.topic.published if message.alert["type"] == kind]


def run_later(world: World, **request: object) -> None:
    world.now += HOUR
    world.run(**request)


def test_a_raised_limit_resolves_what_was_reported(world: World) -> None:
    world.run()
    world.configuration.given_budgets = {"spend": '{"limit": "100 USD"}'}
    run_later(world)
    (crossing,), (resolved,) = alerts(world, "threshold_crossed"), alerts(world)
    assert resolved["resolves"] == crossing["alert_id"]
    assert resolved["severity"] == "info"
    assert resolved["reason"] == "limit_raised"
    assert resolved["standing"]["percent_of_limit"] == "45"
    assert resolved["problem"] is None
    assert world.topic.published[-1].attributes["budget"] == "spend"


def test_usage_restated_downwards_resolves_what_was_reported(world: World) -> None:
    world.run()
    world.use(charge(cost="20"))
    run_later(world)
    (resolved,) = alerts(world)
    assert resolved["reason"] == "usage_restated"
    assert "The limit is still 50 USD" in world.topic.published[-1].body


def test_changed_thresholds_are_not_reported_as_usage_that_was_restated(world: World) -> None:
    world.use(charge(cost="30"))
    world.run()
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "thresholds": ["80%", "100%"]}'}
    run_later(world)
    (resolved,) = alerts(world)
    assert resolved["reason"] == "thresholds_changed"
    text = " ".join(world.topic.published[-1].body.split())
    assert (
        "The limit is still 50 USD. The threshold of the earlier alert is still reached, but it was removed"
        in text
    )
    assert "restated" not in text


@pytest.mark.parametrize(("cost", "reason"), [("25", "thresholds_changed"), ("24.99", "usage_restated")])
def test_a_threshold_that_is_reached_by_a_hair_was_changed(world: World, cost: str, reason: str) -> None:
    world.use(charge(cost="30"))
    world.run()
    world.use(charge(cost=cost))
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "thresholds": ["80%"]}'}
    run_later(world)
    assert [alert["reason"] for alert in alerts(world)] == [reason]


def test_a_period_that_is_over_is_not_resolved_while_the_data_of_its_last_days_stay_away(
    world: World,
) -> None:
    world.use(*each_day("2026-11-01", "2026-11-28", cost="1.6"))
    world.now = day("2026-11-30")
    world.run()
    restated = each_day("2026-11-01", "2026-11-28", cost="0.5")
    world.use(*restated)
    world.now = day("2026-12-02") + 12 * HOUR
    run_later(world)
    assert (len(alerts(world, "threshold_crossed")), alerts(world)) == (1, [])
    world.use(*restated, *each_day("2026-11-29", "2026-12-01", cost="0.5"))
    run_later(world)
    assert [alert["reason"] for alert in alerts(world) if not alert["problem"]] == ["usage_restated"]


def test_a_long_name_of_an_account_leaves_room_for_the_figures(world: World) -> None:
    for cost in ("45", "20"):
        world.use(charge(cost=cost, billing_account_name="a" * 300))
        run_later(world)
    assert world.topic.published[-1].subject == (
        f"Resolved: spend within: 20 of 50 USD (40 %) - {'a' * 50}..."
    )


@pytest.mark.parametrize("name", ["shop", "at", "spend"])
def test_an_account_is_named_whatever_its_budget_is_called(world: World, name: str) -> None:
    for limit in (50, 500):
        world.configuration.given_budgets = {"shop-spend": f'{{"limit": "{limit} USD", "alert_on": []}}'}
        world.use(charge(cost="45", billing_account_name=name))
        run_later(world)
    assert world.topic.published[-1].subject == f"Resolved: shop-spend within: 45 of 500 USD (9 %) - {name}"


def test_an_account_without_a_name_is_named_once_where_it_had_the_problem(world: World) -> None:
    world.usage.rows = {ACCOUNT_ID: AccessDeniedError("refused")}
    world.run()
    world.use(charge(cost="1", billing_account_name=None))
    run_later(world)
    assert world.topic.published[-1].subject == (
        f"Resolved: Cloudflare accepts the credential of {ACCOUNT_ID} again"
    )


def test_a_raised_limit_that_is_crossed_as_well_is_reported_as_that(world: World) -> None:
    world.run()
    world.configuration.given_budgets = {"spend": '{"limit": "60 USD"}'}
    run_later(world)
    assert alerts(world) == []
    assert [alert["threshold"]["percent"] for alert in alerts(world, "threshold_crossed")] == ["80", "50"]


def test_several_thresholds_of_a_budget_are_resolved_once_with_the_last_message_named(world: World) -> None:
    world.use(charge(cost="26"))
    world.run()
    world.use(charge(cost="45"))
    run_later(world)
    world.use(charge(cost="10"))
    run_later(world)
    run_later(world)
    assert [alert["resolves"] for alert in alerts(world)] == [
        alerts(world, "threshold_crossed")[-1]["alert_id"]
    ]


def test_an_alert_covers_the_same_threshold_and_lower_ones_of_the_same_limit() -> None:
    key = AlertKey("partition", "sort")
    told = OpenAlert(key, "spend", None, "50 USD", Decimal(40))
    thresholds = (Decimal(25), Decimal(40), Decimal(50))
    assert [told.covers(replace(told, threshold=each)) for each in thresholds] == [True, True, False]
    assert not told.covers(replace(told, limit="60 USD"))
    assert not told.covers(replace(told, threshold=None))
    assert not replace(told, threshold=None).covers(told)


def test_each_allowance_of_a_budget_is_something_of_its_own(world: World) -> None:
    metrics = ("kv_read_operations", "workers_standard_requests")
    world.prices = prices(*(price(included="100", metric=metric) for metric in metrics))
    world.configuration.given_budgets = {"free": '{"limit": "100% of allowance"}'}
    world.use(*(charge(quantity="90", metric=metric) for metric in metrics))
    world.run()
    told = world.accounts.states[ACCOUNT_ID].open_alerts
    assert sorted(told) == [f"budget free {metric} 2026-11-01T00:00:00Z" for metric in metrics]


@pytest.mark.parametrize(("percent", "called"), [("100", " included (15 %)"), ("75", " (20 %)")])
def test_the_end_of_an_alert_of_an_allowance_names_it(world: World, percent: str, called: str) -> None:
    metric = "workers_standard_requests"
    world.prices = prices(price(included="100", metric=metric))
    world.configuration.given_budgets = {"free": f'{{"limit": "{percent}% of allowance"}}'}
    world.use(charge(quantity="90", metric=metric))
    world.run()
    world.use(charge(quantity="15", metric=metric))
    run_later(world)
    text = world.topic.published[-1].body
    assert text.startswith(f"Resolved: free: {metric} within: 15 of {percent} Requests{called}\n")


def test_a_growing_cost_difference_is_reported_at_each_threshold_once_and_ends_once(
    world: World,
) -> None:
    world.prices = prices(price())
    for quantity in ("24", "41", "42", "341", "342", "45", "341"):
        world.use(charge(quantity=quantity, cost="0"))
        run_later(world)
    told = alerts(world, "problem")
    assert ["80%" in told[0]["problem"]["message"], "100%" in told[1]["problem"]["message"]] == [True, True]
    assert (len(told), alerts(world)) == (2, [])
    assert (
        "once a month while the problem lasts, and at each higher threshold" in world.topic.published[-1].body
    )
    world.use(charge(quantity="24", cost="0"))
    run_later(world)
    run_later(world)
    (resolved,) = alerts(world)
    assert resolved["resolves"] == told[1]["alert_id"]


def test_a_budget_still_above_a_lower_threshold_is_not_resolved(world: World) -> None:
    world.run()
    world.use(charge(cost="30"))
    run_later(world)
    assert alerts(world) == []


def test_what_falls_in_steps_ends_the_message_that_was_sent(world: World) -> None:
    world.run()
    for cost in ("30", "10"):  # 50 % was told with 80 %, in no message of its own
        world.use(charge(cost=cost))
        run_later(world)
    assert [alert["resolves"] for alert in alerts(world)] == [
        alerts(world, "threshold_crossed")[0]["alert_id"]
    ]


def test_an_end_that_was_reported_is_looked_for_no_more_and_forgotten_with_its_period(world: World) -> None:
    world.run()
    world.use(charge(cost="1"))
    run_later(world)
    world.now += HOUR
    assert world.run().all_alerts == ()
    world.use(charge("2026-12-03", cost="1"))
    world.now = day("2026-12-04") + HOUR
    world.run()
    assert not world.accounts.states[ACCOUNT_ID].open_alerts


@pytest.mark.parametrize("again", ["45", "30"])
def test_what_returns_after_its_end_is_reported_again_and_ends_again(world: World, again: str) -> None:
    world.run()
    for cost in ("10", again, "10", again, "10"):
        world.use(charge(cost=cost))
        run_later(world)
    crossings = [alert["alert_id"] for alert in alerts(world, "threshold_crossed")]
    assert [alert["resolves"] for alert in alerts(world)] == crossings
    assert len(set(crossings)) == 3


def test_a_higher_threshold_reached_after_an_end_has_an_end_of_its_own(world: World) -> None:
    world.run()
    for cost in ("10", "55", "10"):
        world.use(charge(cost=cost))
        run_later(world)
    crossings = [alert["alert_id"] for alert in alerts(world, "threshold_crossed")]
    assert [alert["resolves"] for alert in alerts(world)] == crossings
    assert len(crossings) == 2


def test_a_forecast_that_no_longer_holds_is_not_reported(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "thresholds": ["90% forecast"]}'}
    world.run()
    assert len(alerts(world, "threshold_crossed")) == 1
    world.use(charge(cost="1"))
    run_later(world)
    assert alerts(world) == []


@pytest.mark.parametrize(
    "budgets", [{}, {"spend": '{"limit": "50 USD", "enabled": false}'}, {"other": SPEND}]
)
def test_a_budget_without_state_ends_without_a_message(world: World, budgets: dict[str, str]) -> None:
    world.run()
    world.use(charge(cost="1"))
    world.configuration.given_budgets = budgets
    run_later(world)
    assert alerts(world) == []


def test_a_period_gone_by_ends_in_silence_and_is_forgotten(world: World) -> None:
    world.run()
    assert world.accounts.states[ACCOUNT_ID].open_alerts
    world.use(charge("2026-12-03", cost="1"))
    world.now = day("2026-12-04") + HOUR
    world.run()
    assert alerts(world) == []
    assert not world.accounts.states[ACCOUNT_ID].open_alerts


def test_a_reported_end_is_stored_until_its_period_has_settled_for_72_hours(world: World) -> None:
    world.run()
    world.use(charge(cost="1"))
    run_later(world)
    for hours, is_kept in ((71, True), (72, False)):
        world.use(charge("2026-11-30", cost="1"), charge("2026-12-02", cost="1"))
        world.now = day("2026-12-01") + hours * HOUR
        world.run()
        assert bool(world.accounts.states[ACCOUNT_ID].open_alerts) == is_kept


def test_a_cycle_that_is_not_known_just_now_resolves_nothing(world: World) -> None:
    cycle: dict[str, Any] = {
        "billing_period_start": day("2026-11-05"),
        "billing_period_end": day("2026-12-05"),
    }
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "period": "billing_period"}'}
    world.use(charge(cost="45", **cycle))
    world.run()
    world.use(charge(cost="1"))  # names no cycle
    run_later(world)
    assert alerts(world) == []
    world.use(charge(cost="1", **cycle))
    run_later(world)
    assert sorted(alert["reason"] for alert in alerts(world)) == ["problem_gone", "usage_restated"]


@pytest.mark.parametrize("limit", ["50 USD", "50 EUR"])
def test_a_budget_that_has_another_period_now_ends_in_silence(world: World, limit: str) -> None:
    world.run()
    world.use(charge(cost="1"))
    world.configuration.given_budgets = {"spend": f'{{"limit": "{limit}", "period": "week"}}'}
    run_later(world)
    assert alerts(world) == []
    assert not any("budget spend" in what for what in world.accounts.states[ACCOUNT_ID].open_alerts)


def test_usage_that_cannot_be_read_resolves_nothing_until_it_can(world: World) -> None:
    world.run()
    world.usage.rows = {ACCOUNT_ID: UsageUnavailableError("503")}
    run_later(world)
    assert alerts(world) == []
    world.use(charge(cost="1"))
    run_later(world)
    assert len(alerts(world)) == 1


def test_a_budget_whose_standing_is_unknown_is_not_resolved(world: World) -> None:
    world.run()
    world.use(charge("2026-11-15", cost="1"))  # as old as that, it proves nothing
    run_later(world)
    assert alerts(world) == []
    assert any("spend" in what for what in world.accounts.states[ACCOUNT_ID].open_alerts)


def test_a_dry_run_previews_the_end_and_stores_nothing(world: World) -> None:
    world.run()
    world.use(charge(cost="1"))
    world.now += HOUR
    before = world.accounts.states[ACCOUNT_ID]
    report = world.run(dry_run=True)
    assert [(alert.alert.type, alert.state) for alert in report.all_alerts] == [("resolved", "dry_run")]
    assert alerts(world) == []
    assert world.accounts.states[ACCOUNT_ID] == before


@pytest.mark.parametrize("back", [timedelta(days=12), timedelta(hours=11)])
def test_a_replay_of_a_quieter_time_resolves_nothing(world: World, back: timedelta) -> None:
    world.run()
    world.use(charge("2026-11-09", cost="1"))
    world.run(as_of=AS_OF - back)
    assert alerts(world) == []
    world.use(charge(cost="45"))
    run_later(world)
    assert len(alerts(world, "threshold_crossed")) == 1


def test_an_end_that_could_not_be_reported_is_reported_later(world: World) -> None:
    world.run()
    world.use(charge(cost="1"))
    world.outbox.faults["claim"] = StateUnavailableError("no answer")  # nothing is kept of the alert either
    run_later(world)
    world.outbox.faults.clear()
    run_later(world)
    run_later(world)
    assert len(alerts(world)) == 1


@pytest.mark.parametrize("error", [AlertRejectedError("not now"), AlertUndeliveredError("no answer")])
def test_an_end_that_was_claimed_and_not_sent_is_sent_once(world: World, error: Exception) -> None:
    world.run()
    world.use(charge(cost="1"))
    world.topic.faults["publish"] = error
    run_later(world)
    world.topic.faults.clear()
    run_later(world)
    run_later(world)
    assert len(alerts(world)) == 1


def test_what_was_sent_late_ends_in_the_run_after_it_if_its_cause_is_gone(world: World) -> None:
    world.topic.faults["publish"] = AlertRejectedError("throttled")
    world.run()
    world.topic.faults.clear()
    world.configuration.given_budgets = {"spend": '{"limit": "200 USD"}'}
    run_later(world)
    assert (len(alerts(world, "threshold_crossed")), alerts(world)) == (1, [])
    run_later(world)
    run_later(world)
    (crossing,), (resolved,) = alerts(world, "threshold_crossed"), alerts(world)
    assert (resolved["resolves"], resolved["reason"]) == (crossing["alert_id"], "limit_raised")


def test_what_was_sent_late_is_open_until_it_is_known_to_be_over(world: World) -> None:
    world.topic.faults["publish"] = AlertRejectedError("throttled")
    world.run()
    world.topic.faults.clear()
    world.usage.rows = {ACCOUNT_ID: UsageUnavailableError("503")}
    run_later(world)
    assert (len(alerts(world, "threshold_crossed")), alerts(world)) == (1, [])
    world.use(charge(cost="1"))
    run_later(world)
    assert len(alerts(world)) == 1


def test_what_was_never_sent_has_no_end(world: World) -> None:
    world.topic.faults["publish"] = AlertRejectedError("throttled")
    world.run()
    world.use(charge(cost="1"))
    run_later(world)
    assert alerts(world) == []
    world.topic.faults.clear()
    run_later(world)
    run_later(world)
    assert [message.alert["type"] for message in world.topic.published] == ["threshold_crossed", "resolved"]


def test_late_problems_end_too_with_and_without_an_account(world: World) -> None:
    world.topic.faults["publish"] = AlertRejectedError("throttled")
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        "spend": f'{{"limit": "5000 EUR", "account_id": "{ACCOUNT_ID}"}}',
        "whose": SPEND,
    }
    world.run()
    world.topic.faults.clear()
    world.configuration.given_budgets = dict.fromkeys(
        ("spend", "whose"), f'{{"limit": "5000 USD", "account_id": "{ACCOUNT_ID}"}}'
    )
    run_later(world)
    run_later(world)
    assert sorted(gone(world)) == [("invalid_budget", "whose"), ("unknown_currency", "spend")]


def test_notes_that_could_not_be_recalled_are_not_written_over_for_what_was_sent_late(world: World) -> None:
    world.run()
    kept = world.accounts.states[ACCOUNT_ID]
    world.use(charge(cost="55"))
    world.topic.faults["publish"] = AlertRejectedError("throttled")
    run_later(world)
    world.topic.faults.clear()
    before = world.accounts.states[ACCOUNT_ID]
    assert before == kept
    world.accounts.faults["load_state"] = StateUnavailableError("no answer")
    run_later(world)
    assert world.accounts.states[ACCOUNT_ID] == before


class Killed(BaseException):
    """The process ends here."""


class KillsAfter(FakeAlertTopic):
    """Takes a message, and the process is gone."""

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        super().publish(alert, attempt)
        raise Killed


def test_a_run_that_ends_while_sending_loses_neither_the_alert_nor_its_end(world: World) -> None:
    world.topic = KillsAfter()
    with pytest.raises(Killed):
        world.run()
    assert ACCOUNT_ID not in world.accounts.states
    published, world.topic = world.topic.published, FakeAlertTopic()
    run_later(world)  # sends what it finds claimed, perhaps once more
    assert world.topic.published[0].subject.endswith("(possible repeat)")
    assert world.accounts.states[ACCOUNT_ID].source == "v2"
    world.use(charge(cost="1"))
    run_later(world)
    assert [alert["resolves"] for alert in alerts(world)] == [published[0].alert["alert_id"]]


# Problems


def gone(world: World) -> list[tuple[str, str]]:
    return [(alert["problem"]["kind"], alert["problem"]["subject"]) for alert in alerts(world)]


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
