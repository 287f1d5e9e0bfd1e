import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.primitives.amount import MAX_NUMBER, Amount
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.alerts.layout import repeat_subject, subject_line
from cloudflare_budgets.messages.formatting import (
    bar,
    format_amount,
    format_next_to_limit,
    format_number,
    rough,
    whole_percent,
)

PRINTABLE = set(string.printable) - set("\t\n\r\x0b\x0c")


@given(st.text(max_size=400), st.text(max_size=80), st.text(max_size=400))
def test_any_text_becomes_a_subject_that_sns_takes(text: str, whose: str, shorter: str) -> None:
    line = subject_line(text, whose, shorter)
    for subject in (line, repeat_subject(line), subject_line(text), repeat_subject(subject_line(text))):
        assert 1 <= len(subject) <= 99
        assert set(subject) <= PRINTABLE
        assert subject[0].isalnum()
        assert subject == subject.strip()


def test_a_subject_keeps_its_beginning_and_its_accents_as_plain_letters() -> None:
    assert subject_line("Café Münster at 82% — now") == "Cafe Munster at 82% ? now"
    assert subject_line("x" * 99) == "x" * 99


def test_a_subject_shows_where_it_was_cut() -> None:
    assert subject_line("x" * 200) == "x" * 96 + "..."
    assert repeat_subject("x" * 81) == "x" * 81 + " (possible repeat)"
    assert repeat_subject("x" * 99) == "x" * 78 + "... (possible repeat)"


@pytest.mark.parametrize(
    ("fact", "whose", "subject"),
    [
        ("x" * 20, "[Acme]", "x" * 20 + " - [Acme]"),
        ("x" * 90, "Münch", "x" * 90 + " - Munch"),
        ("x" * 70, "a" * 27, "x" * 70 + " - " + "a" * 23 + "..."),
        ("x" * 84, "a" * 13, "x" * 84 + " - " + "a" * 9 + "..."),
        ("x" * 85, "a" * 13, "shorter - " + "a" * 13),
        ("x" * 85, "", "x" * 85),
        ("x" * 99, "Acme", "shorter - Acme"),
    ],
)
def test_a_name_is_cut_before_the_fact_gives_way_to_a_shorter_one(
    fact: str, whose: str, subject: str
) -> None:
    assert subject_line(fact, whose, shorter="shorter") == subject


def test_a_fact_without_a_shorter_one_is_cut_so_that_a_name_can_be_told_apart() -> None:
    assert subject_line("x" * 200, "a" * 60) == "x" * 81 + "... - " + "a" * 9 + "..."
    assert subject_line("x" * 200, "Acme") == "x" * 89 + "... - Acme"


@pytest.mark.parametrize(
    ("subject", "repeated"),
    [
        ("spend at 82% of 50 USD (41.20 USD) - Acme", "spend at 82% of 50 USD (41.20 USD) - Acme"),
        (
            "included: kv_storage forecast at 120% of its allowance (1.2 of 1 GB-months) - Bicycle shop",
            "included: kv_storage forecast at 120% of its allowance - Bicycle shop",
        ),
        (
            "production-workers-spend forecast at 120% of 1,250 USD (1,506 USD, now 612 USD) - Bicycle s...",
            "production-workers-spend forecast at 120% of 1,250 USD - Bicycle s...",
        ),
        (
            "2026-11-01 to 2026-11-30 closed: production-worker at 344% of 1,000 USD and 4 more - Cargo bike",
            "2026-11-01 to 2026-11-30 closed: production-worker at 344% - Cargo bike",
        ),
        (
            f"2026-11-01 to 2026-11-30 closed: {'i' * 43} at 3,440% - Bicycle s...",
            f"2026-11-01 to 2026-11-30 closed: {'i' * 20}... at 3,440% - Bicycle s...",
        ),
        (f"{'x' * 84} - Bicycle s...", f"{'x' * 63}... - Bicycle s..."),
        (f"x at {'9' * 79}% - Bicycle s...", f"x at {'9' * 58}... - Bicycle s..."),
    ],
)
def test_a_repeat_keeps_the_percentage_and_the_account(subject: str, repeated: str) -> None:
    assert repeat_subject(subject) == f"{repeated} (possible repeat)"


