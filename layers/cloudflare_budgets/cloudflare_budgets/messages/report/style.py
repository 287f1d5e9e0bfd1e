"""The report's style: the rules of `report.css`, and the patterns of the families' bars.

Lines and areas have a contrast of at least 3:1, text of at least 4.5:1 (WCAG 2.2, 1.4.11 and 1.4.3). The
colours of families are distinguishable with any colour vision, after Okabe and Ito
(https://jfly.uni-koeln.de/color/), and each family also has its own pattern.
"""

from importlib.resources import files

from cloudflare_budgets.messages.report.html import Markup, tag

# Read when the report is imported, which only a digest does.
STYLE = Markup(files(__package__).joinpath("report.css").read_text(encoding="utf-8"))

# What is drawn over each family's colour, within a square of 6; the first and the rest are plain.
_DRAWN = {
    "family-1": "M-1 7L7 -1M-1 1L1 -1M5 7L7 5",
    "family-2": "M0 1.5H6M0 4.5H6",
    "family-3": "M-1 -1L7 7M5 -1L7 1M-1 5L1 7",
    "family-4": "M1.5 0V6M4.5 0V6",
}


def _pattern(name: str, d: str) -> Markup:
    ground = tag("rect", width="6", height="6", style=f"fill:var(--{name})")
    lines = tag("path", d=d, style="fill:none;stroke:var(--card);stroke-width:1.1")
    return tag("pattern", ground, lines, id=name, width="6", height="6", patternUnits="userSpaceOnUse")


# Usage that is not billed yet: hatched, on no ground.
_HATCHED = tag(
    "pattern",
    tag("path", d=_DRAWN["family-1"], style="fill:none;stroke:var(--warning);stroke-width:1.1"),
    id="provisional",
    width="6",
    height="6",
    patternUnits="userSpaceOnUse",
)

# A picture that is not displayed provides no patterns to others, so it has no size instead.
PATTERNS = tag(
    "svg",
    tag("defs", *(_pattern(name, d) for name, d in _DRAWN.items()), _HATCHED),
    width="0",
    height="0",
    style="position:absolute",
    aria_hidden="true",
)
