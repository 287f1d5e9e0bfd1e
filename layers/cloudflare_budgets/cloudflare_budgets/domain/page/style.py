"""How the page looks, on a phone and on a desk."""

from cloudflare_budgets.domain.page.colours import DARK, LIGHT
from cloudflare_budgets.domain.page.markup import Markup
from cloudflare_budgets.domain.page.patterns import fillings

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
