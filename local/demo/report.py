"""The report of two local accounts as a page to look at: `python -m local.picture [file]`.

Needs the package on the path: `PYTHONPATH=layers/cloudflare_budgets`.
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.auto import AutoUsageSource
from cloudflare_budgets.adapters.cloudflare.v1 import CloudflareUsageV1
from cloudflare_budgets.adapters.cloudflare.v2 import CloudflareUsageV2
from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.check.collect import CollectedAccount, Collector
from cloudflare_budgets.domain.alerts.problem import problems_of
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.budgets.document import parse_budget
from cloudflare_budgets.domain.evaluation.context import evaluation_context
from cloudflare_budgets.domain.evaluation.evaluation import evaluate
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.domain.run.state import AccountState
from cloudflare_budgets.domain.usage.history import DayRecord
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.messages.report.page import page
from local.cloudflare.accounts.examples import ORDINARY_ID, SELF_SERVE_RUNAWAY_ID
from local.cloudflare.server import LocalCloudflare

FILE = Path(__file__).resolve().parents[1] / ".local" / "report.html"

_FORECAST = '"thresholds": ["50%", "80%", "100%", "100% forecast"]'
_BUDGETS = {
    SELF_SERVE_RUNAWAY_ID: {
        "spend": f'{{"limit": "400 USD", "description": "all usage-based spend of the month", {_FORECAST}}}',
        "allowance": '{"limit": "100% of allowance", "scope": {"product_family": ["R2*"]}}',
        "storage": '{"limit": "1000 USD", "scope": {"product_family": ["R2*", "*KV*"]}}',
    },
    ORDINARY_ID: {
        "shop": f'{{"limit": "100 USD", "description": "the whole shop", {_FORECAST}}}',
        "requests": '{"limit": "20000000 Requests", "scope": {"metric_id": ["workers_standard_requests"]}}',
        "misspelled": '{"limit": "1000 Reqests", "scope": {"product_family": ["Workers"]}}',
    },
}


def main(arguments: Sequence[str]) -> int:
    """Write the page into a file, and say which."""
    file = Path(arguments[0]) if arguments else FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page(local_report(datetime.now(UTC))), encoding="utf-8")
    print(file)
    return 0


def local_report(as_of: datetime) -> Report:
    """Judge budgets of an ordinary local account, and of one with a program in a loop; tell nobody."""
    with LocalCloudflare(now=as_of) as cloudflare:
        tokens = {one.id: one.credentials.token for one in cloudflare.accounts}
        watched = [
            (Account(account_id, ApiToken(Secret(tokens[account_id]))), list(_budgets(account_id)))
            for account_id in _BUDGETS
        ]
        api = CloudflareApi(cloudflare.url)
        usage = AutoUsageSource(CloudflareUsageV2(api), CloudflareUsageV1(api))
        collector = Collector(usage, _FirstRun(), lambda: timedelta(minutes=5), as_of)
        return Report(as_of, tuple(_judged(collected, as_of) for collected in collector.collect(watched)))


def _budgets(account_id: str) -> Iterable[Budget]:
    for name, text in _BUDGETS[account_id].items():
        budget = parse_budget(name, text)
        assert isinstance(budget, Budget), str(budget)  # noqa: S101 - they stand above
        yield budget


def _judged(collected: CollectedAccount, as_of: datetime) -> AccountReport:
    usage, account_id = collected.usage, collected.account.account_id
    if not isinstance(usage, Usage):
        return AccountReport(account_id, failures=(str(usage),))
    since, prices = collected.past.since, shipped_prices()
    known = evaluation_context(usage, as_of, history=collected.history, history_since=since, prices=prices)
    found = tuple(evaluate(collected.budgets, known))
    return AccountReport(
        account_id,
        usage.source,
        usage.data_through,
        found,
        problems=tuple(problems_of(found, account_id, as_of)),
        account_name=usage.account_name,
    )


class _FirstRun:
    """What a first run knows of an account: nothing."""

    def load_state(self, account_id: str) -> AccountState:  # noqa: ARG002 - of none
        return AccountState()

    def save_state(self, account_id: str, notes: AccountState) -> None:
        """Forget it."""

    def load_days(self, account_id: str, period: Period) -> Sequence[DayRecord]:  # noqa: ARG002 - of none
        return ()

    def save_days(self, account_id: str, records: Sequence[DayRecord]) -> None:
        """Forget them."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
