"""Builds HTML and SVG that is always well-formed and escaped."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from cloudflare_budgets.domain.primitives.text import sanitize

# Characters that XML 1.0 does not allow; https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Elements of HTML without content and end tag; https://html.spec.whatwg.org/#void-elements
_VOID = frozenset({"br", "col", "hr", "link", "meta"})


@dataclass(frozen=True, slots=True)
class Markup:
    """A part of a page with complete tags, which is not escaped again."""

    text: str


NOTHING = Markup("")

Contribution = Markup | str


def tag(name: str, /, *children: Contribution, **attributes: str | None) -> Markup:
    """Return an element of HTML or SVG; children that are not `Markup` are escaped.

    In an attribute's name, `_` becomes `-`, and a `_` at the end is dropped: it avoids Python's keywords. An
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
    """Concatenate parts."""
    return Markup("".join(part.text if isinstance(part, Markup) else _escaped(part) for part in parts))


def cleaned(text: str, limit: int = 120) -> str:
    """Remove what XML does not allow, and cut a text to `limit` characters; `tag` escapes it."""
    return sanitize(_NOT_XML.sub(" ", text), limit)


def _escaped(text: str) -> str:
    # Invisible characters and those that change the text direction are removed from any text.
    line = cleaned(text, limit=len(text) + 1)
    before, after = text.startswith(" "), text.endswith(" ")
    return escape(f"{' ' * before}{line}{' ' * after}")
