"""The deployed function estimates costs, and forecasts them, if Cloudflare reports none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.cloudflare.accounts.examples import WITHIN_ALLOWANCE
from tests.local.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.local.conftest import Deployment

AS_OF = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def forecast_crossed(deployment: Deployment) -> Iterator[Callable[[], Mapping[str, Any]]]:
    """Checks a second account, which leaves again, and gives where its only budget stands."""
    account, watcher = WITHIN_ALLOWANCE, deployment.watcher
    budget = {"limit": "4 USD", "account_id": account.id, "thresholds": ["100%", "100% forecast"]}
    watcher.store(f"accounts/{account.id}/api-token", account.credentials.token, secret=True)
    watcher.store("budgets/foreseen", json.dumps(budget))

    def check() -> Mapping[str, Any]:
        reply = watcher.check(as_of=AS_OF, account_id=account.id)
        [found] = [each for each in reply["accounts"][0]["budgets"] if each["name"] == "foreseen"]
        return dict(found)

    yield check
    stored = (f"accounts/{account.id}/api-token", "budgets/foreseen", "prices")
    ssm = boto3.client("ssm", **deployment.aws.connection)
    ssm.delete_parameters(Names=[f"/cloudflare-budgets/{name}" for name in stored])


def test_own_prices_change_an_estimate(
    deployment: Deployment, forecast_crossed: Callable[[], Mapping[str, Any]]
) -> None:
    deployment.watcher.mailbox.read()
    listed = forecast_crossed()
    [alert] = [
        one.alert
        for one in deployment.watcher.mailbox.read()
        if one.attributes["type"] == "threshold_crossed"
    ]
    deployment.watcher.store("prices", '{"r2_storage_class_a_operations": {"included": "0"}}')
    own = forecast_crossed()

    assert (listed["status"], listed["observed"], listed["cost_basis"]) == ("ok", "0 USD", "estimated")
    assert alert["threshold"]["basis"] == "forecast"
    assert (own["status"], own["observed"]) == ("breached", "4.5 USD")
