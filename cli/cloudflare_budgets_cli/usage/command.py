"""The command `usage`."""

from cloudflare_budgets_cli.cloudflare.access import cloudflare
from cloudflare_budgets_cli.cloudflare.reading import read_window
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import ExitCode, Grouping, Settings
from cloudflare_budgets_cli.usage.metrics import metrics_result
from cloudflare_budgets_cli.usage.screen import usage_result
from cloudflare_budgets_cli.usage.summary import summarize


def run(
    settings: Settings, days: int | None, grouping: Grouping, *, is_metrics: bool, lists_all: bool
) -> ExitCode:
    """Read the usage of the account and show it."""
    screen = Screen(settings)
    with cloudflare(settings) as access, screen.progress("Reading usage from Cloudflare"):
        found = read_window(access, settings.now, days)
    if is_metrics:
        screen.show(metrics_result(found.context))
    else:
        screen.show(
            usage_result(summarize(found.context, found.window, grouping), grouping, lists_all=lists_all)
        )
    return ExitCode.OK
