"""The lead of a crossing that only fresh usage reaches: least amount, time, largest cause."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.alerts.crossing import Crossing
from cloudflare_budgets.domain.data_quality.unknown import listed
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.messages.account_text import users_text
from cloudflare_budgets.messages.formatting import format_amount, metric_name

if TYPE_CHECKING:
    from cloudflare_budgets.domain.evaluation.provisional import Provisional


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
