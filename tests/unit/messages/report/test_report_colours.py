"""Whoever sees colours badly, or reads at night, reads the page all the same."""

import re
from itertools import combinations

import pytest

from cloudflare_budgets.messages.report.style import STYLE
from tests.unit.messages.report.pages import drawn, forecast, of_class
from tests.unit.messages.report.pages import evaluation as made

# WCAG 2.2, 1.4.3 and 1.4.11: https://www.w3.org/TR/WCAG22/
TEXT, GRAPHICS = 4.5, 3.0
TEXTS = ("text", "muted", "accent", "ok", "warning", "critical", "unknown")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    for block in STYLE.text.split("@media (prefers-color-scheme: dark)", 1)
)
FAMILIES = ("family-0", "family-1", "family-2", "family-3", "family-4", "family-other")


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", TEXTS)
def test_text_can_be_read(colours: dict[str, str], name: str) -> None:
    assert contrast(colours[name], colours["card"]) >= TEXT
    assert contrast(colours[name], colours["page"]) >= TEXT


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["axis", *FAMILIES])
def test_lines_and_areas_can_be_seen(colours: dict[str, str], name: str) -> None:
    assert contrast(colours[name], colours["card"]) >= GRAPHICS


def test_the_dark_has_every_colour_that_the_light_has() -> None:
    assert len(LIGHT) > len(FAMILIES)
    assert list(DARK) == list(LIGHT)
    assert set(re.findall(r"var\(--([\w-]+)\)", STYLE.text)) <= set(LIGHT)


def test_each_family_has_a_filling_of_its_own() -> None:
    fillings = dict(re.findall(r"\.(family-\w+) { fill: (\S+) }", STYLE.text))
    assert sorted(fillings) == sorted(FAMILIES)
    patterned = [name for name in FAMILIES if fillings[name].startswith("url(")]
    assert patterned == list(FAMILIES[1:5])
    root = drawn(made())
    patterns = [each for each in root.iter("pattern") if str(each.get("id")).startswith("family")]
    drawings = {pattern.get("id"): pattern[1].get("d") for pattern in patterns}
    assert sorted(drawings, key=str) == patterned
    assert all(one != other for one, other in combinations(drawings.values(), 2))


def test_what_is_known_and_what_is_expected_differ_in_more_than_colour() -> None:
    dashes = dict(
        re.findall(r"^\.([\w-]+) {[^}]*stroke-dasharray: ([^;}]+?) ?[;}]", STYLE.text, re.MULTILINE)
    )
    assert len({dashes[name] for name in ("expected", "continued", "today", "provisional")}) == 4
    assert not {"so-far", "limit"} & set(dashes)


def test_every_class_of_a_chart_is_one_of_the_style() -> None:
    root = drawn(made(forecast=forecast("60", "55", "66")))
    used = {
        name
        for chart in [*of_class(root, "chart"), *of_class(root, "legend")]
        for element in chart.iter()
        for name in element.get("class", "").split()
    }
    assert used <= set(re.findall(r"\.([a-z][\w-]*)", STYLE.text))


def test_the_style_holds_nothing_that_ends_it_or_is_read_differently_as_xml() -> None:
    assert not set("<&") & set(STYLE.text)
    assert STYLE.text.count("{") == STYLE.text.count("}")
    assert all(line.count('"') % 2 == 0 for line in STYLE.text.splitlines())
