import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.primitives.units import canonical_unit, is_same_unit

UNITS = sorted({unit for price in shipped_prices().prices.values() for unit in price.units})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *[
            ("requests", "Requests"),
            ("Request", "Requests"),
            ("GB-mo", "GB-months"),
            ("GB-month", "GB-months"),
        ],
        *[("GB-s", "GB-Seconds"), ("gb-sec", "GB-s"), ("ms", "Milliseconds"), ("Rows Read", "rows_read")],
        *[("vCPU-hrs", "vCPU-Hours"), ("Queries", "query"), ("Addresses", "address"), ("bytes", "B")],
    ],
)
def test_spellings_of_one_unit_are_one(one: str, other: str) -> None:
    assert is_same_unit(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *[("GB", "GB-s"), ("GB", "GiB"), ("MB", "GB"), ("GB-s", "GB-months"), ("Requests", "Request-Units")],
        *[("ms", "s"), ("Rows", "Operations"), ("Count", "Requests"), ("GB-s", "GB/s"), ("min", "mo")],
    ],
)
def test_different_units_stay_apart(one: str, other: str) -> None:
    assert not is_same_unit(one, other)


def test_no_two_units_of_the_price_list_become_one() -> None:
    assert len({canonical_unit(unit) for unit in UNITS}) == len({unit.lower() for unit in UNITS})


@given(st.sampled_from(UNITS), st.lists(st.booleans(), min_size=30, max_size=30), st.sampled_from(" _-"))
def test_neither_case_nor_separators_make_another_unit(unit: str, upper: list[bool], separator: str) -> None:
    other = "".join(each.upper() if up else each.lower() for each, up in zip(unit, upper, strict=False))
    assert is_same_unit(unit, other.replace("-", separator))
