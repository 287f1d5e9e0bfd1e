"""The commands `history`, `show` and `ack`: sent alerts, their texts, acknowledgements."""

import getpass
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR
from cloudflare_budgets.domain.alerts.sent_alert import Acknowledgement, SentAlert
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets_cli.screens.screen import Record, Result, Screen
from cloudflare_budgets_cli.settings import ExitCode, FindingError, Settings, UsageError
from cloudflare_budgets_cli.stack.stored.state import Stored, stored_state

if TYPE_CHECKING:
    from rich.console import Console

_COLUMNS = (
    "sent_at", "account_id", "type", "severity", "budget", "subject", "alert_id",
    "acknowledged_by", "acknowledged_at", "note",
)  # fmt: skip
_DEFAULT_DAYS = 30
_SHORT = 8  # digits of an alert's id in a table
_LEAST = 4  # digits that name an alert
# A row outlives its period, which lasts at most a year.
_EVER = REMEMBERED_FOR + timedelta(days=366)


def history(settings: Settings, budget: str | None, since: str | None, file: Path | None) -> ExitCode:
    """List the alerts that were sent, newest first."""
    start = _start(settings.now, since)
    with stored_state(settings, file) as stored:
        found = [each for each in sent_alerts(stored, start) if budget in (None, each.budget)]
    records = [record_of(each) for each in found]
    document = {"since": utc_text(start), "alerts": records}
    Screen(settings).show(Result(document, _COLUMNS, records, lambda console: _draw(console, found, start)))
    return ExitCode.OK


def show(settings: Settings, alert_id: str, file: Path | None) -> ExitCode:
    """Print the text of an alert as it was sent."""
    with stored_state(settings, file) as stored:
        found = _find(stored, alert_id, settings.now)
        message = stored.alerts.message(found.key)
    if message is None:
        raise FindingError(f"the text of alert {found.key.alert_id} is not stored any more")
    record = record_of(found)
    document = {**record, "text": message.body, "alert": json.loads(message.document)}

    def draw(console: "Console") -> None:
        from rich.text import Text

        console.print(Text(message.subject, "bold"))
        console.print(Text(f"sent {_time(found.sent_at)}, alert {found.key.alert_id}{_by(found)}\n", "dim"))
        console.print(Text(message.body), soft_wrap=True)

    Screen(settings).show(Result(document, (*_COLUMNS, "text"), [{**record, "text": message.body}], draw))
    return ExitCode.OK


def ack(settings: Settings, alert_id: str, note: str, file: Path | None, *, is_dry_run: bool) -> ExitCode:
    """Record who acknowledged an alert, and when; this silences nothing."""
    screen, entry = Screen(settings), Acknowledgement(getpass.getuser(), settings.now, note)
    with stored_state(settings, file) as stored:
        found = _find(stored, alert_id, settings.now)
        if not is_dry_run:
            stored.alerts.acknowledge(found.key, entry)
    done = "not acknowledged (--dry-run)" if is_dry_run else f"acknowledged by {entry.by}"
    screen.advise(f"{found.key.alert_id}: {done}: {found.subject}")
    return ExitCode.OK


def sent_alerts(stored: Stored, since: datetime) -> Sequence[SentAlert]:
    """Return the alerts of each account with a standing, and those of none, newest first."""
    accounts = {standing["account_id"] for standing in stored.standings.standings()} | {None}
    found = [each for account_id in accounts for each in stored.alerts.sent(account_id, since)]
    return sorted(found, key=lambda each: each.sent_at, reverse=True)


def record_of(alert: SentAlert) -> Record:
    """Return a sent alert as a record of JSON and CSV."""
    entry = alert.acknowledged
    return {
        "sent_at": utc_text(alert.sent_at),
        "account_id": alert.account_id,
        "type": alert.type,
        "severity": alert.severity,
        "budget": alert.budget or None,
        "subject": alert.subject,
        "alert_id": alert.key.alert_id,
        "acknowledged_by": entry.by if entry else None,
        "acknowledged_at": utc_text(entry.at) if entry else None,
        "note": entry.note if entry else None,
    }


def _find(stored: Stored, alert_id: str, now: datetime) -> SentAlert:
    """Return the alert whose id begins with these digits.

    Raises:
        UsageError: no alert or several alerts do.
    """
    if len(alert_id) < _LEAST:
        raise UsageError(f"{alert_id}: expected at least {_LEAST} digits of the alert's id")
    found = [each for each in sent_alerts(stored, now - _EVER) if each.key.alert_id.startswith(alert_id)]
    if not found:
        raise UsageError(f"there is no sent alert {alert_id}; `cloudflare-budgets history` lists them")
    if len(found) > 1:
        ids = ", ".join(each.key.alert_id for each in found[:5])
        raise UsageError(f"{counted(len(found), 'alert')} begin with {alert_id}: {ids}")
    return found[0]


def _start(now: datetime, since: str | None) -> datetime:
    if since is None:
        return now - timedelta(days=_DEFAULT_DAYS)
    if since.endswith("d") and since[:-1].isdecimal():
        return now - timedelta(days=min(int(since[:-1]), _EVER.days))
    try:
        return datetime.strptime(since, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"--since: found {since}, expected a day such as 2026-11-01, or 7d") from None


def _draw(console: "Console", found: Sequence[SentAlert], start: datetime) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    console.print(Text(f"{counted(len(found), 'alert')} sent since {_time(start)}", "bold"))
    if not found:
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("Sent (UTC)", "Alert", "Severity", "Subject"):
        table.add_column(title, overflow="fold", no_wrap=title != "Subject")
    for each in found:
        text = Text(sanitize(each.subject, 200) or "(no text is stored)")
        if each.acknowledged:
            text.append(_by(each), "dim")
        style = _STYLES.get(each.severity, "")
        short = each.key.alert_id[:_SHORT]
        table.add_row(f"{each.sent_at:%Y-%m-%d %H:%M}", short, Text(each.severity, style), text)
    console.print(table)
    console.print(Text("The text of one: cloudflare-budgets show ALERT", "dim"))


_STYLES = {"critical": "bold red", "warning": "yellow"}


def _by(alert: SentAlert) -> str:
    entry = alert.acknowledged
    if entry is None:
        return ""
    note = f": {sanitize(entry.note, 200)}" if entry.note else ""
    return f", acknowledged by {sanitize(entry.by, 60)} {_time(entry.at)}{note}"


def _time(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
