from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.primitives.amount import (
    MAX_NUMBER,
    Amount,
    is_bounded,
    percent_of,
    percent_reached,
    plain,
    total,
)

bounded = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**14), max_value=10**14, places=9)


@given(bounded)
def test_plain_notation_preserves_every_digit(number: Decimal) -> None:
    assert Decimal(plain(number)) == number
    assert "E" not in plain(number)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("41.20", "41.2"),
        ("1E+3", "1000"),
        ("-0.0", "0"),
        ("100", "100"),
        ("0.000", "0"),
        ("1E-7", "0.0000001"),
    ],
)
def test_plain_notation_drops_only_trailing_zeros(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@given(st.lists(bounded, max_size=50))
def test_a_sum_is_exact_in_any_order(numbers: list[Decimal]) -> None:
    assert total(numbers) == total(reversed(numbers))
    scaled = sum(int(number.scaleb(9)) for number in numbers)
    assert total(numbers) == Decimal(scaled).scaleb(-9)


def test_tenths_add_up_to_one_exactly() -> None:
    assert total([Decimal("0.1")] * 10) == 1


@pytest.mark.parametrize(
    "text", ["NaN", "sNaN", "Infinity", "-Infinity", "1e-300000000", "1e24", "1e25", "9" * 61]
)
def test_numbers_that_cannot_be_summed_and_printed_safely_are_out_of_bounds(text: str) -> None:
    assert not is_bounded(Decimal(text))


@pytest.mark.parametrize("text", ["0", "0.00000", "999999999999999999999999.999", "-5", "1e-60", "5e23"])
def test_ordinary_numbers_are_in_bounds(text: str) -> None:
    assert is_bounded(Decimal(text))
    assert abs(Decimal(text)) < MAX_NUMBER


def test_a_percentage_is_rounded_only_for_people() -> None:
    assert percent_of(Decimal("41.2"), Decimal(50)) == Decimal("82.4")
    assert percent_of(Decimal(1), Decimal(3)) == Decimal("33.3")


@pytest.mark.parametrize(
    ("part", "percent"), [("49.999", "99.9"), ("50", "100"), ("50.04", "100"), ("-0.01", "-0.1")]
)
def test_a_limit_is_not_reached_before_it_is(part: str, percent: str) -> None:
    assert percent_reached(Decimal(part), Decimal(50)) == Decimal(percent)


def test_an_amount_reads_as_people_write_it() -> None:
    assert str(Amount(Decimal("50.00"), "USD")) == "50 USD"
