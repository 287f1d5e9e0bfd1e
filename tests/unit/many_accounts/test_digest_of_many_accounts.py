"""The digest of many accounts says the same as that of a single function."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.adapters.state_codec import dump_standing, load_standing
from cloudflare_budgets.domain.evaluation.provisional import Provisional
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.usage.fresh_scale import FreshQuality
from cloudflare_budgets.many_accounts.details import detailed_standing
from cloudflare_budgets.many_accounts.standings import restored, restored_quality
from tests.model.fleet import ids
from tests.support.builders import AS_OF, each_day
from tests.unit.many_accounts.agencies import HOUR, fleet_of, pass_hour

if TYPE_CHECKING:
    from tests.model.fleet import Fleet

BUDGETS = {
    "spend": '{"limit": "5000 USD", "account_id": "*", "thresholds": ["80%", "100% forecast"]}',
    "requests": '{"limit": "60000 Requests", "account_id": "*", "scope": {"metric_id": ["workers_*"]}}',
    "included": '{"limit": "80% of allowance", "account_id": "*"}',
    "day": '{"limit": "100 USD", "account_id": "*", "period": "day"}',
}


def _fleet(budgets: dict[str, str] | None = None) -> Fleet:
    """Return two accounts with a trend, one of which grows."""
    fleet = fleet_of(2, budgets=budgets or BUDGETS)
    fleet.world.prices = shipped_prices()
    for number, one in enumerate(ids(2)):
        fleet.world.usage.rows = {
            **fleet.world.usage.rows,
            one: [
                *each_day("2026-11-01", "2026-11-13", "1000", "10", billing_account_id=one),
                *each_day("2026-11-14", "2026-11-21", f"{2000 + number}000", "90", billing_account_id=one),
            ],
        }
    return fleet


def _digest(fleet: Fleet) -> tuple[str, str, dict[str, object]]:
    [digest] = [each for each in fleet.world.topic.published if each.attributes["type"] == "digest"]
    found = dict(digest.alert)
    for key in ("checks", "since", "until", "alerts"):
        found.pop(key)
    body = "\n".join(line for line in digest.body.splitlines() if not line.startswith("Checked "))
    return digest.subject, body, found


def _from_standings(fleet: Fleet) -> tuple[str, str, dict[str, object]]:
    pass_hour(fleet)
    for standing in fleet.world.standings.standings():
        assert load_standing(dump_standing(standing)) == {"format": 1, **json.loads(json.dumps(standing))}
    fleet.audit(digest=True)
    fleet.send()
    return _digest(fleet)


def test_the_digest_from_standings_has_forecasts_changes_and_allowances() -> None:
    subject, body, document = _from_standings(_fleet())
    single = _fleet()
    single.world.now = AS_OF + HOUR
    single.world.run(digest=True)

    assert _digest(single) == (subject, body, document)
    assert "forecast" in body
    assert "Week over week: " in body
    assert "worst: " in body


def test_a_standing_without_details_is_still_listed() -> None:
    fleet = _fleet()
    pass_hour(fleet)
    for standing in fleet.world.standings.standings():
        for budget in standing["budgets"] if standing["account_id"] else ():
            budget.pop("details")

    report = fleet.audit()

    assert {each.budget.name for account in report.accounts for each in account.evaluations} == {
        "spend",
        "requests",
        "day",
    }  # an allowance needs its exact limit


def test_details_are_written_for_forty_budgets_of_an_account() -> None:
    fleet = _fleet({f"spend-{number:02}": BUDGETS["spend"] for number in range(45)})
    pass_hour(fleet)

    [standing, *_] = [each for each in fleet.world.standings.standings() if each["account_id"]]

    assert sum("details" in budget for budget in standing["budgets"]) == 40


def test_fresh_usage_and_its_quality_are_restored_exactly() -> None:
    [account, _] = _fleet().world.run().accounts
    [spend] = [each for each in account.evaluations if each.budget.name == "spend"]
    fresh = Provisional(
        Amount(Decimal("4100.5"), "USD"),
        Amount(Decimal("4000.25"), "USD"),
        AS_OF,
        spend.budget.thresholds[:1],
        ("kv",),
    )
    quality = FreshQuality("the token needs a permission", Decimal("0.98"), Decimal("1.01"), 7)
    told = replace(account, evaluations=(replace(spend, provisional=fresh),), fresh_quality=quality)

    standing = load_standing(dump_standing(detailed_standing(told, AS_OF)))

    [found] = restored(standing, [spend.budget])
    assert (found.provisional, found.level) == (fresh, told.evaluations[0].level)
    assert found.forecast == spend.forecast
    assert restored_quality(standing) == quality
