"""Whatever people write, it stays text, and the page stays well-formed."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind
from cloudflare_budgets.domain.evaluation.allowance import AllowanceUse
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.evaluation.measurement import Driver
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.messages.report.html import cleaned, joined, tag
from cloudflare_budgets.messages.report.page import page
from tests.support.builders import AS_OF, day
from tests.unit.messages.report.pages import FIRST, account, evaluation, forecast, lines, read

HOSTILE = '</title></style></svg><script>alert(1)</script>" onload="x" \'&lt;\u202e\x00\ufffe\ud800'
texts = st.text() | st.sampled_from([HOSTILE, "&", "<", "]]>", "<!--", "\x1b", "\uffff"])


def written(text: str) -> Evaluation:
    """Make an evaluation in which somebody wrote a text wherever somebody can."""
    plain = evaluation()
    made = replace(
        plain.budget,
        name=text,
        description=text,
        allowance_of=text,
        scope=replace(plain.budget.scope, metric_id=(text,)),
    )
    return replace(
        plain,
        budget=made,
        status=Status.UNKNOWN,
        unknown=Unknown(UnknownKind.NO_DATA, text),
        forecast=forecast("60", left_out=(text,)),
        breakdown=replace(plain.breakdown, families={text: {FIRST: Decimal(3)}}),
        drivers=(Driver(text, text, text, Decimal(3), None, None, day("2026-11-02")),),
        allowances=(AllowanceUse(text, text, Decimal(1), Decimal(2), text),),
    )


def page_with(text: str) -> str:
    report = account(written(text), account_id=text, account_name=text, failures=(text,), source=text)
    return page(Report(AS_OF, (report,), problems=(Problem(text, text, text),), own_failures=(text,)))


def shape(root: ET.Element) -> list[tuple[str, list[str]]]:
    return [(element.tag, sorted(element.keys())) for element in root.iter()]


@given(texts)
def test_no_text_adds_an_element_or_an_attribute(text: str) -> None:
    harmless = "x" if cleaned(text) else ""
    assert shape(read(page_with(text))) == shape(read(page_with(harmless)))


@given(texts)
def test_nothing_invisible_reaches_the_page(text: str) -> None:
    shown = page_with(text)
    assert not set(shown) & set("\x00\x1b\x7f\u200b\u202e\u2066\ufeff\ufffe\uffff")
    shown.encode()


def test_what_was_written_can_be_read_as_it_was_written() -> None:
    text = "<!channel> & \"Zürich\" 'x' </b>"
    shown = lines(read(page_with(text)))
    assert f"{text}: {text}" in shown
    assert page_with(text).count("&lt;!channel&gt; &amp; &quot;Zürich&quot; &#x27;x&#x27; &lt;/b&gt;") > 10


@pytest.mark.parametrize("length", [10_000])
def test_long_texts_are_cut(length: int) -> None:
    assert len(page_with("x" * length)) < 60_000


@given(texts, texts)
def test_an_element_is_what_its_tag_says(content: str, value: str) -> None:
    made = tag("p", content, title=value)
    assert [element.tag for element in read(made.text).iter()] == ["p"]


def test_markup_is_not_escaped_twice_and_an_attribute_without_a_value_is_left_out() -> None:
    made = joined([tag("p", tag("b", "a < b"), class_="x", aria_hidden=None), tag("br")])
    assert made.text == '<p class="x"><b>a &lt; b</b></p><br/>'


def test_parts_of_a_sentence_are_separated() -> None:
    assert tag("p", tag("b", "41 USD"), " of 50 USD, ", tag("a", "more")).text == (
        "<p><b>41 USD</b> of 50 USD, <a>more</a></p>"
    )
