"""A budget that is spent to four fifths."""

from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Basis, Threshold
from cloudflare_budgets.domain.evaluation.allowance import AllowanceUse
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.evaluation.measurement import Driver
from tests.support.builders import day
from tests.unit.messages.report.pages import (
    evaluation,
    forecast,
)

SPEND = evaluation(
    ["10", "10.50", "20.7"],
    '{"limit": "50 USD", "description": "all of it", "thresholds": ["80%", "100%", "100% forecast"]}',
    status=Status.BREACHED,
    crossed=(Threshold(Decimal(40), Decimal(80)),),
    forecast_crossed=(Threshold(Decimal(50), Decimal(100), Basis.FORECAST),),
    forecast=forecast("60.1", "55", "66", continued=Decimal(70)),
    drivers=(
        Driver("workers", "Workers", None, Decimal("30.9"), Decimal("20.7"), Decimal(10), day("2026-11-04")),
        Driver("r2", "R2", "example.com", Decimal("10.3"), None, None, day("2026-11-03")),
    ),
    allowances=(AllowanceUse("requests", "Requests", Decimal(15), Decimal(10), "Requests"),),
)
