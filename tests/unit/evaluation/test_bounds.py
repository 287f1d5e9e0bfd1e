"""The largest numbers that are taken, and the first that are not."""

import json
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.primitives.amount import is_bounded
from cloudflare_budgets.domain.primitives.json_input import DECODER, MAX_INTEGER_DIGITS


def test_a_key_that_stands_twice_is_named_by_its_beginning() -> None:
    twice = "x" * 81
    with pytest.raises(ValueError, match=f"the key '{'x' * 80}' stands twice"):
        DECODER.decode(f'{{"once": 0, "{twice}": 1, "{twice}": 2}}')


def test_numbers_are_taken_up_to_their_bounds_and_not_beyond() -> None:
    assert is_bounded(Decimal(f"{'9' * 15}.{'9' * 30}"))
    assert not is_bounded(Decimal(10) ** 15)
    assert is_bounded(Decimal((0, (1,) * 60, -60)))
    assert not is_bounded(Decimal((0, (1,) * 61, -60)))
    assert not is_bounded(Decimal((0, (1,), -61)))
    assert is_bounded(Decimal("0E15"))
    assert not is_bounded(Decimal("0E16"))
    for sign in (1, -1):
        assert is_bounded(sign * Decimal("999999999999999.9"))
        assert not is_bounded(sign * Decimal(10) ** 15)
    assert DECODER.decode("1" * 60) == int("1" * 60)
    assert MAX_INTEGER_DIGITS == 60
    with pytest.raises(ValueError, match="61 digits"):
        DECODER.decode(json.dumps(int("1" * 61)))
