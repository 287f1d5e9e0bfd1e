"""The audit of many accounts, and the digest that it builds."""

from __future__ import annotations

from tests.model.fleet import ids
from tests.support.world import FakePing, FakeReportStore
from tests.unit.many_accounts.agencies import HOUR, SPEND, fleet_of, pass_hour


def test_an_audit_is_complete_only_if_every_account_was_checked_in_time() -> None:
    fleet = fleet_of(3)
    fleet.world.ping = FakePing()
    assert fleet.audit().failures == tuple(f"account {one}: it was not checked yet" for one in ids(3))

    pass_hour(fleet)
    assert fleet.audit().is_complete
    assert fleet.world.ping.count == 1

    fleet.world.now += 2 * HOUR
    [failure, *_] = fleet.audit().failures
    assert "it was last checked at 2026-11-22T10:00" in failure


def test_an_audit_reports_what_belongs_to_no_account() -> None:
    fleet = fleet_of(2, budgets={"spend": SPEND, "wrong": '{"limit": "?"}'})
    pass_hour(fleet)

    report = fleet.audit()
    fleet.send()

    assert [problem.kind for problem in report.problems] == ["invalid_budget"]
    assert [each.attributes["type"] for each in fleet.world.topic.published].count("problem") == 1


def test_the_digest_lists_every_budget_by_its_stored_standing() -> None:
    fleet = fleet_of(3)
    fleet.world.pages = FakeReportStore()
    pass_hour(fleet)

    report = fleet.audit(digest=True)
    fleet.send()

    [digest] = [each for each in fleet.world.topic.published if each.attributes["type"] == "digest"]
    assert digest.subject == "Digest 22 Nov: 3 budgets, 3 over limit"
    assert "60 of 50 USD (120 %)" in digest.body
    [page] = fleet.world.pages.pages
    assert page.count("60 of 50 USD") >= 3
    [evaluation] = report.accounts[0].evaluations
    assert (evaluation.level.value, str(evaluation.observed)) == ("over_limit", "60 USD")


def test_a_budget_whose_limit_was_changed_is_not_listed_by_its_old_standing() -> None:
    fleet = fleet_of(1)
    pass_hour(fleet)
    fleet.world.configuration.given_budgets = {"spend": '{"limit": "500 USD"}'}

    assert fleet.audit().accounts[0].evaluations == ()


def test_an_audit_logs_no_account_and_keeps_the_failures() -> None:
    report = fleet_of(2).audit()

    assert report.without_accounts.accounts == ()
    assert report.without_accounts.failures == report.failures != ()
