"""The commands `plan` and `apply`: files against Parameter Store, and what changes send."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cloudflare_budgets.errors import CloudflareBudgetsError
from cloudflare_budgets_cli.checking.configuration import budgets_of
from cloudflare_budgets_cli.planning.changes import WRITES, Change, ChangeKind, changes_of
from cloudflare_budgets_cli.planning.effects import Effects
from cloudflare_budgets_cli.planning.parameters import ManagedParameters, Stored
from cloudflare_budgets_cli.screens.asking import is_agreed
from cloudflare_budgets_cli.screens.screen import Result, Screen
from cloudflare_budgets_cli.settings import CommandError, ExitCode, Settings
from cloudflare_budgets_cli.stack.session import Aws

if TYPE_CHECKING:
    from rich.console import Console

_COLUMNS = ("name", "change", "fields", "effect", "reason")
_DONE = {
    ChangeKind.CREATE: "created",
    ChangeKind.UPDATE: "updated",
    ChangeKind.ADOPT: "adopted",
    ChangeKind.DELETE: "deleted",
}
_SIGNS = {
    ChangeKind.CREATE: ("+", "green"),
    ChangeKind.UPDATE: ("~", "yellow"),
    ChangeKind.ADOPT: ("=", "cyan"),
    ChangeKind.DELETE: ("-", "red"),
    ChangeKind.CONFLICT: ("!", "bold red"),
    ChangeKind.UNCHANGED: (" ", "dim"),
    ChangeKind.LEFT: (" ", "dim"),
}


def plan(settings: Settings, path: Path | None, *, prunes: bool, has_effects: bool) -> ExitCode:
    """Show what `apply` would write, and what each change sends; exit code 1 for a conflict."""
    aws, screen = Aws(settings), Screen(settings)
    changes = _changes(settings, aws, path, prunes=prunes, overwrites=False)
    _show(settings, aws, screen, changes, has_effects=has_effects)
    return _exit_code(changes)


def apply(  # noqa: PLR0913 - the options of the command
    settings: Settings,
    path: Path | None,
    *,
    prunes: bool,
    overwrites: bool,
    is_confirmed: bool,
    has_effects: bool,
) -> ExitCode:
    """Show the plan, prompt, and write each parameter as a whole; a conflict prevents all."""
    aws, screen = Aws(settings), Screen(settings)
    changes = _changes(settings, aws, path, prunes=prunes, overwrites=overwrites)
    writes = [each for each in changes if each.kind in WRITES]
    _show(settings, aws, screen, changes, has_effects=has_effects and not is_confirmed)
    if _exit_code(changes):
        return _exit_code(changes)
    if writes and not is_confirmed and not is_agreed(f"Write {len(writes)} changes?", "add --yes"):
        screen.advise("Nothing was written")
        return ExitCode.OK
    parameters = ManagedParameters(settings.prefix, aws.ssm)
    for number, change in enumerate(writes, start=1):
        try:
            _write(parameters, change)
        except CommandError as error:
            error.args = (f"{error}; {number - 1} of {len(writes)} changes were written, apply again",)
            raise
        screen.advise(f"{change.name}: {_DONE[change.kind]}")
    return ExitCode.OK


def _changes(
    settings: Settings, aws: Aws, path: Path | None, *, prunes: bool, overwrites: bool
) -> list[Change]:
    files = budgets_of(path)
    wanted = {f"budgets/{name}": text for name, text in files.documents.items()}
    if files.prices is not None:
        wanted["prices"] = files.prices
    stored = ManagedParameters(settings.prefix, aws.ssm).read()
    return changes_of(wanted, stored, prunes=prunes, overwrites=overwrites)


def _write(parameters: ManagedParameters, change: Change) -> None:
    match change.kind, change.before, change.after:
        case ChangeKind.ADOPT, Stored() as before, _:
            parameters.adopt(change.name, before)
        case ChangeKind.DELETE, Stored() as before, _:
            parameters.delete(change.name, before)
        case _, before, str(value):
            parameters.write(change.name, value, before)


def _exit_code(changes: Sequence[Change]) -> ExitCode:
    has_conflict = any(each.kind is ChangeKind.CONFLICT for each in changes)
    return ExitCode.FINDING if has_conflict else ExitCode.OK


def _show(
    settings: Settings, aws: Aws, screen: Screen, changes: Sequence[Change], *, has_effects: bool
) -> None:
    effects = _effects(settings, aws, screen, changes) if has_effects else {}
    records = [
        {
            "name": each.name,
            "change": each.kind.value,
            "fields": "; ".join(each.fields) if each.kind in WRITES else None,
            "effect": effects.get(each.name),
            "reason": each.reason or None,
        }
        for each in changes
    ]
    screen.show(
        Result({"changes": records}, _COLUMNS, records, lambda console: _draw(console, changes, effects))
    )


def _effects(settings: Settings, aws: Aws, screen: Screen, changes: Sequence[Change]) -> Mapping[str, str]:
    before = {each.budget: each.before.value for each in changes if each.budget and each.before}
    after = {
        each.budget: each.after or (each.before.value if each.before else "")
        for each in changes
        if each.budget and each.kind is not ChangeKind.DELETE
    }
    try:
        with screen.progress("Reading usage from Cloudflare"):
            found = Effects(settings, aws).of(before, after)
    except CloudflareBudgetsError as error:
        screen.advise(f"What the changes would send is not known: {error}")
        return {}
    return {f"budgets/{name}": text for name, text in found.items()}


def _draw(console: "Console", changes: Sequence[Change], effects: Mapping[str, str]) -> None:
    from rich.text import Text

    for each in changes:
        sign, style = _SIGNS[each.kind]
        line = Text(f"{sign} {each.name}", style)
        if each.reason:
            line.append(f"  {each.reason}", "dim")
        if each.kind is not ChangeKind.UNCHANGED:
            console.print(line)
        for field in each.fields if each.kind in WRITES else ():
            console.print(Text(f"    {field}", style))
        if each.name in effects:
            console.print(Text(f"    now {effects[each.name]}"))
    counts = [
        f"{count} to {kind.value}"
        for kind in (ChangeKind.CREATE, ChangeKind.UPDATE, ChangeKind.ADOPT, ChangeKind.DELETE)
        if (count := sum(each.kind is kind for each in changes))
    ]
    conflicts = sum(each.kind is ChangeKind.CONFLICT for each in changes)
    unchanged = sum(each.kind is ChangeKind.UNCHANGED for each in changes)
    counts += [f"{conflicts} in conflict"] if conflicts else []
    counts += [f"{unchanged} unchanged"] if unchanged else []
    console.print(Text(f"Plan: {', '.join(counts) or 'nothing to do'}", "bold"))
