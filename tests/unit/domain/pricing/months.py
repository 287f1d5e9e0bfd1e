"""Months of usage, and what they cost by a price."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from cloudflare_budgets.domain.pricing.price import IncludedPer, Price, Rounding, Tier
from cloudflare_budgets.domain.pricing.rated import Rated, total_rated
from cloudflare_budgets.domain.pricing.rating import rate
from cloudflare_budgets.domain.primitives.period import Period

START = datetime(2026, 11, 5, tzinfo=UTC)
CYCLE = Period(START, datetime(2026, 12, 5, tzinfo=UTC))
DAYS = 30
amounts = st.decimals(min_value=Decimal("0.0001"), max_value=100, places=4)
quantities = st.decimals(min_value=0, max_value=10**9, places=6)
months = st.lists(quantities, min_size=1, max_size=DAYS)


@st.composite
def prices(draw: st.DrawFn, /, **fixed: object) -> Price:
    ends = map(Decimal, sorted(draw(st.sets(st.integers(1, 10**7), max_size=2))))
    values: dict[str, object] = {
        "tiers": tuple(Tier(end, draw(amounts)) for end in (*ends, None)),
        "per": draw(st.sampled_from([Decimal(1), Decimal(1000), Decimal(3), Decimal("0.7"), Decimal(10**6)])),
        "included": draw(st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(10_000), Decimal(10**8)])),
        "included_per": draw(st.sampled_from(IncludedPer)),
        "rounding": draw(st.sampled_from(Rounding)),
    }
    return Price("metric", "Metric", ("Count",), **(values | fixed))  # type: ignore[arg-type]


def flat(amount: str = "1", **others: object) -> Price:
    return Price("metric", "Metric", ("Count",), (Tier(None, Decimal(amount)),), **others)  # type: ignore[arg-type]


def by_day(numbers: list[Decimal]) -> dict[datetime, Decimal]:
    return {START + timedelta(days=count): number for count, number in enumerate(numbers)}


def cost_of(price: Price, numbers: list[Decimal]) -> Rated:
    return total_rated(rate(price, by_day(numbers), CYCLE).values())