@given(st.text(max_size=400))
def test_any_text_becomes_one_line_without_anything_invisible(text: str) -> None:
    line = sanitize(text)
    assert len(line) <= 120
    line.encode("utf-8")  # a lone surrogate would raise
    assert not set(line) & {"\n", "\r", "\x00", "\u202e", "\u200b", "\x9f"}


@pytest.mark.parametrize(
    ("text", "line"),
    [("x" * 120, "x" * 120), ("x" * 121, "x" * 117 + "..."), ("  a \n\t b ", "a b")],
)
def test_a_line_has_120_characters_at_most_and_shows_where_it_was_cut(text: str, line: str) -> None:
    assert sanitize(text) == line


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        ("41.2", "USD", "41.20 USD"),
        ("50", "USD", "50 USD"),
        ("1234567.891", "USD", "1,234,567.89 USD"),
        ("0.0031", "USD", "0.0031 USD"),
        ("0", "USD", "0 USD"),
        ("-7.5", "USD", "-7.50 USD"),
        ("-7", "USD", "-7 USD"),
        ("-0", "USD", "0 USD"),
        ("8234567", "Requests", "8,234,567 Requests"),
        ("0.4", "GB-months", "0.4 GB-months"),
        ("12.34567", "GB-months", "12.346 GB-months"),
        ("0.00000004", "GB-months", "0.00000004 GB-months"),
    ],
)
def test_amounts_read_as_people_expect_of_their_unit(number: str, unit: str, text: str) -> None:
    assert format_amount(Amount(Decimal(number), unit)) == text


@pytest.mark.parametrize(
    ("number", "limit", "text"),
    [
        ("41.2", "50 USD", "41.20"),
        ("49.994", "50 USD", "49.99"),
        ("49.998", "50 USD", "49.998"),
        ("49.99999999", "50 USD", "49.999"),
        ("50", "50 USD", "50"),
        ("50.001", "50 USD", "50"),
        ("0.009", "0.01 USD", "0.009"),
        ("0.9999", "1 GB-months", "0.9999"),
        ("999999.9996", "1000000 Requests", "999,999.9996"),
    ],
)
def test_a_number_below_a_limit_does_not_read_like_it(number: str, limit: str, text: str) -> None:
    limit_number, unit = limit.split()
    assert format_next_to_limit(Decimal(number), Amount(Decimal(limit_number), unit)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [("9999.4", "9,999"), ("9999.6", "9,999.60"), ("9999.9999", "9,999.999"), ("10000.4", "10,000")],
)
def test_what_is_expected_below_a_limit_keeps_digits_only_where_it_must(number: str, text: str) -> None:
    assert format_next_to_limit(Decimal(number), Amount(Decimal(10000), "USD"), is_expected=True) == text


@given(st.decimals(0, MAX_NUMBER, places=9), st.decimals(0, MAX_NUMBER, places=2), st.booleans())
def test_no_number_below_a_limit_reads_like_it(number: Decimal, limit: Decimal, is_expected: bool) -> None:  # noqa: FBT001 - the case
    for unit in ("USD", "Requests"):
        text = format_next_to_limit(number, Amount(limit, unit), is_expected=is_expected)
        assert (text == format_number(limit, unit)) <= (number >= limit)


@pytest.mark.parametrize(
    ("number", "told"), [("999.94", "999.94"), ("1000", "1000"), ("1000.4", "1000"), ("-1234.5", "-1234.5")]
)
def test_what_is_only_expected_is_told_in_whole_numbers_from_a_thousand_on(number: str, told: str) -> None:
    assert rough(Decimal(number)) == Decimal(told)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("99.999", "99%"),
        ("99.9999999999", "99%"),
        ("100", "100%"),
        ("0.2", "0%"),
        ("-0.2", "-1%"),
        ("123456", "123,456%"),
    ],
)
def test_a_whole_percentage_never_claims_more_than_is_true(part: str, text: str) -> None:
    assert whole_percent(Decimal(part), Decimal(100)) == text


@pytest.mark.parametrize(
    ("part", "drawn"),
    [
        ("-5", "[--------------------]"),
        ("0", "[--------------------]"),
        ("4.9999999999", "[--------------------]"),
        ("5", "[#-------------------]"),
        ("82.4", "[################----]"),
        ("99.9999999999", "[###################-]"),
        ("100", "[####################]"),
        ("300", "[####################]"),
    ],
)
def test_a_bar_is_full_from_the_limit_on(part: str, drawn: str) -> None:
    assert bar(Decimal(part), Decimal(100)) == drawn
