"""Accounts in the digest, and the link to its page."""

import json
from datetime import timedelta

import pytest

from cloudflare_budgets.domain.run.result import AlertState
from cloudflare_budgets.errors import StateUnavailableError, UsageUnavailableError
from tests.support.builders import (
    ACCOUNT_ID,
    OTHER_ACCOUNT_ID,
    charge,
    day,
    each_day,
    price,
    prices,
)
from tests.support.world import EXAMPLE, OTHER, FakeReportStore, World
from tests.unit.messages.alerts.digest.digests import QUIET, digest, digests, standing


def test_no_digest_says_that_all_is_well_where_no_check_ran(world: World) -> None:
    world.configuration.given_budgets = {}
    message = digest(world)
    assert message.subject == "Digest 22 Nov: no budget judged, 1 problem"
    assert f"{ACCOUNT_ID}\nno budget watches this account" in message.body


def test_an_account_that_could_not_be_checked_is_named(world: World) -> None:
    nonsense = charge(cost="1")._replace(billed_cost="sixty")  # type: ignore[arg-type]
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
