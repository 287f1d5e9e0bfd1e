"""The list of traps is kept by tests that name them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LISTED = [
    int(n) for n in re.findall(r"^\| (\d+) \|", (ROOT / "docs/usage-api-traps.md").read_text(), re.MULTILINE)
]


def named_in_tests() -> set[int]:
    here = Path(__file__).name
    texts = [path.read_text() for path in (ROOT / "tests").rglob("*.py") if path.name != here]
    names = [
        match for text in texts for match in re.findall(r"[Tt]raps?[_ ]((?:\d+|_and_|_|, | and )+)", text)
    ]
    return {int(number) for name in names for number in re.findall(r"\d+", name)}


def test_the_list_counts_every_trap_once() -> None:
    assert list(range(1, 38)) == LISTED


@pytest.mark.parametrize("number", LISTED)
def test_every_trap_of_the_list_has_a_test_that_names_it(number: int) -> None:
    assert number in named_in_tests()
