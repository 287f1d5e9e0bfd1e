"""The patterns that tell product families apart without colour."""

from cloudflare_budgets.domain.page.colours import LIGHT
from cloudflare_budgets.domain.page.markup import Markup, joined, tag

# What is drawn over each family's colour, within a square of 6; the first and the rest are plain.
_DRAWN = {
    "family-1": "M-1 7L7 -1M-1 1L1 -1M5 7L7 5",
    "family-2": "M0 1.5H6M0 4.5H6",
    "family-3": "M-1 -1L7 7M5 -1L7 1M-1 5L1 7",
    "family-4": "M1.5 0V6M4.5 0V6",
}


def fillings() -> str:
    """Write the rules that fill each family's bars."""
    names = [name for name in LIGHT if name.startswith("family-")]
    fills = {name: f"url(#{name})" if name in _DRAWN else f"var(--{name})" for name in names}
    return "".join(f":is(.chart,.legend) .{name} {{ fill: {fill} }}\n" for name, fill in fills.items())


def _pattern(name: str, d: str) -> Markup:
    ground = tag("rect", width="6", height="6", style=f"fill:var(--{name})")
    lines = tag("path", d=d, style="fill:none;stroke:var(--card);stroke-width:1.1")
    return tag("pattern", ground, lines, id=name, width="6", height="6", patternUnits="userSpaceOnUse")


# A picture that is not displayed lends no patterns to others, so it has no size instead.
PATTERNS = tag(
    "svg",
    tag("defs", joined(_pattern(name, d) for name, d in _DRAWN.items())),
    width="0",
    height="0",
    style="position:absolute",
    aria_hidden="true",
)
