"""Own prices over the shipped ones, in whole runs."""

from datetime import timedelta

import pytest

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.errors import RetryableError
from cloudflare_budgets.messages.reply import reply
from tests.support.builders import AS_OF, charge, each_day
from tests.support.world import World

WORKERS = each_day("2026-11-01", "2026-11-21", "1000000")  # 21 million, of which ten are included
QUIET = '{"limit": "100 USD", "alert_on": []}'


@pytest.fixture
def world() -> World:
    world = World(prices=shipped_prices())
    world.configuration.given_budgets = {"spend": QUIET}
    world.use(*WORKERS)
    return world


def observed(report: Report) -> tuple[str, str]:
    (found,) = reply(report)["accounts"][0]["budgets"]
    return found["observed"], found["status"]


def test_without_own_prices_the_shipped_ones_hold(world: World) -> None:
    assert observed(world.run()) == ("3.3 USD", "ok")


def test_an_own_price_replaces_the_shipped_one(world: World) -> None:
    world.configuration.given_prices = '{"workers_standard_requests": {"price": "0.10 USD"}}'
    assert observed(world.run()) == ("1.1 USD", "ok")


def test_an_own_allowance_replaces_the_shipped_one(world: World) -> None:
    world.configuration.given_prices = '{"workers_standard_requests": {"included": "21000000"}}'
    assert observed(world.run()) == ("0 USD", "ok")


def test_what_the_list_lacks_can_be_added(world: World) -> None:
    world.use(*WORKERS, charge(quantity="50", metric="my_metric"))
    world.configuration.given_prices = '{"my_metric": {"price": "2 USD", "unit": "Requests"}}'
    assert observed(world.run()) == ("103.3 USD", "breached")


def test_a_price_that_is_removed_leaves_its_metric_out(world: World) -> None:
    world.configuration.given_prices = '{"workers_standard_requests": null}'
    (found,) = reply(world.run())["accounts"][0]["budgets"]
    assert (found["observed"], found["status"]) == (None, "unknown")
    assert "the parameter prices removes its price" in found["reason"]


def test_own_prices_in_euros_estimate_a_budget_in_euros(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "10 EUR", "alert_on": []}'}
    world.configuration.given_prices = '{"workers_standard_requests": {"price": "1 EUR"}}'
    assert observed(world.run()) == ("11 EUR", "breached")
    assert world.topic.published[0].alert["cost_basis"] == "estimated"


def test_an_entry_that_is_refused_is_reported_once_a_day_and_prices_nothing(world: World) -> None:
    rows = each_day("2026-11-01", "2026-11-22", "5", metric="kv_read_operations", consumed_unit="Operations")
    world.use(*WORKERS, charge("2026-11-22", "0"), *rows)
    world.configuration.given_prices = '{"workers_standard_requests": {"price": "a lot"}}'
    for hours in (0, 1, 14):
        world.now = AS_OF + timedelta(hours=hours)
        found = world.run()
    told = [message.alert["problem"] for message in world.topic.published if "problem" in message.alert]
    refusals = [problem for problem in told if problem["kind"] == "invalid_price"]
    assert len(refusals) == 2
    assert "/cloudflare-budgets/prices, workers_standard_requests.price" in refusals[0]["subject"]
    assert 'found "a lot"' in refusals[0]["message"]
    (spend,) = reply(found)["accounts"][0]["budgets"]
    assert (spend["observed"], spend["status"]) == ("0 USD", "unknown")
    assert "its entry in the parameter prices was refused" in spend["reason"]


def test_a_document_that_cannot_be_read_leaves_the_shipped_prices_as_they_are(world: World) -> None:
    world.configuration.given_prices = "{"
    report = world.run()
    assert observed(report) == ("3.3 USD", "ok")
    assert [problem.kind for problem in report.problems] == ["invalid_price"]


def test_prices_that_could_not_be_had_fail_the_run(world: World) -> None:
    world.configuration.faults["price_document"] = RetryableError("throttled")
    assert world.run().failures == ("throttled",)


def test_an_empty_document_changes_nothing(world: World) -> None:
    world.configuration.given_prices = "{}"
    assert observed(world.run()) == ("3.3 USD", "ok")
