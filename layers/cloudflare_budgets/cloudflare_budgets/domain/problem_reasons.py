"""The reasons of budgets that have one problem in common, each with its own budgets, in a bounded text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudflare_budgets.domain.measure import Unknown

# What a message holds, less what says how many are left out.
_ROOM = 1900
_BUDGETS_NAMED = 10


@dataclass(frozen=True, slots=True)
class ToldReasons:
    """What a message says of the reasons of a problem, and the names in it by which it is news."""

    text: str
    names: tuple[str, ...]


def told_reasons(reasons: Mapping[Unknown, Sequence[str]]) -> ToldReasons:
    """Say each reason with the budgets that it holds for; of many, those that come first are said.

    A name is one that the reason names, or, where it names none, a budget.
    """
    parts: list[str] = []
    names: list[str] = []
    left = dict(reasons)
    for unknown, budgets in reasons.items():
        part = f"{_called(budgets)}: {unknown.reason}"
        if parts and len(". ".join([*parts, part])) > _ROOM:
            break
        parts.append(part[:1].upper() + part[1:] if parts else part)
        names += unknown.names or budgets[:_BUDGETS_NAMED]
        del left[unknown]
    more = len({budget for budgets in left.values() for budget in budgets})
    if more:
        parts.append(f"Other reasons hold for {more} more")
    return ToldReasons(". ".join(parts), tuple(dict.fromkeys(names)))


def _called(budgets: Sequence[str]) -> str:
    more = len(budgets) - _BUDGETS_NAMED
    named = ", ".join(budgets[:_BUDGETS_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"budget {named}" if len(budgets) == 1 else f"budgets {named}"
