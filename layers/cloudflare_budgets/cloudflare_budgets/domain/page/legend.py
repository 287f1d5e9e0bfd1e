"""The legend of a chart: what each line and each filling stands for, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from cloudflare_budgets.domain.page.markup import Markup, joined, tag

_AREAS = ("range", "family")


@dataclass(frozen=True, slots=True)
class Entry:
    """A class of the style that draws a line or an area, and what it stands for."""

    kind: str
    text: str


def legend(entries: Iterable[Entry]) -> Markup:
    """List what is drawn, each with a sample."""
    items = (tag("li", _sample(entry.kind), tag("span", entry.text)) for entry in entries)
    return tag("ul", joined(items), class_="legend")


def _sample(kind: str) -> Markup:
    shape = "M1 1H23V11H1Z" if kind.startswith(_AREAS) else "M1 6H23"
    return tag("svg", tag("path", class_=kind, d=shape), viewBox="0 0 24 12", aria_hidden="true")
