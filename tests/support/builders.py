"""Short builders of domain values for tests."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.budgets.document import parse_budget
from cloudflare_budgets.domain.evaluation.context import EvaluationContext, evaluation_context
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.pricing.price import Price, PriceList, Tier
from cloudflare_budgets.domain.primitives.period import Period, midnight
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Reading, Usage, arrange

ACCOUNT_ID = "023e105f4ecef8ad9ca31a8372d0c353"
OTHER_ACCOUNT_ID = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
AS_OF = datetime(2026, 11, 22, 10, tzinfo=UTC)
PREFIX = "/cloudflare-budgets"
# Columns of Cloudflare's usage API that decide nothing here.
NOT_NEEDED = (
    "ChargeCategory",
    "ChargeDescription",
    "ChargeFrequency",
    "ContractedUnitPrice",
    "CumulatedPricingQuantity",
    "HostProviderName",
    "InvoiceIssuerName",
    "ListUnitPrice",
    "PricingQuantity",
    "ServiceProviderName",
)


def day(text: str) -> datetime:
    """Give the start of a day in UTC: `2026-11-21`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def instant(text: str) -> datetime:
    """Parse an instant in UTC, such as `2026-11-29T14:33`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def charge(
    on: str = "2026-11-21",
    quantity: Decimal | str = "1",
    cost: Decimal | str | None = None,
    metric: str = "workers_standard_requests",
    **columns: Any,  # noqa: ANN401 - any column of a charge
) -> Charge:
    """Make a charge of one day."""
    start = day(on)
    defaults: dict[str, Any] = {
        "charge_period_start": start,
        "charge_period_end": start + timedelta(days=1),
        "consumed_quantity": Decimal(quantity),
        "consumed_unit": "Requests",
        "billing_account_id": ACCOUNT_ID,
        "billing_account_name": "Example account",
        "x_billable_metric_id": metric,
        "x_billable_metric_name": metric.replace("_", " ").capitalize(),
        "x_product_family_name": metric.partition("_")[0].capitalize(),
    }
    if cost is not None:
        defaults |= {"billed_cost": Decimal(cost), "billing_currency": "USD"}
    return Charge(**(defaults | columns))


def usage(*charges: Charge) -> Usage:
    """Arrange charges as the usage of the example account."""
    return arrange(ACCOUNT_ID, Reading("v2", charges))


def usage_since(since: str, *charges: Charge, as_of: datetime = AS_OF, source: str = "v2") -> Usage:
    """Arrange charges as all that there is of the time from a day to `as_of`."""
    asked = Period(day(since), midnight(as_of) + timedelta(days=1))
    return arrange(ACCOUNT_ID, Reading(source, charges, asked=asked))


def each_day(
    first: str,
    last: str,
    quantity: Decimal | str = "1",
    cost: Decimal | str | None = None,
    metric: str = "workers_standard_requests",
    **columns: Any,  # noqa: ANN401 - any column of a charge
) -> list[Charge]:
    """Make a charge of every day from a first to a last one."""
    days = (day(last) - day(first)).days + 1
    return [
        charge(f"{day(first) + timedelta(days=index):%Y-%m-%d}", quantity, cost, metric, **columns)
        for index in range(days)
    ]


def price(
    amount: str = "1",
    included: str | None = "0",
    metric: str = "workers_standard_requests",
    **more: Any,  # noqa: ANN401 - any field of a price
) -> Price:
    """Make a price per request, in US dollars, not rounded to blocks."""
    return Price(
        **(
            {
                "metric_id": metric,
                "name": metric,
                "units": ("Requests",),
                "tiers": (Tier(None, Decimal(amount)),),
                "included": None if included is None else Decimal(included),
            }
            | more
        )
    )


def prices(*found: Price) -> PriceList:
    """Make a list of prices."""
    return PriceList({each.metric_id: each for each in found})


def judged(text: str, found: Usage, as_of: datetime = AS_OF, **more: Any) -> Evaluation:  # noqa: ANN401 - for `evaluation_context`
    """Judge one budget, and give where it stands in the window of `as_of`."""
    return evaluate([budget(text)], known(found, as_of, **more))[0]


def known(found: Usage, as_of: datetime = AS_OF, **more: Any) -> EvaluationContext:  # noqa: ANN401 - what `evaluation_context` takes
    """Build a context with this usage; without prices unless they are given."""
    return evaluation_context(found, as_of, **{"prices": PriceList({}), **more})


def budget(text: str = '{"limit": "50 USD"}', name: str = "workers") -> Budget:
    """Read a budget that must be valid."""
    parsed = parse_budget(name, text)
    assert isinstance(parsed, Budget), str(parsed)
    return parsed
