"""What a crossed threshold comes from: metrics, and usage that is not billed yet."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.alerts.crossing import Crossing
from cloudflare_budgets.domain.data_quality.unknown import listed
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

if TYPE_CHECKING:
    from cloudflare_budgets.domain.evaluation.provisional import Provisional

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


def provisional_lead(crossing: Crossing) -> Iterator[str]:
    """Yield the cause, and how good the figure is; nothing for a billed crossing."""
    found = crossing.provisional
    if found is None:
        return
    for cause in found.causes[:1]:
        amount = format_amount(Amount(cause.amount, found.low.unit))
        users = users_text(crossing.resources.get(cause.metric_id, ()))
        yield f"Mostly {metric_name(cause.name)}{users}: {amount} not yet billed"
    yield f"{format_amount(crossing.observed)} billed so far; likely {format_amount(found.amount)}"
    yield f"Cloudflare's analytics until {found.through:%H:%M} UTC{_unread(found)}{_rough(found)}"


def _unread(found: "Provisional") -> str:
    """Name a metric that analytics did not give, and count the others."""
    unread = found.unread
    names = " and ".join([*unread[:1], *([f"{len(unread) - 1} more"] if unread[1:] else [])])
    return f"; not read: {names}" if names else ""


def _rough(found: "Provisional") -> str:
    """Say which causes are not calibrated; without their names if the largest one is not."""
    if not found.uncompared:
        return ""
    if found.causes[0].name in found.uncompared:
        return "; not yet compared with bills"
    names = listed([metric_name(name) for name in found.uncompared])
    return f"; {names} not yet compared with bills"
