"""An alert of a crossing, and its mail."""

from datetime import datetime

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.crossing import crossings_of
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.messages.alerts.crossed.alert import crossing_alert
from tests.support.builders import AS_OF, budget, charge, known, usage

PARAMETER = "/cloudflare-budgets/budgets/workers"


def alert(text: str, *rows: Charge, as_of: datetime = AS_OF) -> Alert:
    found = usage(*rows)
    context = known(found, as_of)
    crossing = next(crossings_of(evaluate([budget(text)], context)[0], found, as_of))
    return crossing_alert(crossing, PARAMETER, context.daily)


SPEND = (
    *(charge(f"2026-11-{on:02}", "1300000", "1.3", metric="durable_objects_requests") for on in range(1, 21)),
    charge("2026-11-21", "4100000", "4.1", metric="durable_objects_requests"),
    *(charge(f"2026-11-{on:02}", "400000", "0.5") for on in range(1, 21)),
    charge("2026-11-21", "880000", "1.1"),
)
