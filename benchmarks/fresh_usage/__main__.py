"""`python -m benchmarks.fresh_usage`: a steady check that also reads analytics, beside one that does not.

Both use the real adapters for Cloudflare, over HTTP to a local Cloudflare in another process, and a database
in memory instead of AWS. They take turns, so that noise affects both.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from statistics import median

from cloudflare_budgets.adapters.cloudflare.analytics.source import thread_local_source
from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.check.run import check
from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets_cli.checking.configuration import FileConfiguration
from cloudflare_budgets_cli.checking.wiring import dependencies
from cloudflare_budgets_cli.sqlite.database import IN_MEMORY, SqliteDatabase
from local.aws.stack import ROOT
from local.cloudflare.accounts.examples import crowded

_AS_OF = datetime.now(UTC).replace(day=22, hour=10, minute=0, second=0, microsecond=0)
_BUDGETS = {
    "spend": '{"limit": "900000000 USD"}',
    "workers": '{"limit": "900000000 USD", "scope": {"product_family": ["Workers*"]}}',
    "day": '{"limit": "900000000 USD", "period": "day", "thresholds": ["100%"]}',
    "included": '{"limit": "90000% of allowance"}',
}
_ROWS = 2_000  # a month
_TURNS = 10


class _Nobody:
    """An alert topic whose only subscriber ignores everything."""

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        """Return a message id."""
        return f"{alert.key.alert_id}-{attempt}"

    def subscribers(self) -> None:
        """Return that the subscriptions are unknown."""


def main() -> None:
    """Print wall-clock and CPU time of both."""
    with _cloudflare() as url:
        plain, fresh = _measured(url)
    more = f"{fresh[0] - plain[0]:,.0f} / {fresh[1] - plain[1]:,.0f} ms"
    print(f"{'':<24}{'without':>20}{'with analytics':>20}{'more':>16}")
    line = "".join(f"{f'{wall:,.0f} / {cpu:,.0f} ms':>20}" for wall, cpu in (plain, fresh))
    print(f"{f'{_ROWS:,} rows, wall / CPU':<24}{line}{more:>16}", flush=True)


def _measured(url: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the median milliseconds of a check without and with analytics: wall-clock and CPU time."""
    local = crowded(_ROWS)
    account = Account(local.id, ApiToken(Secret(local.credentials.token)))
    configuration = FileConfiguration([account], _BUDGETS, None)
    usage, topic = CloudflareUsageV2(CloudflareApi(url)), _Nobody()
    contenders = [
        dependencies(configuration, usage, topic, SqliteDatabase(IN_MEMORY), lambda: _AS_OF, fresh=fresh)
        for fresh in (None, thread_local_source(url))
    ]
    wall: Mapping[int, list[float]] = {0: [], 1: []}
    cpu: Mapping[int, list[float]] = {0: [], 1: []}
    for turn in range(_TURNS + 1):
        for which, deps in enumerate(contenders):
            started, spent = time.perf_counter(), time.process_time()
            report = check(Request(_AS_OF), deps)
            if report.failures or bool(report.accounts[0].fresh_through) != bool(which):
                sys.exit(f"the check is not complete: {report.failures}")
            if turn:  # the first check reads earlier days, too
                wall[which].append((time.perf_counter() - started) * 1000)
                cpu[which].append((time.process_time() - spent) * 1000)
    return (median(wall[0]), median(cpu[0])), (median(wall[1]), median(cpu[1]))


@contextmanager
def _cloudflare() -> Iterator[str]:
    command = [sys.executable, "-m", "local.cloudflare", "--rows", str(_ROWS), "--now", f"{_AS_OF:%FT%TZ}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - the arguments are constants
        try:
            yield str(process.stdout and process.stdout.readline()).strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
