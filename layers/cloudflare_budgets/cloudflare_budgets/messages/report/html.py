"""Markup that is well-formed and escaped by construction."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from cloudflare_budgets.domain.primitives.text import sanitize

# What XML 1.0 allows in no document; https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Elements of HTML that have no content, and so no end tag; https://html.spec.whatwg.org/#void-elements
_VOID = frozenset({"br", "col", "hr", "link", "meta"})


@dataclass(frozen=True, slots=True)
class Markup:
    """A part of a page, complete with its tags: it is not escaped again."""

    text: str


NOTHING = Markup("")

Contribution = Markup | str


def tag(name: str, /, *children: Contribution, **attributes: str | None) -> Markup:
    """Make an element of HTML or SVG; what is no markup yet is escaped.

    A `_` in an attribute's name is a `-`, one at its end only keeps it apart from Python's words. An
    attribute that is `None` is left out.
    """
    opened = name + "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{opened}/>")
    return Markup(f"<{opened}>{joined(children).text}</{name}>")


def joined(parts: Iterable[Contribution]) -> Markup:
    """Put parts behind one another."""
    return Markup("".join(part.text if isinstance(part, Markup) else _escaped(part) for part in parts))


def said(text: str, limit: int = 120) -> str:
    """Cut a text that somebody else wrote to a length that a page has room for; `tag` makes it safe."""
    return sanitize(_NOT_XML.sub(" ", text), limit)


def _escaped(text: str) -> str:
    # Nothing that hides or turns around what stands beside it, wherever the text is from.
    line = said(text, limit=len(text) + 1)
    before, after = text.startswith(" "), text.endswith(" ")
    return escape(f"{' ' * before}{line}{' ' * after}")
