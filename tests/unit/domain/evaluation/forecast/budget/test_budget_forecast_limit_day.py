"""The day on which a limit is expected to be reached."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.pricing.price import Price, Rounding
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import AS_OF, charge, each_day, judged, price, prices, usage_since

EARLY = datetime(2026, 11, 6, 10, tzinfo=UTC)
TENS = each_day("2026-10-06", "2026-11-05", "10")


def forecast(limit: str, *rows: Charge, as_of: datetime = EARLY, **more: Any) -> BudgetForecast:  # noqa: ANN401 - for `evaluation_context`
    found = judged(f'{{"limit": "{limit}"}}', usage_since("2026-10-01", *rows, as_of=as_of), as_of, **more)
    assert found.forecast is not None
    return found.forecast


def date_of(limit: str, *rows: Charge, **more: Any) -> str | None:  # noqa: ANN401 - for `evaluation_context`
    found = forecast(limit, *rows, **more).limit_on
    return f"{found:%m-%d}" if found else None


def test_a_quantity_reaches_its_limit_on_the_day_that_brings_the_last_of_it() -> None:
    assert date_of("100 Requests", *TENS) == "11-10"
    assert date_of("101 Requests", *TENS) == "11-11"
    assert date_of("300 Requests", *TENS) == "11-30"


def test_a_limit_that_is_reached_or_will_not_be_has_no_day() -> None:
    assert date_of("50 Requests", *TENS) is None
    assert date_of("301 Requests", *TENS) is None


@pytest.mark.parametrize(
    ("limit", "listed", "reached"),
    [
        # 200 last until the 20th.
        ("30 USD", price("1", "200"), "11-23"),
        ("31 USD", price("1", "200"), "11-24"),
        ("7 USD", price("7", per=Decimal(100), rounding=Rounding.BLOCK), None),
        ("14 USD", price("7", per=Decimal(100), rounding=Rounding.BLOCK), "11-11"),
    ],
)
def test_a_cost_reaches_its_limit_after_the_allowance_and_block_by_block(
    limit: str,
    listed: Price,
    reached: str | None,
) -> None:
    assert date_of(limit, *TENS, prices=prices(listed)) == reached


def test_a_zone_under_a_contract_reaches_its_limit_by_its_share_of_the_bill() -> None:
    rows = [
        *each_day("2026-11-01", "2026-11-21", "30", "15", x_zone_id="a", x_zone_name="a"),
        *each_day("2026-11-01", "2026-11-21", "10", "5", x_zone_id="b", x_zone_name="b"),
    ]
    found = judged(
        '{"limit": "400 USD", "scope": {"zone": ["a"]}}',
        usage_since("2026-11-01", *rows),
        prices=prices(price()),
    )
    assert found.forecast is not None
    assert f"{found.forecast.limit_on:%m-%d}" == "11-27"
    unlisted = forecast("400 USD", *rows, as_of=AS_OF)
    assert unlisted.limit_on is None
    assert date_of("500 USD", *rows, as_of=AS_OF) == "11-25"


def test_the_unfinished_day_is_a_future_day() -> None:
    assert date_of("110 Requests", *TENS, charge("2026-11-06", "4")) == "11-11"


@given(
    st.lists(st.integers(0, 10**6), min_size=21, max_size=21),
    st.integers(1, 10**7),
    st.sampled_from(list(Rounding)),
    st.sampled_from(["USD", "Requests"]),
)
def test_a_limit_ahead_is_reached_in_the_future_and_a_higher_limit_no_earlier(
    numbers: list[int], limit: int, rounding: Rounding, unit: str
) -> None:
    rows = [charge(f"2026-11-{on:02}", str(number)) for on, number in enumerate(numbers, 1)]
    listed = prices(price("0.3", "1000", per=Decimal(7), rounding=rounding))
    lower, higher = (
        forecast(f"{amount} {unit}", *rows, as_of=AS_OF, prices=listed) for amount in (limit, limit + 999)
    )
    if lower.limit_on:
        assert lower.limit_on.day in range(22, 31)
        assert lower.expected >= limit
    if lower.limit_on and higher.limit_on:
        assert lower.limit_on <= higher.limit_on
