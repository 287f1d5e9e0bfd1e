"""The report's CSS, light and dark.

Lines and areas have a contrast of at least 3:1, text of at least 4.5:1 (WCAG 2.2, 1.4.11 and 1.4.3). Family
colours can be told apart with any colour vision, after Okabe and Ito (https://jfly.uni-koeln.de/color/), and
each family also has its own pattern.
"""

from cloudflare_budgets.messages.report.html import Markup, joined, tag

LIGHT = {
    "page": "#f4f5f7",
    "card": "#ffffff",
    "text": "#1b2027",
    "muted": "#565f6b",
    "line": "#d9dde3",
    "axis": "#7b8492",
    "accent": "#1a5fb4",
    "ok": "#1f7a3f",
    "warning": "#9a5b00",
    "critical": "#b3261e",
    "unknown": "#6a4fa3",
    "family-0": "#0072b2",
    "family-1": "#c75300",
    "family-2": "#00805e",
    "family-3": "#a8487f",
    "family-4": "#8f6b00",
    "family-other": "#6b7280",
}
DARK = {
    "page": "#0f1318",
    "card": "#181d24",
    "text": "#e6e9ee",
    "muted": "#a3acb9",
    "line": "#2c333d",
    "axis": "#77818f",
    "accent": "#7db4f5",
    "ok": "#5fcf86",
    "warning": "#f0b24d",
    "critical": "#ff8a80",
    "unknown": "#bda6f2",
    "family-0": "#56b4e9",
    "family-1": "#ff8a4c",
    "family-2": "#2fcb9b",
    "family-3": "#e69ac4",
    "family-4": "#e8c547",
    "family-other": "#9aa4b2",
}

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

