"""A limit is shown with all digits that a person wrote."""

from decimal import Decimal

import pytest

from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.messages.formatting import format_limit


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        ("6000.5", "JPY", "6,000.5 JPY"),
        ("6000", "JPY", "6,000 JPY"),
        ("50", "USD", "50 USD"),
        ("49.995", "USD", "49.995 USD"),
        ("0.0005", "USD", "0.0005 USD"),
        ("1234567.25", "Requests", "1,234,567.25 Requests"),
        ("1E+6", "Requests", "1,000,000 Requests"),
    ],
)
def test_a_limit_is_shown_as_it_was_written(number: str, unit: str, text: str) -> None:
    assert format_limit(Amount(Decimal(number), unit)) == text
