"""The page's colours in the light and in the dark.

Lines and areas have at least three times the contrast of what is behind them, text four and a half times
(WCAG 2.2, 1.4.11 and 1.4.3). The families' colours are told apart with any kind of colour vision, after
Okabe and Ito (https://jfly.uni-koeln.de/color/), and each has a pattern of its own beside.
"""

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
