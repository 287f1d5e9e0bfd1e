import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.messages.slack.blocks import escaped, fitting_lines, shortened


def test_a_mention_in_a_name_notifies_no_one() -> None:
    assert escaped("<!channel> R&D") == "&lt;!channel&gt; R&amp;D"


def test_nothing_else_is_escaped() -> None:
    assert escaped("50 % of \"R2\" *now* _'x'_ `y`") == "50 % of \"R2\" *now* _'x'_ `y`"


def test_what_fits_is_left_as_it_is() -> None:
    assert shortened("workers", 7) == "workers"


def test_what_is_too_long_ends_in_dots() -> None:
    assert shortened("durable objects", 10) == "durable..."


@pytest.mark.parametrize(("limit", "cut"), [(0, ""), (2, ".."), (3, "..."), (4, "w...")])
def test_where_hardly_anything_fits_the_dots_do(limit: int, cut: str) -> None:
    assert shortened("workers", limit) == cut


@pytest.mark.parametrize("limit", range(4, 12))
def test_an_escape_is_preserved_whole_or_left_out(limit: int) -> None:
    cut = shortened(escaped("a & b & c & d"), limit)

    assert cut.count("&") == cut.count("&amp;")


@given(st.text(alphabet="ab&<> ;", max_size=60), st.integers(0, 40))
def test_cut_text_is_never_too_long_and_never_opens_markup(text: str, limit: int) -> None:
    cut = shortened(escaped(text), limit)

    assert len(cut) <= limit
    assert "<" not in cut
    assert escaped(html.unescape(cut)) == cut


def test_lines_that_are_too_many_are_counted() -> None:
    assert fitting_lines(["first", "second", "third", "fourth"], 21) == "first\n... and 3 more"


def test_as_many_lines_as_fit_are_shown() -> None:
    assert (
        fitting_lines(["first", "second", "third", "fourth and last"], 27) == "first\nsecond\n... and 2 more"
    )


def test_lines_that_fit_are_all_there() -> None:
    assert fitting_lines(["first", "second"], 12) == "first\nsecond"


def test_a_single_line_that_is_too_long_is_cut() -> None:
    assert fitting_lines(["x" * 50], 20) == "x" * 17 + "..."
