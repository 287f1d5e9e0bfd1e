"""The commands `mute` and `unmute`: timed mutes with a reason, stored in one parameter."""

import getpass
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.domain.budgets.mutes import EVERY_BUDGET, parse_mutes
from cloudflare_budgets.domain.primitives.nearest import nearest
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets_cli.planning.parameters import ConflictError, ManagedParameters
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import ExitCode, FindingError, Settings, UsageError
from cloudflare_budgets_cli.stack.session import Aws, errors_explained

_SPAN = re.compile(r"(\d{1,4})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def mute(  # noqa: PLR0913 - the options of the command
    settings: Settings, name: str | None, *, mutes_all: bool, until: str | None, span: str | None, reason: str
) -> ExitCode:
    """Mute a budget, or all, until an instant; problems and doublings are still alerted."""
    aws = Aws(settings)
    target = _target(settings, aws, name, mutes_all=mutes_all)
    end = _end(settings.now, until, span)
    entry = {"until": utc_text(end), "reason": reason, "by": getpass.getuser()}
    _change(settings, aws, {target: entry})
    what = "every budget" if target == EVERY_BUDGET else target
    Screen(settings).advise(f"{what}: muted until {utc_text(end)}; the next check knows it")
    return ExitCode.OK


def unmute(settings: Settings, name: str | None, *, mutes_all: bool) -> ExitCode:
    """End the mute of a budget, or that of all; `muted_until` in a budget is not changed."""
    aws = Aws(settings)
    target = _target(settings, aws, name, mutes_all=mutes_all)
    if not _change(settings, aws, {target: None}):
        raise UsageError(f"{settings.prefix}/mutes has no mute of {target}")
    Screen(settings).advise(f"{target}: not muted any more")
    return ExitCode.OK


def _target(settings: Settings, aws: Aws, name: str | None, *, mutes_all: bool) -> str:
    if (name is None) is not mutes_all:
        raise UsageError("no budget: name one, or use --all")
    if name is None:
        return EVERY_BUDGET
    stored = ManagedParameters(settings.prefix, aws.ssm).read()
    names = [each.removeprefix("budgets/") for each in stored if each.startswith("budgets/")]
    if name not in names:
        meant = nearest(name, names, 1)
        hint = f"; did you mean {meant[0]}?" if meant else ""
        raise UsageError(f"there is no budget {name}{hint}")
    return name


def _end(now: datetime, until: str | None, span: str | None) -> datetime:
    if (until is None) is (span is None):
        raise UsageError("no end of the mute: add --for 3d, or --until 2026-12-01T08:00:00Z")
    if span is not None:
        match = _SPAN.fullmatch(span)
        if match is None:
            raise UsageError(f"--for: found {span}, expected hours, days or weeks such as 12h, 3d or 2w")
        return now + int(match[1]) * _UNITS[match[2]]
    try:
        end = datetime.fromisoformat(str(until))
    except ValueError:
        raise UsageError(f"--until: found {until}, expected 2026-12-01 or 2026-12-01T08:00:00Z") from None
    end = end.astimezone(UTC) if end.tzinfo else end.replace(tzinfo=UTC)
    if end <= now:
        raise UsageError(f"--until: {utc_text(end)} is in the past, expected a later instant")
    return end


def _change(settings: Settings, aws: Aws, changes: Mapping[str, Mapping[str, str] | None]) -> bool:
    """Write mutes, and remove those that are over; return whether there was anything to remove.

    Raises:
        ConflictError: the parameter was changed meanwhile.
        FindingError: the stored mutes are invalid.
    """
    name = f"{settings.prefix}/mutes"
    with errors_explained():
        document, version = _read(aws, name)
        found = any(each in document for each in changes)
        kept = {key: entry for key, entry in document.items() if _is_current(key, entry, settings.now)}
        wanted = {key: entry for key, entry in {**kept, **changes}.items() if entry is not None}
        answer = aws.ssm().put_parameter(
            Name=name, Value=json.dumps(wanted), Type="String", Overwrite=version is not None
        )
        if version is not None and answer["Version"] != version + 1:
            raise ConflictError(f"{name} was changed by another user at the same moment: compare its history")
    return found


def _read(aws: Aws, name: str) -> tuple[Mapping[str, Any], int | None]:
    try:
        found = aws.ssm().get_parameter(Name=name)["Parameter"]
    except ClientError as error:
        if error_code(error) != "ParameterNotFound":
            raise
        return {}, None
    mutes = parse_mutes(found["Value"])
    if mutes.refusals:
        raise FindingError(f"{name} is invalid, correct it first: {mutes.refusals[0]}")
    document: Mapping[str, Any] = json.loads(found["Value"])
    return document, found["Version"]


def _is_current(name: str, entry: Mapping[str, str], now: datetime) -> bool:
    return parse_mutes(json.dumps({name: entry})).by_budget[name].until > now