_RULES = """
* { box-sizing: border-box }
body {
  margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; -webkit-text-size-adjust: 100%
}
main, footer { max-width: 1180px; margin: 0 auto; padding: 0 16px }
h1 { font-size: 1.6rem; margin: 24px 0 0 }
h2 { font-size: 1.25rem; margin: 32px 0 0 }
h3 { font-size: 1.1rem; margin: 0 }
h4 { font-size: .95rem; margin: 8px 0 4px }
p { margin: 4px 0 }
a { color: var(--accent) }
small { display: block; color: var(--muted); font-size: .8125rem; font-weight: 400 }
.top p, .muted, footer { color: var(--muted); font-size: .875rem }
footer { padding-top: 24px; padding-bottom: 32px }
.card, .problems, .budgets, .empty {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px
}
.card { padding: 16px; margin: 12px 0 }
.empty { padding: 16px; margin: 12px 0; color: var(--muted) }
.problems { padding: 4px 16px 12px; margin: 16px 0; border-left: 5px solid var(--unknown) }
.problems h2 { margin-top: 8px }
.problems ul { margin: 4px 0; padding-left: 20px }
.problems li { margin: 6px 0; font-size: .9rem }
.problems strong { display: block }
.problems strong::first-letter { text-transform: uppercase }
.title { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center }
.badge {
  display: inline-block; border: 1.5px solid currentColor; border-radius: 999px; padding: 1px 10px;
  font-size: .8125rem; font-weight: 600; white-space: nowrap
}
.sum { font-size: 1.05rem }
.sum strong { font-size: 1.35rem }
.forecast { display: block; color: var(--muted); font-size: .95rem }
.remark { border-left: 4px solid var(--unknown); padding-left: 10px; font-size: .9rem }
.ok { color: var(--ok) }
.warning { color: var(--warning) }
.critical { color: var(--critical) }
.unknown { color: var(--unknown) }
.meter { display: block; width: 100%; height: 10px; border-radius: 5px; margin: 6px 0 }
.meter rect { height: 6px }
.meter .rest { fill: var(--line) }
.meter .used { fill: currentColor }
.mark { stroke: var(--text); stroke-width: 2.5; vector-effect: non-scaling-stroke }
figure { margin: 12px 0 0; min-width: 0 }
figcaption { font-size: .875rem; font-weight: 600 }
.chart { display: block; width: 100%; max-width: 640px; height: auto }
.chart text { font-size: 12.5px; fill: var(--muted) }
.end { text-anchor: end }
.mid { text-anchor: middle }
.chart .strong {
  fill: var(--critical); font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 3px
}
.chart path, .legend path { fill: none; vector-effect: non-scaling-stroke }
.grid { stroke: var(--line) }
.axis { stroke: var(--axis) }
.so-far { stroke: var(--accent); stroke-width: 2.5; stroke-linejoin: round }
.now { fill: var(--accent) }
.limit { stroke: var(--critical); stroke-width: 2 }
.expected { stroke: var(--accent); stroke-width: 2.5; stroke-dasharray: 7 4 }
.continued { stroke: var(--muted); stroke-width: 1.5; stroke-dasharray: 1.5 3 }
.today { stroke: var(--axis); stroke-dasharray: 3 3 }
.chart .range, .legend .range {
  fill: var(--accent); fill-opacity: .16; stroke: var(--accent); stroke-opacity: .55
}
.ask { fill: transparent }
.ask:hover { fill: var(--axis); fill-opacity: .2 }
.legend {
  list-style: none; display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 6px 0 0; padding: 0;
  font-size: .8125rem
}
.legend li { display: flex; align-items: center; gap: 6px }
.legend svg { width: 24px; height: 12px; flex: none }
table { border-collapse: collapse; width: 100%; font-size: .875rem }
th, td {
  text-align: right; vertical-align: top; padding: 5px 8px; border-top: 1px solid var(--line);
  font-variant-numeric: tabular-nums
}
th:first-child { text-align: left; padding-left: 0 }
td:last-child, th:last-child { padding-right: 0 }
td { white-space: nowrap }
thead th { border-top: 0; white-space: nowrap; color: var(--muted); font-weight: 400 }
tbody th { font-weight: 400 }
details { margin-top: 12px }
summary { cursor: pointer; font-size: .875rem; color: var(--accent) }
.wide { overflow-x: auto }
.wide th, .wide td { white-space: nowrap }
.budgets { border-collapse: separate; border-spacing: 0; margin: 16px 0; padding: 4px 16px }
.budgets th, .budgets td { text-align: left }
.budgets td { white-space: normal }
.budgets tbody th { font-weight: 600 }
.budgets .short { white-space: nowrap }
.of { width: 24% }
@media (min-width:1100px) {
  .budgets tbody th { min-width: 12rem }
}
@media (min-width:900px) {
  .columns { display: grid; grid-template-columns: 1fr 1fr; gap: 0 32px }
}
@media (max-width:1099px) {
  .budgets thead { display: none }
  .budgets, .budgets tbody { display: block }
  .budgets tr { padding: 10px 0; border-top: 1px solid var(--line) }
  .budgets tr:first-child { border-top: 0 }
  .budgets th, .budgets td { display: block; border: 0; padding: 2px 0 }
  .budgets td[data-label] { color: var(--muted) }
  .budgets .of { width: auto }
  .budgets tr { display: grid; grid-template-columns: 1fr auto; gap: 0 12px }
  .budgets td { grid-column: 1/-1 }
  .budgets td:nth-child(2) { grid-column: 2; grid-row: 1 }
  .budgets td[data-label]::before { content: attr(data-label) ": " }
}
@media (min-width:560px) {
  .chart text { font-size: 9px }
}
@media (max-width:559px) {
  :is(.drivers,.included) tr { display: grid; padding: 4px 0; border-top: 1px solid var(--line) }
  .drivers tr { grid-template-columns: 1.2fr 1fr 1fr 1fr }
  .included tr { grid-template-columns: 1fr 1.4fr .7fr }
  :is(.drivers,.included) :is(th,td) { border: 0; padding: 1px 0 }
  :is(.drivers,.included) th:first-child { grid-column: 1/-1 }
  :is(.drivers,.included) thead tr { border: 0 }
  :is(.drivers,.included) thead th:first-child { display: none }
  :is(.drivers,.included) :nth-child(2) { text-align: left }
  .included td { white-space: normal }
}
"""


def _variables(colours: dict[str, str]) -> str:
    return ":root { " + "".join(f"--{name}: {colour}; " for name, colour in colours.items()) + "}"


STYLE = Markup(
    f"""
:root {{ color-scheme: light dark }}
{_variables(LIGHT)}
@media (prefers-color-scheme: dark) {{ {_variables(DARK)} }}
{_RULES.strip()}
{fillings()}"""
)
