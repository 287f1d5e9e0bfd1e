"""The digest: where everything stands, and proof that somebody looks."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.run.result import AlertState
from cloudflare_budgets.domain.run.state import RunCounts, RunState
from cloudflare_budgets.errors import StateUnavailableError, UsageUnavailableError
from cloudflare_budgets.messages.alerts.documents import (
    brief_standing_document,
    list_within,
    standing_document,
)
from cloudflare_budgets.messages.budget_text import budgets_text
from cloudflare_budgets.messages.size_limits import json_text, size
from tests.support.builders import (
    ACCOUNT_ID,
    AS_OF,
    OTHER_ACCOUNT_ID,
    charge,
    day,
    each_day,
    judged,
    price,
    prices,
    usage,
)
from tests.support.fakes import Published
from tests.support.world import EXAMPLE, OTHER, FakeReportStore, World

QUIET = '{"limit": "5000 USD"}'


@pytest.fixture
def world() -> World:
    world = World()
    world.configuration.given_budgets = {"spend": QUIET}
    world.use(*each_day("2026-11-01", "2026-11-21", cost="1"))
    return world


def digests(world: World) -> list[Published]:
    return [message for message in world.topic.published if message.alert["type"] == "digest"]


def digest(world: World) -> Published:
    """Run for a digest, and give it."""
    world.run(digest=True)
    return digests(world)[-1]


def standing(message: Published) -> list[Mapping[str, Any]]:
    return [each for account in message.alert["accounts"] for each in account["budgets"]]


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
    assert "\nspend within: 21 of 40 USD (52 %), forecast 30 USD (29.69-30.33) ██████████████\n" in body


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


def moved(world: World) -> list[str]:
    """Run for a digest, and give what it says that moved."""
    said = digest(world).body.partition("\nWeek over week: ")[2].partition("\n")[0]
    return said.split("; ") if said else []


def test_what_moved_most_is_reported_by_its_share_of_the_limit(world: World) -> None:
    world.use(
        *each_day("2026-11-01", "2026-11-14", cost="10"),
        *each_day("2026-11-15", "2026-11-21", cost="7"),
        *each_day("2026-11-01", "2026-11-14", cost="2", metric="r2_class_a"),
        *each_day("2026-11-15", "2026-11-21", cost="8", metric="r2_class_a"),
        *each_day("2026-11-01", "2026-11-21", cost="100", metric="stream_minutes"),
        *each_day("2026-11-15", "2026-11-21", cost="1", metric="images_stored"),
        *each_day("2026-11-15", "2026-11-15", cost="0.01", metric="queues_operations"),
    )
    assert moved(world) == [
        "R2 42 USD more (+300 %)",
        "Workers 21 USD less (-30 %)",
        "Images 7 USD more",
    ]


def test_each_line_of_an_allowance_covers_its_own_metric(world: World) -> None:
    world.prices = prices(
        price(included="5000", metric="kv_reads"), price(included="1000", metric="kv_writes")
    )
    world.configuration.given_budgets = {"included": '{"limit": "100% of allowance"}'}
    world.use(
        *each_day("2026-11-01", "2026-11-14", "100", metric="kv_reads"),
        *each_day("2026-11-15", "2026-11-21", "150", metric="kv_reads"),
        *each_day("2026-11-01", "2026-11-14", "10", metric="kv_writes"),
        *each_day("2026-11-15", "2026-11-21", "30", metric="kv_writes"),
    )
    assert moved(world) == [
        "kv_writes 140 Requests more (+200 %)",
        "kv_reads 350 Requests more (+50 %)",
    ]


WIDE = '{"limit": "5000 USD"}'
OF_THE_FAMILY = '{"limit": "900 USD", "scope": {"product_family": ["Kv"]}}'
NARROW = '{"limit": "50 USD", "alert_on": [], "scope": {"metric_id": ["kv_reads"]}}'


@pytest.mark.parametrize(
    ("budgets", "words"),
    [
        ({"wide": WIDE, "narrow": NARROW}, "Kv 42 USD more (+30 %)"),
        ({"family": OF_THE_FAMILY, "narrow": NARROW}, "Kv 42 USD more (+30 %)"),
        ({"narrow": NARROW}, "Kv in budget narrow 35 USD more (+50 %)"),
    ],
)
def test_the_widest_budget_covers_a_family_and_one_of_a_part_says_so(
    world: World, budgets: dict[str, str], words: str
) -> None:
    world.configuration.given_budgets = budgets
    world.use(
        *each_day("2026-11-01", "2026-11-14", cost="10", metric="kv_reads"),
        *each_day("2026-11-15", "2026-11-21", cost="15", metric="kv_reads"),
        *each_day("2026-11-01", "2026-11-14", cost="10", metric="kv_writes"),
        *each_day("2026-11-15", "2026-11-21", cost="11", metric="kv_writes"),
    )
    assert moved(world) == [words]


def test_a_family_that_came_to_the_same_has_not_moved_for_what_one_of_its_metrics_did(world: World) -> None:
    world.configuration.given_budgets = {"wide": WIDE, "narrow": NARROW}
    world.use(
        *each_day("2026-11-01", "2026-11-14", cost="10", metric="kv_reads"),
        *each_day("2026-11-15", "2026-11-21", cost="15", metric="kv_reads"),
        *each_day("2026-11-01", "2026-11-14", cost="10", metric="kv_writes"),
        *each_day("2026-11-15", "2026-11-21", cost="5", metric="kv_writes"),
    )
    assert moved(world) == []


READS = '{"limit": "900 USD", "scope": {"metric_id": ["kv_reads"]}}'
WRITES = '{"limit": "300 USD", "alert_on": [], "scope": {"metric_id": ["kv_writes"]}}'
ONE_ZONE = '{"limit": "900 USD", "scope": {"zone": ["a.com"]}}'
OTHER_ZONE = '{"limit": "300 USD", "alert_on": [], "scope": {"zone": ["b.com"]}}'


@pytest.mark.parametrize(
    ("budgets", "words"),
    [
        ({"reads": READS, "writes": WRITES}, ["Kv in budget writes 60.90 USD more (+2,900 %)"]),
        ({"one": ONE_ZONE, "other": OTHER_ZONE}, ["Kv in budget other 60.90 USD more (+2,900 %)"]),
        (
            {"reads": READS, "writes": WRITES, "z": WRITES},
            ["Kv in budget writes 60.90 USD more (+2,900 %)"],
        ),
        ({"wide": WIDE, "reads": READS, "writes": WRITES}, ["Kv 60.90 USD more (+43 %)"]),
    ],
)
def test_each_part_of_a_family_stands_for_itself_where_no_budget_counts_all_of_it(
    world: World, budgets: dict[str, str], words: list[str]
) -> None:
    world.configuration.given_budgets = budgets
    world.use(
        *each_day("2026-11-01", "2026-11-21", cost="20", metric="kv_reads", x_zone_name="a.com"),
        *each_day("2026-11-01", "2026-11-14", cost="0.30", metric="kv_writes", x_zone_name="b.com"),
        *each_day("2026-11-15", "2026-11-21", cost="9", metric="kv_writes", x_zone_name="b.com"),
    )
    assert moved(world) == words


@pytest.mark.parametrize(
    ("list_cost", "words"),
    [
        (10, ["Workers 56 USD more (+800 %)"]),
        (
            20,
            [
                "Workers in budget billed 56 USD more (+800 %)",
                "Workers in budget listed 70 USD more (+100 %)",
            ],
        ),
    ],
)
def test_each_column_stands_for_itself(world: World, list_cost: int, words: list[str]) -> None:
    world.configuration.given_budgets = {
        "billed": '{"limit": "500 USD", "alert_on": []}',
        "listed": '{"limit": "5000 USD", "column": "ListCost", "alert_on": []}',
    }
    world.use(
        *each_day("2026-11-01", "2026-11-14", cost="1", list_cost=Decimal(10)),
        *each_day("2026-11-15", "2026-11-21", cost="9", list_cost=Decimal(list_cost)),
    )
    assert moved(world) == words


def cycle_of(subscription: str, first: str) -> dict[str, Any]:
    start, end = day(f"2026-11-{first}"), day(f"2026-12-{first}")
    return {"subscription_id": subscription, "billing_period_start": start, "billing_period_end": end}


@pytest.mark.parametrize(
    ("budgets", "words"),
    [
        ({}, "Workers in budget cycles, 3 Nov to 2 Dec 2026, 28 USD more (+80 %)"),
        ({"wide": WIDE}, "Workers 28 USD more (+27 %)"),
    ],
)
def test_each_of_a_budgets_billing_periods_stands_for_itself(
    world: World, budgets: dict[str, str], words: str
) -> None:
    cycles = '{"limit": "500 USD", "period": "billing_period", "alert_on": []}'
    world.configuration.given_budgets = {"cycles": cycles, **budgets}
    one, other = cycle_of("A", "05"), cycle_of("B", "03")
    world.use(
        *each_day("2026-11-01", "2026-11-21", cost="10", **one),
        *each_day("2026-11-01", "2026-11-14", cost="5", **other),
        *each_day("2026-11-15", "2026-11-21", cost="9", **other),
    )
    assert moved(world) == [words]


def test_nothing_moved_while_there_are_no_two_weeks_to_compare(world: World) -> None:
    world.use(
        *each_day("2026-11-09", "2026-11-14", cost="1"), *each_day("2026-11-15", "2026-11-21", cost="9")
    )
    assert "Week over week" not in digest(world).body


def test_two_weeks_are_enough_to_compare(world: World) -> None:
    world.use(
        *each_day("2026-11-08", "2026-11-14", cost="1"), *each_day("2026-11-15", "2026-11-21", cost="9")
    )
    assert "\nWeek over week: Workers 56 USD more (+800 %)\n" in digest(world).body


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
        broken = replace(charge(cost="1"), billed_cost="sixty")  # type: ignore[arg-type]
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


def test_no_digest_says_that_all_is_well_where_no_check_ran(world: World) -> None:
    world.configuration.given_budgets = {}
    message = digest(world)
    assert message.subject == "Digest 22 Nov: no budget judged, 1 problem"
    assert f"{ACCOUNT_ID}\nno budget watches this account" in message.body


def test_an_account_that_could_not_be_checked_is_named(world: World) -> None:
    nonsense = replace(charge(cost="1"), billed_cost="sixty")  # type: ignore[arg-type]
    world.use(nonsense)
    message = digest(world)
    assert message.subject == "Digest 22 Nov: 1 account not checked, no budget judged"
    assert f"{ACCOUNT_ID}\ncould not be checked in this run" in message.body


def test_an_account_that_cannot_be_read_has_unknown_budgets(world: World) -> None:
    world.usage.rows = {ACCOUNT_ID: UsageUnavailableError("503")}
    message = digest(world)
    assert message.subject == "Digest 22 Nov: 1 budget, 1 unknown, 1 problem"
    assert "(no data yet)" in message.body


def test_each_account_has_a_section_of_its_own(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        name: (QUIET if name == "two" else '{"limit": "25 USD"}').replace(
            "}", f', "account_id": "{account_id}"}}'
        )
        for name, account_id in (("one", ACCOUNT_ID), ("two", OTHER_ACCOUNT_ID))
    }
    world.use(charge(cost="1", billing_account_name="Evil\nProblems"), account_id=OTHER_ACCOUNT_ID)
    message = digest(world)
    assert (
        "\n\nExample account (data through 21 Nov, usage API V2)\none passed 80 %: 21 of 25 USD"
        in message.body
    )
    assert "\n\nAll budgets below 50 %: Evil Problems\n" in message.body
    assert len(message.alert["accounts"]) == 2


def test_a_long_name_of_an_account_leaves_room_for_the_rest(world: World) -> None:
    world.use(charge(cost="1", billing_account_name="a" * 300))
    assert f"\n\n{'a' * 57}... (data through" in digest(world).body


def test_the_link_to_the_charts_stands_in_it(world: World) -> None:
    world.pages = FakeReportStore()
    message = digest(world)
    assert "https://bucket.example.com/report-1.html" in message.body
    assert message.alert["report_url"] == "https://bucket.example.com/report-1.html"


def test_a_store_that_fails_costs_the_link_alone_and_the_run_says_so(world: World) -> None:
    world.pages = FakeReportStore(faults={"publish": StateUnavailableError("bucket: no answer")})
    report = world.run(digest=True)
    assert report.failures == ("bucket: no answer",)
    assert digests(world)[0].alert["report_url"] is None


def test_without_a_store_no_page_is_drawn(world: World) -> None:
    assert digest(world).alert["report_url"] is None


def test_a_dry_run_shows_that_a_digest_would_be_sent_and_stores_no_page(world: World) -> None:
    world.pages = FakeReportStore()
    report = world.run(digest=True, dry_run=True)
    assert [alert.state for alert in report.alerts] == [AlertState.DRY_RUN]
    assert world.pages.pages == []
    assert world.topic.published == []


def test_budgets_of_a_day_and_a_week_are_shown_in_the_newest_period_that_has_usage(world: World) -> None:
    world.now = day("2026-12-14") + timedelta(hours=8)  # a Monday, without usage of its own yet
    world.configuration.given_budgets = {
        "daily": '{"limit": "10 USD", "period": "day", "thresholds": ["80%"]}',
        "weekly": '{"limit": "40 USD", "period": "week", "thresholds": ["100%"]}',
        "month": '{"limit": "200 USD"}',
    }
    world.use(*each_day("2026-11-01", "2026-12-13", cost="5"))
    message = digest(world)
    assert message.subject == "Digest 14 Dec: 3 budgets, all within"
    assert "\ndaily within: 5 of 10 USD (50 %) on 13 Dec" in message.body
    assert "\nweekly within: 35 of 40 USD (87 %) for 7 to 13 Dec 2026" in message.body
    assert [each["observed"]["amount"] for each in standing(message)] == ["35", "5", "65"]


def test_on_the_first_a_month_is_shown_as_it_ended(world: World) -> None:
    world.now = day("2026-12-01") + timedelta(hours=8)
    world.configuration.given_budgets = {"spend": '{"limit": "40 USD", "thresholds": ["100%"]}'}
    world.use(*each_day("2026-11-01", "2026-11-30", cost="1"))
    assert "\nspend within: 30 of 40 USD (75 %) for 1 to 30 Nov 2026" in digest(world).body


def test_two_accounts_of_one_name_are_distinguished(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        name: f'{{"limit": "12 USD", "account_id": "{account_id}"}}'
        for name, account_id in (("one", ACCOUNT_ID), ("two", OTHER_ACCOUNT_ID))
    }
    rows = each_day("2026-11-01", "2026-11-10", cost="1", billing_account_name="Shop")
    world.use(*rows)
    world.use(*rows, account_id=OTHER_ACCOUNT_ID)
    body = digest(world).body
    for account_id in (ACCOUNT_ID, OTHER_ACCOUNT_ID):
        assert f"\nShop ({account_id[:8]}): 10 of 12 USD (83 %) so far" in body
        assert f"\nShop ({account_id[:8]}) (data through" in body
    assert "\n2 accounts: 20 of 24 USD so far\n" in body


@pytest.mark.parametrize(
    ("now", "mine", "theirs", "lines"),
    [
        (
            "2026-11-22",
            ["day", "week"],
            ["month"],
            ["Mine: 6 of 900 USD (0.6 %) so far", "Shop: 21 of 900 USD (2.3 %) so far"],
        ),
        ("2026-11-22", ["day"], ["day"], ["2 accounts: 2 of 1,800 USD on 21 Nov"]),
        (
            "2026-12-01",
            ["month"],
            ["month"],
            ["2 accounts: 60 of 1,800 USD for 1 to 30 Nov 2026", "Mine: 30 of 900 USD (3.3 %) for 1 to"],
        ),
    ],
)
def test_an_amount_of_accounts_is_of_one_period_and_names_it(
    world: World, now: str, mine: list[str], theirs: list[str], lines: list[str]
) -> None:
    world.now = day(now) + timedelta(hours=8)
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        f"{period}-{account_id}-{count}": json.dumps(
            {"limit": "900 USD", "account_id": account_id, "period": period, "alert_on": []}
        )
        for account_id, periods in ((ACCOUNT_ID, mine), (OTHER_ACCOUNT_ID, theirs))
        for count, period in enumerate(periods)
    }
    for account_id, name in ((ACCOUNT_ID, "Mine"), (OTHER_ACCOUNT_ID, "Shop")):
        rows = each_day("2026-11-01", "2026-11-30", cost="1", billing_account_name=name)
        until = world.now - timedelta(hours=8)
        world.use(*(row for row in rows if row.charge_period_end <= until), account_id=account_id)
    body = digest(world).body
    for line in lines:
        assert f"\n{line}" in body
    assert ("2 accounts" in body) == (len({*mine, *theirs}) == 1)


def test_only_budgets_that_need_a_look_are_listed_and_the_others_counted(world: World) -> None:
    limits = {"full": 30, "half": 42, "below": 43, "far": 5000}
    world.configuration.given_budgets = {
        name: f'{{"limit": "{limit} USD", "thresholds": ["100%"], "alert_on": []}}'
        for name, limit in limits.items()
    }
    body = digest(world).body
    assert "\nfull within: 21 of 30 USD (70 %)" in body
    assert "\nhalf within: 21 of 42 USD (50 %)" in body
    assert "\n2 others below 50 %\n" in body


def test_an_allowance_budget_is_one_line_of_its_fullest_metric(world: World) -> None:
    world.prices = prices(price(included="50", metric="kv_reads"), price(included="10", metric="kv_writes"))
    world.configuration.given_budgets = {"free": '{"limit": "100% of allowance"}'}
    world.use(charge(quantity="60", metric="kv_reads"), charge(quantity="532", metric="kv_writes"))
    body = digest(world).body
    assert "\nfree over limit, worst: kv_writes, 532 of 10 Requests included (5,320 %)" in body
    assert body.count("free over limit") == 1
