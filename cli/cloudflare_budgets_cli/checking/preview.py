"""The command `preview`: what would have been sent on past days, and when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.domain.primitives.period import DAY, Period, midnight, utc_text
from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets_cli.checking.configuration import budgets_of, configuration_of
from cloudflare_budgets_cli.checking.replay import Replay
from cloudflare_budgets_cli.checking.topics import SentAlert
from cloudflare_budgets_cli.cloudflare.access import cloudflare
from cloudflare_budgets_cli.screens.screen import Result, Screen
from cloudflare_budgets_cli.settings import ExitCode, Settings, Step, UsageError

if TYPE_CHECKING:
    from rich.console import Console

_COLUMNS = ("at", "type", "severity", "budget", "subject", "alert_id")
# By noon, the rows of the day before are usually there.
_NOON = timedelta(hours=12)
_DEFAULT_DAYS = 30


def run(  # noqa: PLR0913 - the options of the command
    settings: Settings, path: Path | None, first: str | None, last: str | None, step: Step, *, has_text: bool
) -> ExitCode:
    """Replay the days from `first` to `last`, inclusive, and list what would have been sent."""
    replay = _replay(settings.now, first, last, step)
    files, screen = budgets_of(path), Screen(settings)
    sent: list[SentAlert] = []
    with cloudflare(settings) as access, screen.progress(f"Replaying {len(replay.steps)} checks"):
        for alerts in replay.run(configuration_of(files, access), access.usage):
            sent += alerts
    screen.show(_result(sent, replay, has_text=has_text))
    return ExitCode.OK


def _replay(now: datetime, first: str | None, last: str | None, step: Step) -> Replay:
    end = _day("--to", last) + DAY if last else midnight(now) + DAY
    start = _day("--from", first) if first else end - _DEFAULT_DAYS * DAY
    if start >= end:
        raise UsageError("--from is later than --to: expected an earlier first day, or a later last day")
    if step is Step.HOUR:
        return Replay(Period(start, min(end, now)), timedelta(hours=1))
    return Replay(Period(start + _NOON, min(end, now) + timedelta(seconds=1)), DAY)


def _day(option: str, text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"{option}: found {text}, expected a day such as 2026-11-01") from None


def _result(sent: Sequence[SentAlert], replay: Replay, *, has_text: bool) -> Result:
    records = [
        {
            "at": utc_text(each.at),
            "type": each.alert.attributes.get("type"),
            "severity": each.alert.attributes.get("severity"),
            "budget": each.alert.attributes.get("budget") or None,
            "subject": each.alert.subject,
            "alert_id": each.alert.key.alert_id,
        }
        for each in sent
    ]
    bodies = [each.alert.body for each in sent]
    documents = [
        {**record, **({"text": body} if has_text else {})}
        for record, body in zip(records, bodies, strict=True)
    ]
    period = {"start": utc_text(replay.period.start), "end": utc_text(replay.period.end)}
    document: dict[str, Any] = {"period": period, "checks": len(replay.steps), "alerts": documents}
    return Result(
        document, _COLUMNS, records, lambda console: _draw(console, sent, replay, has_text=has_text)
    )


def _draw(console: "Console", sent: Sequence[SentAlert], replay: Replay, *, has_text: bool) -> None:
    from rich.text import Text

    days = f"{replay.period.start:%d %b} to {replay.period.end:%d %b %Y}"
    console.print(
        Text(f"{counted(len(sent), 'message')} in {counted(len(replay.steps), 'check')}, {days}", "bold")
    )
    for each in sent:
        console.print(Text(f"{each.at:%a %d %b %H:%M}  ", "dim").append(each.alert.subject, ""))
        if has_text:
            console.print(Text(f"\n{each.alert.body}\n"), soft_wrap=True)
