"""README.md can be read in one sitting and leads to every other page."""

import re

import pytest

from tests.unit.repository.pages.documentation import PAGES, README

MAX_LINES = 250


def test_the_readme_is_readable_in_one_sitting() -> None:
    assert len(README.splitlines()) <= MAX_LINES


def test_the_readme_leads_from_what_it_is_to_how_it_is_developed() -> None:
    assert re.findall(r"^## (.+)$", README, re.MULTILINE) == [
        "See it on your machine",
        "An alert",
        "Install",
        "Write a budget",
        "Slack",
        "What it detects",
        "What it cannot know",
        "Operate, update, remove",
        "How it works",
        "Develop",
        "Licence",
    ]


def test_the_readme_starts_with_three_lines_and_a_picture() -> None:
    before = README.partition("\n\n|")[0].splitlines()
    assert len(before[2:]) <= 3
    assert "![" in README.partition("Three promises")[0]


@pytest.mark.parametrize("term", ["metric", "Data through", "V1", "V2", "allowance"])
def test_the_readme_explains_each_term_where_it_first_matters(term: str) -> None:
    assert f"**{term}**" in README.partition("## Install")[0]


@pytest.mark.parametrize("page", [name for name in PAGES if name != "README.md"])
def test_the_readme_leads_to_every_page(page: str) -> None:
    assert f"]({page}" in README
