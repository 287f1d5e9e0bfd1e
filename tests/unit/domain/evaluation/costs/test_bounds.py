"""The largest numbers that are taken, and the first that are not."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.primitives.amount import Amount, is_bounded
from cloudflare_budgets.domain.primitives.json_input import DECODER, MAX_INTEGER_DIGITS
from tests.support.builders import day, each_day, judged, usage


def test_a_key_that_stands_twice_is_named_by_its_beginning() -> None:
    twice = "x" * 81
    with pytest.raises(ValueError, match=f"the key '{'x' * 80}' occurs twice"):
        DECODER.decode(f'{{"once": 0, "{twice}": 1, "{twice}": 2}}')


def test_numbers_are_accepted_up_to_their_bounds_and_not_beyond() -> None:
    assert is_bounded(Decimal(f"{'9' * 24}.{'9' * 30}"))
    assert not is_bounded(Decimal(10) ** 24)
    assert is_bounded(Decimal((0, (1,) * 60, -60)))
    assert not is_bounded(Decimal((0, (1,) * 61, -60)))
    assert not is_bounded(Decimal((0, (1,), -61)))
    assert is_bounded(Decimal("0E24"))
    assert not is_bounded(Decimal("0E25"))
    for sign in (1, -1):
        assert is_bounded(sign * Decimal("999999999999999999999999.9"))
        assert not is_bounded(sign * Decimal(10) ** 24)
    assert DECODER.decode("1" * 60) == int("1" * 60)
    assert MAX_INTEGER_DIGITS == 60
    with pytest.raises(ValueError, match="61 digits"):
        DECODER.decode(json.dumps(int("1" * 61)))


@pytest.mark.parametrize("daily", ["40000000000000", "1200000000000000", "33333333333333333333333"])
def test_usage_limits_and_forecasts_are_exact_up_to_the_bounds(daily: str) -> None:
    rows = each_day("2026-11-01", "2026-11-20", daily, consumed_unit="Bytes")
    so_far, month = Decimal(daily) * 20, Decimal(daily) * 30
    limit = f'{{"limit": "{int(month)} Bytes"}}'
    found = judged(limit, usage(*rows), day("2026-11-21") + timedelta(hours=7))
    assert found.observed == Amount(so_far, "Bytes")
    assert found.forecast is not None
    assert abs(found.forecast.expected / month - 1) < Decimal("1e-11")  # told with 12 digits
