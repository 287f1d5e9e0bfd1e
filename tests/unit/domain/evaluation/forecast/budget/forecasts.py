"""The forecast of one budget on given charges."""

from datetime import datetime
from typing import Any

from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import (
    AS_OF,
    each_day,
    judged,
    usage_since,
)

QUANTITY = '{"limit": "1000 Requests", "thresholds": ["100% forecast"]}'
SPEND = '{"limit": "50 USD", "thresholds": ["100% forecast"]}'
ZONE_SPEND = '{"limit": "50 USD", "scope": {"zone": ["a"]}}'
TENS = each_day("2026-11-01", "2026-11-21", "10")  # which makes 300 in November


def forecast(text: str, *rows: Charge, as_of: datetime = AS_OF, **more: Any) -> BudgetForecast:  # noqa: ANN401 - for `evaluation_context`
    evaluation = judged(text, usage_since("2026-11-01", *rows, as_of=as_of), as_of, **more)
    assert evaluation.forecast is not None, evaluation.reason
    return evaluation.forecast
