"""Every budget in the documentation matches usage as Cloudflare's two APIs return it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.alerts.decision import decide
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.usage import arrange
from cloudflare_budgets.ports import UsageQuery
from local.cloudflare.accounts.examples import RATED
from local.cloudflare.accounts.self_serve import SELF_SERVE
from tests.support.builders import budget, known

if TYPE_CHECKING:
    from cloudflare_budgets.domain.alerts.decision import Decision
    from cloudflare_budgets.ports import UsageSource
    from local.cloudflare.accounts.account import Account as LocalAccount
    from local.cloudflare.server import LocalCloudflare

_ROOT = Path(__file__).parents[2]


def _documents(text: str) -> list[str]:
    return re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


_PAGE = (_ROOT / "docs/budgets.md").read_text()
BUDGETS = [text for text in _documents(_PAGE) if "limit" in json.loads(text)]
_AS_OF = datetime(2026, 11, 22, 10, tzinfo=UTC)
_SINCE_OCTOBER = Period(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
# The amount of each budget with the usage of the local accounts, in the order of the page.
_BY_VERSION_2 = [
    "326313 Operations",
    "55.8613174 USD",
    (
        "13988062 Requests, 99736734 Milliseconds, 1266 Minutes, 17158171 Operations, 47.051162 GB-Months, "
        "822148521 Rows, 26211 Neurons"
    ),
    "0.15 USD",
    "8022578 Requests",
    "55.8613174 USD",
    "55.8613174 USD",
]
_BY_VERSION_1 = [
    "374609 Operations",
    "61.0402498228 USD",
    (
        "10703246 Requests, 79590270 Milliseconds, 983 Minutes, 13596572 Operations, 37.468826 GB-months, "
        "635498350 Rows, 25291 Neurons"
    ),
    "0 USD",
    "6164016 Requests",
    "61.0402498228 USD",
    "41.56892665 USD",
]


@pytest.mark.parametrize(("text", "amounts"), list(zip(BUDGETS, _BY_VERSION_2, strict=True)))
def test_a_documented_budget_matches_the_usage_of_version_2(
    cloudflare: LocalCloudflare, text: str, amounts: str
) -> None:
    decision = _decided(CloudflareUsageV2(CloudflareApi(cloudflare.url)), RATED, text)
    assert _observed(decision) == amounts


@pytest.mark.parametrize(("text", "amounts"), list(zip(BUDGETS, _BY_VERSION_1, strict=True)))
def test_a_documented_budget_matches_the_usage_of_version_1(
    cloudflare: LocalCloudflare, text: str, amounts: str
) -> None:
    with_its_zone = text.replace('"example.com"', '"example.org"')
    decision = _decided(CloudflareUsageV1(CloudflareApi(cloudflare.url)), SELF_SERVE, with_its_zone)
    assert _observed(decision) == amounts


@pytest.mark.parametrize("page", ["README.md", *sorted(path.name for path in (_ROOT / "docs").glob("*.md"))])
def test_a_budget_on_another_page_is_one_of_these(page: str) -> None:
    text = (_ROOT / ("" if page == "README.md" else "docs") / page).read_text()
    shown = [document for document in _documents(text) if "limit" in json.loads(document)]
    assert set(shown) <= set(BUDGETS)


def _decided(source: UsageSource, local: LocalAccount, text: str) -> Decision:
    account = Account(local.id, ApiToken(Secret(local.credentials.token)))
    found = arrange(local.id, source.read(account, UsageQuery(_SINCE_OCTOBER, needs_cost=True)))
    return decide([budget(text)], known(found, _AS_OF, prices=shipped_prices()))


def _observed(decision: Decision) -> str:
    """Add up what all lines of a budget observed, unit by unit; nothing may keep it from being judged."""
    # Cloudflare names no allowance for a few metrics; they are reported and do not affect the others.
    assert {problem.kind for problem in decision.problems} <= {"no_allowance"}
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for evaluation in decision.evaluations:
        if evaluation.observed:
            found[evaluation.observed.unit] += evaluation.observed.number
    return ", ".join(f"{plain(number)} {unit}" for unit, number in found.items())
