"""The command `report`: the HTML page of a digest, from a check that sends nothing."""

import webbrowser
from contextlib import closing
from pathlib import Path

from cloudflare_budgets.check.run import check
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.messages.report.page import page
from cloudflare_budgets_cli.checking.configuration import budgets_of, configuration_of
from cloudflare_budgets_cli.checking.topics import ListTopic
from cloudflare_budgets_cli.checking.wiring import dependencies
from cloudflare_budgets_cli.cloudflare.access import cloudflare
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import ExitCode, Settings, UsageError
from cloudflare_budgets_cli.sqlite.database import IN_MEMORY, SqliteDatabase


def run(settings: Settings, path: Path | None, output: Path, *, opens: bool) -> ExitCode:
    """Write the page with the charts of every budget, and open the page in a browser on request."""
    files, screen = budgets_of(path), Screen(settings)
    with (
        closing(SqliteDatabase(IN_MEMORY)) as database,
        cloudflare(settings) as access,
        screen.progress("Reading usage from Cloudflare"),
    ):
        topic = ListTopic(lambda: settings.now)
        configuration = configuration_of(files, access)
        deps = dependencies(configuration, access.usage, topic, database, lambda: settings.now)
        report = check(Request(settings.now, dry_run=True), deps)
    try:
        output.write_text(page(report), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}") from None
    screen.advise(f"Wrote {output}")
    if opens:
        webbrowser.open(output.resolve().as_uri())
    return ExitCode.OK if not report.failures else ExitCode.OUT_OF_REACH
