"""The difference between files and what is stored; pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cloudflare_budgets_cli.planning.parameters import MAX_BYTES, Stored


class ChangeKind(StrEnum):
    """What `apply` does with a parameter."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"  # it was created by hand and has the value of the file
    DELETE = "delete"
    CONFLICT = "conflict"  # it was changed by hand since it was applied
    UNCHANGED = "unchanged"
    LEFT = "left"  # it is in no file, and was created by hand or is not to be pruned


WRITES = frozenset({ChangeKind.CREATE, ChangeKind.UPDATE, ChangeKind.ADOPT, ChangeKind.DELETE})


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter: its name below the prefix, its stored value and its new one."""

    name: str
    kind: ChangeKind
    before: Stored | None = None
    after: str | None = None
    reason: str = ""

    @property
    def budget(self) -> str | None:
        """The name of the budget; `None` for prices."""
        return self.name.removeprefix("budgets/") if self.name.startswith("budgets/") else None

    @property
    def fields(self) -> Sequence[str]:
        """Each field that changes: `limit: "50 USD" -> "80 USD"`."""
        old, new = _fields(self.before.value if self.before else None), _fields(self.after)
        return [
            f"{key}: {_shown(old, key)} -> {_shown(new, key)}"
            for key in dict.fromkeys((*old, *new))
            if old.get(key) != new.get(key)
        ]


def changes_of(
    wanted: Mapping[str, str], stored: Mapping[str, Stored], *, prunes: bool, overwrites: bool = False
) -> list[Change]:
    """Compare parameters by name: values as they are wanted, and as they are stored."""
    found = [_change(name, wanted[name], stored.get(name), overwrites=overwrites) for name in sorted(wanted)]
    leftover = sorted(stored.keys() - wanted.keys())
    found += [_leftover(name, stored[name], prunes=prunes, overwrites=overwrites) for name in leftover]
    return found


def _change(name: str, value: str, before: Stored | None, *, overwrites: bool) -> Change:
    if len(value.encode()) > MAX_BYTES:
        return Change(name, ChangeKind.CONFLICT, before, value, f"it is longer than {MAX_BYTES:,} bytes")
    if before is None:
        return Change(name, ChangeKind.CREATE, None, value)
    if _is_same(before.value, value):
        kind = ChangeKind.UNCHANGED if before.is_managed else ChangeKind.ADOPT
        return Change(name, kind, before, value)
    if before.is_changed_by_hand and not overwrites:
        return Change(name, ChangeKind.CONFLICT, before, value, _BY_HAND)
    return Change(
        name, ChangeKind.UPDATE, before, value, "" if before.is_managed else "it was created by hand"
    )


def _leftover(name: str, before: Stored, *, prunes: bool, overwrites: bool) -> Change:
    if not before.is_managed:
        return Change(name, ChangeKind.LEFT, before, None, "it was created by hand")
    if not prunes:
        return Change(name, ChangeKind.LEFT, before, None, "it is in no file; --prune deletes it")
    if before.is_changed_by_hand and not overwrites:
        return Change(name, ChangeKind.CONFLICT, before, None, _BY_HAND)
    return Change(name, ChangeKind.DELETE, before)


_BY_HAND = "it was changed by hand since it was applied: copy the change into your file, or add --overwrite"


def _is_same(one: str, other: str) -> bool:
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return one == other


def _fields(text: str | None) -> Mapping[str, Any]:
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {"document": text}
    return found if isinstance(found, dict) else {"document": found}


def _shown(fields: Mapping[str, Any], key: str) -> str:
    return "nothing" if key not in fields else json.dumps(fields[key], ensure_ascii=False)
