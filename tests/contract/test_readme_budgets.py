"""Every budget that the README shows fits usage as Cloudflare's two APIs give it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.cloudflare_api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare_usage_v1 import CloudflareUsageV1
from cloudflare_budgets.adapters.cloudflare_usage_v2 import CloudflareUsageV2
from cloudflare_budgets.adapters.shipped_prices import shipped_prices
from cloudflare_budgets.domain.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.decision import decide
from cloudflare_budgets.domain.period import Period
from cloudflare_budgets.domain.usage import arrange
from cloudflare_budgets.ports import Question
from local.cloudflare.accounts import RATED, SELF_SERVE
from tests.builders import PREFIX, budget, known

if TYPE_CHECKING:
    from cloudflare_budgets.domain.decision import Decision
    from cloudflare_budgets.ports import UsageSource
    from local.cloudflare.accounts import Account as LocalAccount
    from local.cloudflare.server import LocalCloudflare

_README = (Path(__file__).parents[2] / "README.md").read_text()
_DOCUMENTS = re.findall(r"^```json\n(.*?)^```$", _README, re.MULTILINE | re.DOTALL)
BUDGETS = [text for text in _DOCUMENTS if "limit" in json.loads(text)]
_AS_OF = datetime(2026, 11, 22, 10, tzinfo=UTC)
_SINCE_OCTOBER = Period(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize("text", BUDGETS)
def test_a_budget_shown_fits_the_usage_of_version_2(cloudflare: LocalCloudflare, text: str) -> None:
    _fits(_decided(CloudflareUsageV2(CloudflareApi(cloudflare.url)), RATED, text))


@pytest.mark.parametrize("text", BUDGETS)
def test_a_budget_shown_fits_the_usage_of_version_1_with_its_unit(
    cloudflare: LocalCloudflare, text: str
) -> None:
    as_told = text.replace("Operations", "Count").replace("example.com", "example.org")  # its own zone
    _fits(_decided(CloudflareUsageV1(CloudflareApi(cloudflare.url)), SELF_SERVE, as_told))


def _decided(source: UsageSource, local: LocalAccount, text: str) -> Decision:
    account = Account(local.id, ApiToken(Secret(local.credentials.token)))
    found = arrange(local.id, source.read(account, Question(_SINCE_OCTOBER, needs_cost=True)))
    return decide([budget(text)], known(found, _AS_OF, prices=shipped_prices()), PREFIX)


def _fits(decision: Decision) -> None:
    # Cloudflare names no allowance for a few metrics, which is told, and bars none of the others.
    assert {problem.kind for problem in decision.problems} <= {"no_allowance"}
    assert any(each.observed is not None for each in decision.evaluations)
