"""A refusal of the version that served an account before is not a reason to change versions at once."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.auto import AutoUsageSource
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import AccessDeniedError, AccountUnknownError, NonRetryableError
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import ACCOUNT_ID, charge
from tests.support.fakes import FakeConfiguration
from tests.support.world import EXAMPLE, World

REFUSED = AccessDeniedError("Cloudflare answers 403")
HOUR = timedelta(hours=1)
REQUESTS = '{"limit": "10 Requests"}'


@dataclass
class Source:
    """Gives a reading, or refuses."""

    name: str
    unit: str
    refusal: NonRetryableError | None = None
    asked: list[UsageQuery] = field(default_factory=list)

    def read(self, account: Account, query: UsageQuery) -> Reading:  # noqa: ARG002
        self.asked.append(query)
        if self.refusal is not None:
            raise self.refusal
        return Reading(self.name, [charge(quantity="4", consumed_unit=self.unit)])


@dataclass
class Stage:
    """A world with both versions, which name the unit of a metric differently."""

    v2: Source = field(default_factory=lambda: Source("v2", "Requests"))
    v1: Source = field(default_factory=lambda: Source("v1", "Count"))
    world: World = field(
        default_factory=lambda: World(configuration=FakeConfiguration([EXAMPLE], {"a": REQUESTS}))
    )

    def run(self, after: timedelta = timedelta(0)) -> Report:
        """Check after a while."""
        self.world.now += after
        self.world.usage = AutoUsageSource(self.v2, self.v1)  # type: ignore[assignment]
        return self.world.run()


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    assert stage.run().failures == ()
    return stage


@pytest.mark.parametrize("refusal", [REFUSED, AccountUnknownError("Cloudflare answers 404")])
def test_a_refusal_of_the_version_that_served_before_is_named_and_fails_the_run(
    stage: Stage, refusal: NonRetryableError
) -> None:
    stage.v2.refusal = refusal
    report = stage.run(HOUR)
    (failure,) = report.failures
    assert failure == (
        f"account {ACCOUNT_ID}: Version 2 of the usage API refuses this account, which it served before "
        f"({refusal}); Version 1 replaces it after a day of refusals"
    )
    (evaluation,) = report.accounts[0].evaluations
    assert "Version 2 of the usage API refuses this account" in str(evaluation.reason)
    assert stage.world.subjects == []


def test_after_a_transient_refusal_the_version_serves_again(stage: Stage) -> None:
    stage.v2.refusal = REFUSED
    assert stage.run(HOUR).failures
    stage.v2.refusal = None
    report = stage.run(HOUR)
    assert (report.failures, report.accounts[0].source) == ((), "v2")


def test_after_a_day_of_refusals_the_other_version_replaces_it(stage: Stage) -> None:
    stage.v2.refusal = REFUSED
    for _ in range(24):
        assert stage.run(HOUR).failures
    report = stage.run(HOUR)
    assert (report.failures, report.accounts[0].source) == ((), "v1")


def test_the_day_begins_anew_after_each_success(stage: Stage) -> None:
    for _ in range(3):
        stage.v2.refusal = REFUSED
        assert stage.run(10 * HOUR).failures
        stage.v2.refusal = None
        assert stage.run(10 * HOUR).failures == ()


def test_where_both_versions_refuse_the_credential_is_at_fault_at_once(stage: Stage) -> None:
    stage.v2.refusal = stage.v1.refusal = REFUSED
    report = stage.run(HOUR)
    assert [problem.kind for problem in report.accounts[0].problems] == ["access_denied"]


def test_an_account_that_the_version_never_served_changes_versions_at_once() -> None:
    stage = Stage(v2=Source("v2", "Requests", REFUSED))
    report = stage.run()
    assert (report.failures, report.accounts[0].source) == ((), "v1")


def test_a_replay_saves_nothing_about_a_refusal(stage: Stage) -> None:
    before = stage.world.accounts.states[ACCOUNT_ID]
    stage.v2.refusal = REFUSED
    stage.world.usage = AutoUsageSource(stage.v2, stage.v1)  # type: ignore[assignment]
    assert stage.world.run(dry_run=True).failures
    assert stage.world.accounts.states[ACCOUNT_ID] == before
