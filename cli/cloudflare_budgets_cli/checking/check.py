"""The command `check`: judges budgets of files now, and may send each alert once."""

import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from cloudflare_budgets.check.run import check
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.domain.run.result import AlertState, Report
from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets.messages.reply import whole_reply
from cloudflare_budgets.ports import AlertTopic
from cloudflare_budgets_cli.checking.configuration import budgets_of, configuration_of
from cloudflare_budgets_cli.checking.topics import CommandTopic, ListTopic, slack_topic
from cloudflare_budgets_cli.checking.wiring import dependencies
from cloudflare_budgets_cli.cloudflare.access import cloudflare
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.screens.standing import standings_of
from cloudflare_budgets_cli.screens.standings import standings_result
from cloudflare_budgets_cli.settings import ExitCode, Settings, UsageError
from cloudflare_budgets_cli.sqlite.database import IN_MEMORY, SqliteDatabase


def run(  # noqa: PLR0913 - the options of the command
    settings: Settings,
    path: Path | None,
    state: Path | None,
    *,
    notify_slack: bool,
    notify_command: str | None,
    lists_all: bool,
) -> ExitCode:
    """Judge the budgets of a file or folder and show where they stand."""
    topic = _topic(notify_slack=notify_slack, notify_command=notify_command)
    if topic and not state:
        raise UsageError("--notify-... needs --state FILE, which records what was sent; without it, each "
                         "check would send every alert again")  # fmt: skip
    files, screen = budgets_of(path), Screen(settings)
    with (
        closing(SqliteDatabase(state or IN_MEMORY)) as database,
        cloudflare(settings) as access,
        screen.progress("Reading usage from Cloudflare"),
    ):
        deps = dependencies(
            configuration_of(files, access),
            access.usage,
            topic or ListTopic(_now),
            database,
            _now,
            fresh=access.fresh,
            sleep=time.sleep,
        )
        report = check(Request(settings.now, dry_run=topic is None), deps)
    document = whole_reply(report)
    standings = standings_of(document)
    screen.show(standings_result(document, standings, settings.now, lists_all=lists_all))
    _advise(report, screen)
    if not _is_reached(report):
        return ExitCode.OUT_OF_REACH
    has_finding = any(each.is_finding for each in standings) or not standings
    return ExitCode.FINDING if has_finding else ExitCode.OK


def _now() -> datetime:
    return datetime.now(UTC)


def _topic(*, notify_slack: bool, notify_command: str | None) -> AlertTopic | None:
    if notify_slack and notify_command:
        raise UsageError("use either --notify-slack or --notify-command; a command can post to Slack, too")
    if notify_slack:
        return slack_topic()
    return CommandTopic(notify_command) if notify_command else None


def _is_reached(report: Report) -> bool:
    """Return whether the usage of every account was read, and every alert was sent."""
    kinds = [each.unknown.kind for one in report.accounts for each in one.evaluations if each.unknown]
    return not report.failures and UnknownKind.USAGE_UNAVAILABLE not in kinds


def _advise(report: Report, screen: Screen) -> None:
    sent = sum(each.state is AlertState.SENT for each in report.all_alerts) + report.resent
    new = [each for each in report.all_alerts if each.state is AlertState.DRY_RUN]
    if sent:
        screen.advise(f"{counted(sent, 'alert')} sent; the next check sends none of them again")
    elif new and not report.mode.sends:
        advice = "to send them, add --state with --notify-slack or --notify-command"
        screen.advise(f"Without a dry run, {counted(len(new), 'alert')} would be sent; {advice}")
    for failure in report.failures:
        screen.advise(f"Failed: {failure}")
