import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.primitives.amount import MAX_NUMBER, Amount
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.formatting import (
    bar,
    change_text,
    dates,
    format_amount,
    format_next_to_limit,
    format_number,
    metric_name,
    percent_text,
    rough,
    times_text,
)
from cloudflare_budgets.messages.mail import repeat_subject, subject_line
from tests.support.builders import day

PRINTABLE = set(string.printable) - set("\t\n\r\x0b\x0c")


@given(st.text(max_size=400), st.text(max_size=80), st.text(max_size=400))
def test_any_text_becomes_a_subject_that_sns_accepts(text: str, whose: str, shorter: str) -> None:
    line = subject_line(text, whose, shorter)
    for subject in (line, repeat_subject(line), subject_line(text), repeat_subject(subject_line(text))):
        assert 1 <= len(subject) <= 99
        assert set(subject) <= PRINTABLE
        assert subject[0].isalnum()
        assert subject == subject.strip()


def test_a_subject_preserves_its_beginning_and_its_accents_as_plain_letters() -> None:
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
def test_a_name_is_shortened_before_the_fact(fact: str, whose: str, subject: str) -> None:
    assert subject_line(fact, whose, shorter="shorter") == subject


def test_a_fact_without_a_shorter_one_is_cut_so_that_a_name_can_be_distinguished() -> None:
    assert subject_line("x" * 200, "a" * 60) == "x" * 81 + "... - " + "a" * 9 + "..."
    assert subject_line("x" * 200, "Acme") == "x" * 89 + "... - Acme"


@pytest.mark.parametrize(
    ("subject", "repeated"),
    [
        ("spend over limit: 60 of 50 USD (120 %) - Acme", "spend over limit: 60 of 50 USD (120 %) - Acme"),
        (
            "free: kv_storage passed 80 %: 0.8 of 1 GB-months included (80 %), 9 days left - Bicycle",
            "free: kv_storage passed 80 %: 0.8 of 1 GB-months included (80 %) - Bicycle",
        ),
        (
            "production-worker forecast over: 1,506 of 1,250 USD (120 %, now 612), 9 days left - Bicycle...",
            "production-worker forecast over: 1,506 of 1,250 USD (120 %, now 612) - Bicycle...",
        ),
        (
            f"{'n' * 60} over limit: 60 of 50 USD - Bicycle shop",
            f"{'n' * 38}... over limit: 60 of 50 USD - Bicycle shop",
        ),
        (f"{'x' * 84} - Bicycle s...", f"{'x' * 63}... - Bicycle s..."),
        (f"x: {'9' * 81} - Bicycle s...", f"x: {'9' * 60}... - Bicycle s..."),
    ],
)
def test_a_repeat_preserves_the_figures_and_the_account(subject: str, repeated: str) -> None:
    assert repeat_subject(subject) == f"{repeated} (possible repeat)"


@given(st.text(max_size=400))
def test_any_text_becomes_one_line_without_anything_invisible(text: str) -> None:
    line = sanitize(text)
    assert len(line) <= 120
    line.encode("utf-8")  # a lone surrogate would raise
    assert not set(line) & {"\n", "\r", "\x00", "\u202e", "\u200b", "\x9f"}


@pytest.mark.parametrize(
    "hidden",
    [
        *("\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u180e", "\u200b", "\u200d", "\u2060"),
        *("\u2064", "\u3164", "\ufe00", "\ufeff", "\uffa0", "\ufff9", "\ufffb", "\U000e0001", "\U000e0041"),
        *("\U000e007f", "\U000e0100", "\U0001d173", "\ud83d"),
    ],
)
def test_invisible_characters_are_removed_from_within_a_word(hidden: str) -> None:
    assert sanitize(f"{hidden}Work{hidden}{hidden}ers {hidden} KV{hidden}") == "Workers KV"


@pytest.mark.parametrize("separator", ["\n", "\x00", "\x85", "\u2028", "\u2029", "\u202e", "\u2066"])
def test_controls_separate_words(separator: str) -> None:
    assert sanitize(f"Workers{separator}KV") == "Workers KV"


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
        ("536.25", "GB-months", "536 GB-months"),
        ("28219419.6", "ms", "28,219,420 ms"),
        ("187.5", "JPY", "188 JPY"),
        ("0.4", "JPY", "0.4 JPY"),
        ("1.2345", "KWD", "1.234 KWD"),
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
def test_a_forecast_below_a_limit_has_digits_only_where_needed(number: str, text: str) -> None:
    assert format_next_to_limit(Decimal(number), Amount(Decimal(10000), "USD"), is_expected=True) == text


@given(st.decimals(0, MAX_NUMBER, places=9), st.decimals(0, MAX_NUMBER, places=2), st.booleans())
def test_no_number_below_a_limit_reads_like_it(number: Decimal, limit: Decimal, is_expected: bool) -> None:  # noqa: FBT001 - the case
    for unit in ("USD", "Requests"):
        text = format_next_to_limit(number, Amount(limit, unit), is_expected=is_expected)
        assert (text == format_number(limit, unit)) <= (number >= limit)


@pytest.mark.parametrize(
    ("number", "told"), [("99.94", "99.94"), ("100", "100"), ("1000.4", "1000"), ("-1234.5", "-1234.5")]
)
def test_what_is_only_expected_is_reported_in_whole_numbers_from_a_hundred_on(number: str, told: str) -> None:
    assert rough(Decimal(number)) == Decimal(told)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("99.999", "99 %"),
        ("99.9999999999", "99 %"),
        ("100", "100 %"),
        ("9.96", "9.9 %"),
        ("0.5", "0.5 %"),
        ("0.04", "below 0.1 %"),
        ("0", "0 %"),
        ("-0.2", "-0.2 %"),
        ("123456", "123,456 %"),
    ],
)
def test_a_percentage_never_claims_more_than_is_true(part: str, text: str) -> None:
    assert percent_text(Decimal(part), Decimal(100)) == text


@pytest.mark.parametrize(("part", "full"), [("-5", 0), ("9.999999", 0), ("10", 1), ("99.99", 9), ("100", 10)])
def test_a_bar_is_full_from_the_limit_on(part: str, full: int) -> None:
    assert bar(Decimal(part)) == "█" * full + "░" * (10 - full)
    assert bar(Decimal("100.1")) == bar(Decimal(300)) == "█" * 10 + "▶"


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-11-01", "2026-12-01", "1 to 30 Nov 2026"),
        ("2026-10-28", "2026-11-28", "28 Oct to 27 Nov 2026"),
        ("2026-12-15", "2027-01-15", "15 Dec 2026 to 14 Jan 2027"),
        ("2026-11-21", "2026-11-22", "21 Nov 2026"),
    ],
)
def test_a_period_is_its_first_and_its_last_day(start: str, end: str, text: str) -> None:
    assert dates(Period(day(start), day(end))) == text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("KV Write Operations (First 1M is included)", "KV Write Operations"),
        ("Requests (first 10M free)", "Requests"),
        ("Images (stored)", "Images (stored)"),
        ("x" * 61, "x" * 57 + "..."),
    ],
)
def test_the_name_of_a_metric_does_not_say_its_allowance(name: str, shown: str) -> None:
    assert metric_name(name) == shown


def test_a_change_is_a_percentage_or_a_factor() -> None:
    assert change_text(Decimal(61), Decimal(10)) == "+510 %"
    assert times_text(Decimal(41), Decimal(13)) == "3.2 times"
    assert times_text(Decimal(2100), Decimal(100)) == "21 times"
