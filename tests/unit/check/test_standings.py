from datetime import timedelta

from cloudflare_budgets.errors import StateUnavailableError, UsageUnavailableError
from cloudflare_budgets.messages.reply import reply
from tests.support.builders import ACCOUNT_ID, AS_OF, OTHER_ACCOUNT_ID, charge
from tests.support.world import EXAMPLE, OTHER, SPEND, WATCHED, World


def watched() -> World:
    world = World()
    world.run_store.state = WATCHED
    world.use(charge("2026-11-20", cost="30"), charge("2026-11-21", cost="15"))
    return world


def test_a_check_saves_where_each_account_stands() -> None:
    world = watched()
    report = world.run()

    standing = world.standings.found[ACCOUNT_ID]
    [account] = reply(report)["accounts"]
    assert {key: standing[key] for key in account} == account
    assert standing["as_of"] == "2026-11-22T10:00:00Z"
    assert standing["failures"] == []


def test_a_standing_has_the_cost_of_the_whole_account() -> None:
    world = watched()
    world.configuration.given_budgets = {
        "spend": SPEND,
        "day": '{"limit": "40 USD", "period": "day"}',
        "workers": '{"limit": "1 USD", "scope": {"product_family": ["Workers"]}}',
    }
    world.run()

    total = world.standings.found[ACCOUNT_ID]["total"]
    assert (total["name"], total["observed"], total["limit"]) == ("spend", "45 USD", "50 USD")
    assert total["period_kind"] == "month"


def test_a_standing_without_a_budget_of_the_whole_cost_has_no_total() -> None:
    world = watched()
    world.configuration.given_budgets = {"workers": '{"limit": "1 USD", "scope": {"product_family": ["W*"]}}'}
    world.run()
    assert world.standings.found[ACCOUNT_ID]["total"] is None


def test_the_standing_of_the_run_has_what_belongs_to_no_account() -> None:
    world = watched()
    world.configuration.given_prices = "{"
    world.run()

    standing = world.standings.found[None]
    assert [problem["kind"] for problem in standing["problems"]] == ["invalid_price"]
    assert standing["account_id"] is None


def test_unknown_budgets_come_first_and_then_the_fullest() -> None:
    world = watched()
    world.configuration.given_budgets = {
        "a": '{"limit": "500 USD"}',
        "b": '{"limit": "50 USD"}',
        "c": '{"limit": "5 parsecs", "scope": {"metric_id": ["none"]}}',
    }
    world.run()
    budgets = world.standings.found[ACCOUNT_ID]["budgets"]
    assert list(dict.fromkeys(budget["name"] for budget in budgets)) == ["c", "b", "a"]


def test_an_account_whose_usage_cannot_be_read_stands_as_unknown_with_the_failure() -> None:
    world = watched()
    world.usage.rows = {ACCOUNT_ID: UsageUnavailableError("Cloudflare answers with status 503")}
    world.run()

    standing = world.standings.found[ACCOUNT_ID]
    assert {budget["level"] for budget in standing["budgets"]} == {"unknown"}
    assert "status 503" in standing["failures"][0]


def test_an_account_for_which_no_time_was_left_retains_its_earlier_standing() -> None:
    world = watched()
    world.run()
    earlier = dict(world.standings.found)
    world.time_left = timedelta(seconds=20)
    world.now += timedelta(hours=1)
    world.run()
    assert world.standings.found[ACCOUNT_ID] == earlier[ACCOUNT_ID]
    assert world.standings.found[None]["failures"] != []


def test_neither_a_dry_run_nor_a_replay_saves_a_standing() -> None:
    world = watched()
    world.run(dry_run=True)
    world.run(as_of=AS_OF - timedelta(days=3))
    assert world.standings.found == {}


def test_a_run_for_one_account_leaves_the_standing_of_the_run() -> None:
    world = watched()
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        "a": f'{{"limit": "50 USD", "account_id": "{ACCOUNT_ID}"}}',
        "b": f'{{"limit": "50 USD", "account_id": "{OTHER_ACCOUNT_ID}"}}',
    }
    world.run(account_id=ACCOUNT_ID)
    assert set(world.standings.found) == {ACCOUNT_ID}


def test_a_standing_that_cannot_be_saved_fails_the_run_after_its_alerts_were_sent() -> None:
    world = watched()
    world.standings.faults["save_standing"] = StateUnavailableError("alert table alerts: Throttling")
    report = world.run()

    assert len(world.topic.published) == 1
    assert f"standing of {ACCOUNT_ID}: alert table alerts: Throttling" in report.failures
    assert not report.is_complete
