"""Requests for costs that were refused in two runs in a row are not repeated for a day."""

from datetime import timedelta

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.auto import AutoUsageSource
from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.errors import AccessDeniedError
from tests.support.canned_api import Answer, Asked, CannedApi, body
from tests.support.world import World

HOUR = timedelta(hours=1)
REFUSED = AccessDeniedError("Cloudflare answers 403")
ROW = {
    "ChargePeriodStart": "2026-11-21T00:00:00Z",
    "ChargePeriodEnd": "2026-11-22T00:00:00Z",
    "ConsumedQuantity": 1,
    "ConsumedUnit": "Requests",
    "x_BillableMetricId": "workers_standard_requests",
}
COSTS = {"BilledCost": 1, "BillingCurrency": "USD"}


class Stage:
    """An account with one budget of costs, both versions, and the requests of each run."""

    def __init__(self) -> None:
        self.costs_are_refused = True
        self.api = CannedApi(self.answer)
        self.world = World()
        self.world.usage = AutoUsageSource(  # type: ignore[assignment]
            CloudflareUsageV2(self.api), CloudflareUsageV1(self.api)
        )

    def answer(self, asked: Asked) -> Answer:
        if asked.path.endswith("/billable/usage"):
            if asked.document is None:
                return body([ROW])
            return REFUSED if self.costs_are_refused else body([ROW | COSTS])
        return REFUSED

    def run(self, after: timedelta = HOUR) -> list[str]:
        """Check, and name the requests for the period of the budgets."""
        self.api.asked.clear()
        self.world.now += after
        self.world.run()
        names = ["POST" if asked.document else asked.path.rpartition("/")[2] for asked in self.api.asked]
        return [name for name in names if name != "usage"]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_refusals_in_two_runs_in_a_row_are_remembered_for_a_day(stage: Stage) -> None:
    assert stage.run() == stage.run() == ["POST", "info"]
    for _ in range(23):
        assert stage.run() == []
    assert stage.run() == ["POST", "info"]
    assert stage.run() == []


def test_one_refusal_alone_is_not_remembered(stage: Stage) -> None:
    for _ in range(3):
        stage.costs_are_refused = True
        assert stage.run() == ["POST", "info"]
        stage.costs_are_refused = False
        assert stage.run() == ["POST"]


def test_costs_that_are_served_again_are_noticed_after_a_day(stage: Stage) -> None:
    stage.run()
    stage.run()
    stage.costs_are_refused = False
    assert stage.run() == []
    assert stage.run(25 * HOUR) == ["POST"]
    assert stage.run() == ["POST"]
