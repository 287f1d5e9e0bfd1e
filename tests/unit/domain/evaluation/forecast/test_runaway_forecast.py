"""The forecast of a budget on the first days of a runaway."""

from datetime import timedelta

import pytest

from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import day, each_day, judged, price, prices, usage_since

LISTED = prices(price(), price(metric="kv_read_operations"))
BEFORE = {
    "used long ago": each_day("2026-10-15", "2026-10-16", "3"),
    "used a little": each_day("2026-10-15", "2026-11-26", "2"),
    "new": each_day("2026-10-15", "2026-11-29", "9", metric="kv_read_operations"),
}
RUNAWAY = each_day("2026-11-27", "2026-11-29", "90000")


@pytest.mark.parametrize("limit", ["5000000 Requests", "5000000 USD"])
@pytest.mark.parametrize("complete_days", [1, 2])
@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_while_days_are_left_the_range_has_a_width(
    before: list[Charge], complete_days: int, limit: str
) -> None:
    as_of = day("2026-11-27") + timedelta(days=complete_days, hours=10)
    rows = [row for row in (*before, *RUNAWAY) if row.charge_period_end <= as_of]
    used = usage_since("2026-10-15", *rows, as_of=as_of)
    forecast = judged(f'{{"limit": "{limit}"}}', used, as_of, prices=LISTED).forecast
    assert forecast is not None
    assert forecast.low is not None
    assert forecast.high is not None
    assert forecast.low <= forecast.expected < forecast.high
    assert forecast.high >= forecast.continued
