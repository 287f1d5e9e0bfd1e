"""One alert for each spike, although its first day may become known after the alert."""

from collections.abc import Iterator
from dataclasses import replace

from cloudflare_budgets.domain.budgets.budget import AlertOn
from cloudflare_budgets.domain.evaluation.anomaly import Anomaly
from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.usage.fresh import MAX_WINDOW


def seen_later(anomaly: Anomaly) -> Iterator[Anomaly]:
    """Yield a spike as earlier runs may have found it, with a later first day of its episode.

    Analytics report the running day before the days before it are billed. Once these are billed, the episode
    may begin earlier than its alert says.
    """
    days = min(anomaly.day - anomaly.since, MAX_WINDOW) // DAY
    for place in range(1, days + 1) if anomaly.kind is AlertOn.SPIKE else ():
        yield replace(anomaly, since=anomaly.since + place * DAY)
