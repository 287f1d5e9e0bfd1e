"""Roles grant nothing that functions do not use, by their calls on the local AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.local.conftest import NOW
from tests.local.grants import grants

if TYPE_CHECKING:
    from tests.local.conftest import Deployment
    from tests.local.grants import Grant

_FAILED = "Lambda sends a run that failed three times to this queue"
# The grants that no call here uses, each with the reason why the role needs it.
REASONS: dict[str, dict[Grant, str]] = {
    "CheckBudgetsRole": {
        ("sqs:SendMessage", "FailedRunsQueue"): _FAILED,
        (
            "ssm:GetParameter",
            "parameter/cloudflare-budgets/accounts/*",
        ): "tokens are read one by one if KMS refuses one of those that were read together",
        (
            "ssm:GetParameter",
            "parameter/cloudflare-budgets/tokens/*",
        ): "tokens are read one by one if KMS refuses one of those that were read together",
    },
    "PostToSlackRole": {},
    "PostToChatRole": {
        (
            "sqs:SendMessage",
            "UndeliveredChatQueue",
        ): "Lambda sends an alert that was not posted to it",
    },
    "PostToChannelsRole": {},
}


@pytest.mark.parametrize("role", REASONS)
@pytest.mark.usefixtures("live")
def test_what_a_role_grants_is_used_or_has_a_reason(deployment: Deployment, role: str) -> None:
    # On this day a budget is over, so the digest looks for acknowledgements.
    deployment.watcher.check("digest", dry_run=True, as_of=f"{NOW:%Y-%m-%dT%H:%M:%SZ}")

    found, without_use = grants(deployment.aws, deployment.stack, role)
    assert without_use <= REASONS[role].keys() <= found
