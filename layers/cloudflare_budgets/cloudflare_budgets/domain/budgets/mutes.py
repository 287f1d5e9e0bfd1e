"""Timed mutes of budgets: the JSON document in the parameter `mutes`, and their effect."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.primitives.json_input import (
    CONTROL,
    FieldError,
    InvalidFieldError,
    parse_object,
    shown,
    shown_unless_text,
)

EVERY_BUDGET = "*"
MAX_TEXT = 200
_KEYS = ("until", "reason", "by")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z")
_AN_EXAMPLE = 'an object such as {"spend": {"until": "2026-12-01T08:00:00Z", "reason": "a migration"}}'


@dataclass(frozen=True, slots=True)
class Mute:
    """No alert about a budget's usage is sent before `until`; `reason` and `by` are for people."""

    until: datetime
    reason: str = ""
    by: str = ""

    @property
    def note(self) -> str:
        """The reason and the person, as messages show them; empty if neither is given."""
        return ", ".join(filter(None, (self.reason, f"by {self.by}" if self.by else "")))


@dataclass(frozen=True, slots=True)
class Mutes:
    """Mutes by the name of their budget, `*` for every budget, and what is invalid."""

    by_budget: Mapping[str, Mute] = field(default_factory=dict)
    refusals: tuple[FieldError, ...] = ()

    def applied_to(self, budget: Budget) -> Budget:
        """Return a budget that is muted until its latest mute ends."""
        for name in (budget.name, EVERY_BUDGET):
            mute = self.by_budget.get(name)
            if mute and (budget.muted_until is None or budget.muted_until < mute.until):
                budget = replace(budget, muted_until=mute.until, mute_note=mute.note)
        return budget


def parse_mutes(text: str) -> Mutes:
    """Parse the document of mutes; an invalid entry does not affect the others."""
    try:
        document = parse_object(text, _AN_EXAMPLE)
    except InvalidFieldError as error:
        return Mutes(refusals=error.errors)
    mutes: dict[str, Mute] = {}
    refusals: list[FieldError] = []
    for name, entry in document.items():
        match _parse(name, entry):
            case Mute() as mute:
                mutes[name] = mute
            case refusal:
                refusals.append(refusal)
    return Mutes(mutes, tuple(refusals))


def _parse(name: str, entry: Any) -> Mute | FieldError:  # noqa: ANN401 - any JSON
    place = shown(name)
    if not isinstance(entry, dict):
        return FieldError(
            place, shown_unless_text(entry), 'an object such as {"until": "2026-12-01T08:00:00Z"}'
        )
    for key in entry:
        if key not in _KEYS:
            return FieldError(f"{place}.{shown(key)}", "an unknown key", f"one of {', '.join(_KEYS)}")
    until = _instant(entry.get("until"))
    if until is None:
        expected = 'an instant in UTC such as "2026-12-01T08:00:00Z"'
        return FieldError(f"{place}.until", shown(entry.get("until")), expected)
    for key in ("reason", "by"):
        found = entry.get(key, "")
        if not isinstance(found, str) or len(found) > MAX_TEXT or CONTROL.search(found):
            return FieldError(f"{place}.{key}", shown(found), f"one line of at most {MAX_TEXT} characters")
    return Mute(until, entry.get("reason", ""), entry.get("by", ""))


def _instant(found: object) -> datetime | None:
    if not isinstance(found, str) or not _INSTANT.fullmatch(found):
        return None
    try:
        return datetime.fromisoformat(found).astimezone(UTC)
    except ValueError:
        return None
