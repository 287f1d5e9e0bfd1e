"""The command `status`: where the budgets of the stack stand, by what the last check stored."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cloudflare_budgets.errors import CloudflareBudgetsError, StateUnavailableError
from cloudflare_budgets_cli.screens.screen import Result, Screen
from cloudflare_budgets_cli.screens.standing import Standing, standings_of
from cloudflare_budgets_cli.screens.standings import standings_result
from cloudflare_budgets_cli.screens.totals import age_text
from cloudflare_budgets_cli.settings import CommandError, ExitCode, OutputFormat, Settings, UsageError
from cloudflare_budgets_cli.stack.function import dry_check
from cloudflare_budgets_cli.stack.session import Aws
from cloudflare_budgets_cli.stack.stored.acknowledged import with_acknowledged
from cloudflare_budgets_cli.stack.stored.state import Stored, stored_state

# No schedule that is documented lets a day pass without a check.
_STALE_AFTER = timedelta(hours=26)
# The standing of an account that is not checked any more is left out after this time.
_GONE_AFTER = timedelta(days=7)
WATCH_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Selection:
    """What `status` shows: budgets from a percentage on, and where the standings come from.

    `is_now`: from a check that sends nothing, instead of the stored standings. `file` is a state file.
    """

    over: int = 0
    lists_all: bool = False
    is_now: bool = False
    file: Path | None = None


def status(
    settings: Settings, *, over: int, lists_all: bool, is_now: bool = False, file: Path | None = None
) -> ExitCode:
    """Show every budget; exit code 1 if one is over or unknown, or the last check is too old."""
    selection, screen = Selection(over, lists_all, is_now, file), Screen(settings)
    with screen.progress("Running a dry check" if is_now else "Reading the stored standings"):
        document = _document(settings, selection, screen)
    result, code = _result(settings, selection, document)
    screen.show(result)
    return code


def watch(settings: Settings, selection: Selection, sleep: Callable[[float], None] = time.sleep) -> ExitCode:
    """Show every budget repeatedly until Ctrl+C; the exit code is that of the last `status`."""
    if settings.output is not OutputFormat.TABLE:
        raise UsageError("--watch shows a table: leave out --output")
    screen = Screen(settings)
    result, code = _result(settings, selection, _document(settings, selection, screen))
    try:
        with screen.replaced() as replace:
            replace(result)
            while True:
                sleep(WATCH_SECONDS)
                try:
                    result, code = _result(settings, selection, _document(settings, selection, screen))
                except (CommandError, CloudflareBudgetsError) as error:  # the next attempt may succeed
                    replace(f"Error: {error}")
                else:
                    replace(result)
    except KeyboardInterrupt:
        return code


def _document(settings: Settings, selection: Selection, screen: Screen) -> Mapping[str, Any]:
    with stored_state(settings, selection.file) as stored:
        if selection.is_now:
            return _acknowledged(dry_check(Aws(settings)), stored, screen)
        found = _from_standings(list(stored.standings.standings()), lists_all=selection.lists_all)
        if found is not None:
            return _acknowledged(found, stored, screen)
    if selection.file is not None:
        raise UsageError(f"{selection.file}: no check has stored a standing in this file yet")
    screen.advise("No check has stored a standing yet: this is a check that sends nothing (--now)")
    return dry_check(Aws(settings))


def _acknowledged(document: Mapping[str, Any], stored: Stored, screen: Screen) -> Mapping[str, Any]:
    """Add who acknowledged alerts; the status is shown without if alerts cannot be read."""
    try:
        return with_acknowledged(document, stored)
    except StateUnavailableError as error:
        screen.advise(f"Acknowledgements are not shown: {error}")
        return document


def _from_standings(standings: Sequence[Mapping[str, Any]], *, lists_all: bool) -> Mapping[str, Any] | None:
    """Return the stored standings in the form of a reply; `None` without any."""
    if not standings:
        return None
    newest = max(each["as_of"] for each in standings)
    run = next((each for each in standings if each["account_id"] is None), {})
    oldest = datetime.fromisoformat(newest) - _GONE_AFTER
    accounts = [
        each
        for each in standings
        if each["account_id"] and (lists_all or datetime.fromisoformat(each["as_of"]) >= oldest)
    ]
    empty: dict[str, Any] = {"alerts": [], "problems": [], "failures": []}
    return {"as_of": newest, "accounts": accounts, **{key: run.get(key, empty[key]) for key in empty}}


def _result(settings: Settings, selection: Selection, document: Mapping[str, Any]) -> tuple[Result, ExitCode]:
    standings, now = standings_of(document), settings.now
    age = now - datetime.fromisoformat(document["as_of"])
    if age > _STALE_AFTER:
        late = f"the last check was {age_text(age)}; `cloudflare-budgets doctor` examines why"
        document = {**document, "failures": [late, *document.get("failures", ())]}
    result = standings_result(document, standings, now, lists_all=selection.lists_all, over=selection.over)
    return result, ExitCode.FINDING if age > _STALE_AFTER or _has_finding(standings) else ExitCode.OK


def _has_finding(standings: Sequence[Standing]) -> bool:
    return any(each.is_finding for each in standings)
