"""What a crossed threshold comes from: the metrics that contribute most."""

from collections.abc import Sequence
from decimal import Decimal

from cloudflare_budgets.domain.alerts.crossing import Crossing
from cloudflare_budgets.domain.evaluation.measurement import Driver
from cloudflare_budgets.domain.evaluation.rise import Rise
from cloudflare_budgets.domain.primitives.amount import Amount, percent_of
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.account_text import users_text
from cloudflare_budgets.messages.formatting import (
    day_text,
    format_amount,
    metric_name,
    percent_text,
    times_text,
)

_LEAST_SHARE = 5  # percent; smaller causes are named together
_ALL = Decimal(100)


def cause_text(driver: Driver, crossing: Crossing, rise: Rise | None) -> str:
    """Name the largest cause: `80 % of it: KV reads, 37 USD a day since 27 Nov, 9 times ...`."""
    unit = crossing.observed.unit
    text = f"{_share(driver, crossing)} of it: {_name(driver)}"
    text += users_text(crossing.resources.get(driver.metric_id, ()))
    if rise is None or not driver.last_day or driver.last_day < 0:
        return f"{text}, {format_amount(Amount(driver.amount, unit))}"
    text += f", {format_amount(Amount(driver.last_day, unit))} a day since {day_text(rise.since)}"
    times = f"{times_text(rise.quantity, rise.usual)} the usual" if rise.usual else "not used before"
    return f"{text}, {times}"


def _name(driver: Driver) -> str:
    return metric_name(driver.name) + (f", {sanitize(driver.zone, 60)}" if driver.zone else "")


def _share(driver: Driver, crossing: Crossing) -> str:
    return percent_text(driver.amount, crossing.observed.number)


def other_causes(drivers: Sequence[Driver], crossing: Crossing) -> str:
    """Name the causes after the biggest; small ones are named together."""
    shares = [percent_of(driver.amount, crossing.observed.number) for driver in drivers]
    big = [driver for driver, share in zip(drivers, shares, strict=True) if share >= _LEAST_SHARE]
    rest = _ALL - sum((share for share in shares if share >= _LEAST_SHARE), Decimal(0))
    shown = [f"{_name(driver)} {_share(driver, crossing)}" for driver in big[1:]]
    return "; ".join([*shown, *([f"others {rest:,.0f} %"] if big and rest >= 1 else [])])
