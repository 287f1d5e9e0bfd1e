"""What a digest lists and counts."""

import pytest

from cloudflare_budgets.messages.budget_text import budgets_text
from tests.support.builders import (
    charge,
    price,
    prices,
)
from tests.support.world import FakeReportStore, World
from tests.unit.messages.alerts.digest.digests import QUIET, digest, standing


def test_problems_are_listed(world: World) -> None:
    mistaken = {f"mistaken-{number:02}": "{}" for number in range(12)}
    world.configuration.given_budgets = {"spend": QUIET, **mistaken}
    message = digest(world)
    assert "\nbudget mistaken-00 is invalid and is not watched\n" in message.body
    assert "\nand 2 more\n" in message.body
    assert message.subject == "Digest 22 Nov: 1 budget, all within, 12 problems"
    assert len(message.alert["problems"]) == 10


def test_budgets_of_allowances_are_counted_as_they_were_written_and_their_lines_too(world: World) -> None:
    world.prices = prices(
        price(included="5000", metric="kv_reads"), price(included="1000", metric="kv_writes")
    )
    world.configuration.given_budgets = {"included": '{"limit": "100% of allowance"}', "spend": QUIET}
    world.pages = FakeReportStore()
    world.use(charge(quantity="10", metric="kv_reads"), charge(quantity="10", metric="kv_writes"))
    message = digest(world)
    assert message.subject == "Digest 22 Nov: 2 budgets in 3 lines, all within"
    assert "\n2 budgets in 3 lines below 50 %\n" in message.body
    assert "2 budgets in 3 lines: 3 within" in world.pages.pages[0]


def test_the_same_name_in_two_accounts_is_two_budgets() -> None:
    assert budgets_text([("one", "spend"), ("two", "spend")]) == "2 budgets"
    assert budgets_text([("one", "free"), ("one", "free")]) == "1 budget in 2 lines"


@pytest.mark.parametrize(
    ("limit", "status"), [("21", "over limit"), ("30", "forecast over"), ("30.01", "within")]
)
def test_a_budget_within_its_limit_and_forecast_over_says_so(world: World, limit: str, status: str) -> None:
    text = f'{{"limit": "{limit} USD", "thresholds": ["100%", "100% forecast"], "alert_on": []}}'
    world.configuration.given_budgets = {"spend": text}
    assert f"\nspend {status}: 21 of {limit} USD (" in digest(world).body


def test_more_budgets_than_a_mail_holds_are_counted(world: World) -> None:
    full = '{"limit": "30 USD", "thresholds": ["100%"], "alert_on": []}'
    world.configuration.given_budgets = {f"budget-{number:02}": full for number in range(43)}
    message = digest(world)
    assert len(standing(message)) == 40
    assert message.alert["accounts"][0]["more"] == 3
    assert "\nand 3 more\n" in message.body
    assert message.body.count(" within: 21 of 30 USD") == 40
