"""Every trap of the usage APIs has a test that names its number."""

import re
from pathlib import Path

import pytest

from tests.unit.repository.pages.documentation import ROOT, page

LISTED = [int(number) for number in re.findall(r"^\| (\d+) \|", page("usage-apis"), re.MULTILINE)]


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
