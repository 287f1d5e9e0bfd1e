"""Where the cost of a budget comes from, and what is said of it."""

from typing import Any

from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import judged, price, prices, usage_since
from tests.support.fakes import Published
from tests.support.world import World

SPEND = '{"limit": "50 USD"}'
R2 = "r2_storage_class_a_operations"
BOTH = prices(price(), price(metric=R2))


def found(*rows: Charge, text: str = SPEND, listed: PriceList = BOTH, **more: Any) -> Evaluation:  # noqa: ANN401 - for `evaluation_context`
    return judged(text, usage_since("2026-11-01", *rows), prices=listed, **more)


def kind_of(evaluation: Evaluation) -> UnknownKind | None:
    return evaluation.unknown.kind if evaluation.unknown else None


def told(*rows: Charge, listed: PriceList = BOTH, text: str = SPEND) -> Published:
    world = World(prices=listed)
    world.configuration.given_budgets = {"spend": text}
    world.use(*rows)
    world.run()
    return world.topic.published[0]
