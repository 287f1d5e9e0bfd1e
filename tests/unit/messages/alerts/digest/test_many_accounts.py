"""A digest of many accounts is short enough to be sent and read."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.errors import UsageUnavailableError
from cloudflare_budgets.messages.alerts.documents import (
    brief_standing_document,
    list_within,
    standing_document,
)
from cloudflare_budgets.messages.size_limits import json_text, size
from tests.support.builders import (
    charge,
    each_day,
    judged,
    usage,
)
from tests.support.world import EXAMPLE, World
from tests.unit.messages.alerts.digest.digests import QUIET, digest, standing


def many_accounts(world: World, accounts: int, budgets: int) -> list[str]:
    """Configure accounts with budgets, all below their thresholds."""
    ids = [f"{number:032x}" for number in range(accounts)]
    world.configuration.given_accounts = [Account(each, EXAMPLE.credential) for each in ids]
    world.configuration.given_budgets = {
        f"budget-{each[-4:]}-{number:02}": QUIET.replace("}", f', "account_id": "{each}"}}')
        for each in ids
        for number in range(budgets)
    }
    world.usage.rows = {
        each: each_day("2026-11-01", "2026-11-21", cost="1", billing_account_id=each) for each in ids
    }
    return ids


@pytest.mark.parametrize(("accounts", "budgets"), [(10, 40), (100, 3), (300, 1)])
def test_a_digest_of_many_accounts_is_short_enough_to_be_sent_and_read(
    world: World, accounts: int, budgets: int
) -> None:
    many_accounts(world, accounts, budgets)
    message = digest(world)
    assert len(message.attributes["alert"].encode()) < 150_000
    assert len(message.body.encode()) < 50_000
    assert message.subject == (f"Digest 22 Nov: {accounts * budgets:,} budgets, all within")
    told = message.alert["accounts"]
    assert all(account["budgets"] for account in told)
    assert len(told) + message.alert["more_accounts"] == accounts
    assert len(standing(message)) + message.alert["more_budgets"] == accounts * budgets
    assert "No problems." in message.body


def test_accounts_that_are_left_out_are_counted(world: World) -> None:
    many_accounts(world, 103, 1)
    message = digest(world)
    assert (message.alert["more_accounts"], message.alert["more_budgets"]) == (3, 3)
    assert "\n\nand 3 more accounts; accounts with problems come first\n\n" in message.body


def test_budgets_are_shared_out_over_the_accounts(world: World) -> None:
    ids = many_accounts(world, 5, 38)
    world.configuration.given_budgets = {
        name: text for name, text in world.configuration.given_budgets.items() if f"{ids[4]}" not in text
    } | {"only": QUIET.replace("}", f', "account_id": "{ids[4]}"}}')}
    accounts = digest(world).alert["accounts"]
    assert sorted(len(account["budgets"]) for account in accounts) == [1, 38, 38, 38, 38]
    ids = many_accounts(world, 8, 30)
    world.now += timedelta(days=1)
    accounts = digest(world).alert["accounts"]
    assert [(len(account["budgets"]), account["more"]) for account in accounts] == [(20, 10)] * 8


@pytest.mark.parametrize("trouble", ["breached", "unknown", "missed", "problem"])
def test_accounts_in_trouble_are_first(world: World, trouble: str) -> None:
    ids = many_accounts(world, 102, 1)
    last = ids[-1]
    if trouble == "breached":
        world.usage.rows = {**world.usage.rows, last: [charge(cost="9000", billing_account_id=last)]}
    elif trouble == "unknown":
        world.usage.rows = {**world.usage.rows, last: UsageUnavailableError("503")}
    elif trouble == "missed":
        broken = charge(cost="1")._replace(billed_cost="sixty")  # type: ignore[arg-type]
        world.usage.rows = {**world.usage.rows, last: [broken]}
    else:
        scoped = f'{{"limit": "5 USD", "account_id": "{last}", "scope": {{"zone": ["no.example"]}}}}'
        world.configuration.given_budgets = {**world.configuration.given_budgets, "scoped": scoped}
    message = digest(world)
    accounts = message.alert["accounts"]
    assert accounts[0]["account"]["id"] == last
    assert [account["account"]["id"] for account in accounts[1:]] == ids[:99]
    assert message.body.index("Example account" if accounts[0]["account"]["name"] else last) < 350


def test_a_budget_too_large_to_report_in_full_is_reported_in_brief(world: World) -> None:
    scope = [f"metric-{number:03}-" + "東" * 240 for number in range(200)]
    large = json.dumps({"limit": "25 USD", "scope": {"metric_id": ["*", *scope]}})
    world.configuration.given_budgets = {"large": large, "small": QUIET}
    message = digest(world)
    first, second = standing(message)
    assert (first["budget"]["name"], first["status"], first["truncated"]) == ("large", "breached", True)
    assert not {"forecast", "scope", "description"} & {*first, *first["budget"]}
    assert second["budget"]["name"] == "small"
    assert second["forecast"]
    assert (message.alert["accounts"][0]["more"], message.alert["more_budgets"]) == (0, 0)
    assert message.subject == "Digest 22 Nov: 2 budgets, 1 past a threshold"
    assert "large passed 80 %: 21 of 25 USD (84 %)" in message.body


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_long_descriptions_of_many_accounts_budgets_crowd_none_of_them_out(world: World, letter: str) -> None:
    ids = many_accounts(world, 100, 1)
    world.configuration.given_budgets = {
        f"budget-{each[-4:]}": json.dumps(
            {"limit": "5 USD", "account_id": each, "description": letter * 500, "alert_on": []}
        )
        for each in ids
    }
    message = digest(world)
    assert len(standing(message)) == 100
    assert message.alert["more_budgets"] == 0
    assert all(f"budget-{each[-4:]} over limit: 21 of 5 USD" in message.body for each in ids)
    assert len(message.attributes["alert"].encode()) < 150_000


def test_what_has_no_room_in_brief_is_passed_over_and_leaves_it_to_the_others() -> None:
    found = usage(*each_day("2026-11-01", "2026-11-21", cost="1"))
    large, small = (judged(text, found) for text in ('{"limit": "1 USD", "thresholds": ["2 USD"]}', QUIET))
    large = replace(large, budget=replace(large.budget, name="n" * 900))
    whole = size(json_text(standing_document(small))) + 1
    for room, told in (
        (whole, [standing_document(small)]),
        (whole - 1, [brief_standing_document(small)]),
        (100, []),
    ):
        assert [each.document for each in list_within([large, small], room)] == told


def test_as_much_as_a_mail_holds_is_all_there(world: World) -> None:
    world.configuration.given_budgets = {f"budget-{number:02}": QUIET for number in range(40)} | {
        f"mistaken-{number:02}": "{}" for number in range(10)
    }
    message = digest(world)
    assert (len(standing(message)), message.alert["accounts"][0]["more"]) == (40, 0)
    assert len(message.alert["problems"]) == 10
    assert " more\n" not in message.body
