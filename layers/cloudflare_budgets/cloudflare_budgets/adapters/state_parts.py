"""Serializes the parts of the state of an account as JSON values; numbers are strings."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.open_alert import Arming, OpenAlert
from cloudflare_budgets.domain.data_quality.snapshot import Label, UsageSnapshot
from cloudflare_budgets.domain.pricing.billed_rate import BilledRate
from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.usage.fresh import FreshAccess, FreshHistory
from cloudflare_budgets.domain.usage.history import HistoryIndex
from cloudflare_budgets.domain.usage.subscription import Subscription

Document = Mapping[str, Any]


def dump_open_alert(alert: OpenAlert) -> Document:
    """Serialize an open alert."""
    optional = {
        "account_id": alert.account_id,
        "since": dump_instant(alert.since),
        "told": dump_instant(alert.told),
        "names": alert.names,
        "budgets": alert.budgets,
        "observed": plain(alert.observed) if alert.observed is not None else None,
        "arming": alert.arming.number,
        "kept": [(plain(amount), number) for amount, number in alert.arming.kept],
        "provisional": dump_instant(alert.provisional_through),
    }
    return {
        "pk": alert.key.partition,
        "sk": alert.key.sort,
        "subject": alert.subject,
        "problem": alert.problem,
        "limit": alert.limit,
        "threshold": plain(alert.threshold) if alert.threshold is not None else None,
        "period_end": dump_instant(alert.period_end),
        "is_over": alert.is_over,
        **{name: value for name, value in optional.items() if value},
    }


def load_open_alert(document: Document) -> OpenAlert:
    """Parse an open alert."""
    threshold = document["threshold"]
    return OpenAlert(
        AlertKey(document["pk"], document["sk"]),
        document["subject"],
        document["problem"],
        document["limit"],
        Decimal(threshold) if threshold is not None else None,
        load_instant(document["period_end"]),
        document["is_over"],
        document.get("account_id"),
        load_instant(document.get("since")),
        load_instant(document.get("told")),
        tuple(document.get("names", ())),
        tuple(document.get("budgets", ())),
        Decimal(document["observed"]) if "observed" in document else None,
        Arming(
            document.get("arming", 0),
            tuple((Decimal(amount), number) for amount, number in document.get("kept", ())),
        ),
        load_instant(document.get("provisional")),
    )


def dump_snapshot(snapshot: UsageSnapshot) -> Document:
    """Serialize a snapshot of usage."""
    return {
        "source": snapshot.source,
        "month": utc_text(snapshot.month),
        "through": utc_text(snapshot.through),
        "totals": {metric_id: plain(number) for metric_id, number in snapshot.totals.items()},
        "since": dump_instant(snapshot.since),
        "labels": snapshot.labels,
        "before": dump_snapshot(snapshot.before) if snapshot.before else None,
    }


def load_snapshot(document: Document) -> UsageSnapshot:
    """Parse a snapshot of usage."""
    labels, before = document.get("labels", {}), document.get("before")
    return UsageSnapshot(
        document["source"],
        instant(document["month"]),
        instant(document["through"]),
        {metric_id: Decimal(number) for metric_id, number in document["totals"].items()},
        load_instant(document.get("since")),
        {metric_id: tuple(Label(*label) for label in found) for metric_id, found in labels.items()},
        load_snapshot(before) if before else None,
    )


def dump_index(history: HistoryIndex) -> Document:
    """Serialize the index of recorded days."""
    return {
        "source": history.source,
        "known_from": utc_text(history.known_from),
        "known_through": utc_text(history.known_through),
        "asked": dump_instant(history.asked),
        "digests": {dump_day(day): digest for day, digest in history.digests.items()},
    }


def load_index(document: Document) -> HistoryIndex:
    """Parse the index of recorded days."""
    return HistoryIndex(
        document["source"],
        instant(document["known_from"]),
        instant(document["known_through"]),
        {load_day(day): digest for day, digest in document["digests"].items()},
        load_instant(document["asked"]),
    )


def dump_rate(rate: BilledRate) -> Sequence[str]:
    """Serialize a billed rate."""
    return (rate.unit, plain(rate.quantity), plain(rate.cost), rate.currency, utc_text(rate.cycle_end))


def load_rate(found: Sequence[str]) -> BilledRate:
    """Parse a billed rate."""
    unit, quantity, cost, currency, cycle_end = found
    return BilledRate(unit, Decimal(quantity), Decimal(cost), currency, datetime.fromisoformat(cycle_end))


def dump_instant(instant: datetime | None) -> str | None:
    """Serialize an instant."""
    return utc_text(instant) if instant else None


def load_instant(text: str | None) -> datetime | None:
    """Parse an instant."""
    return instant(text) if text else None


def instant(text: str) -> datetime:
    """Parse an instant that must be there."""
    return datetime.fromisoformat(text).astimezone(UTC)


def dump_day(day: datetime) -> str:
    """Serialize a day."""
    return f"{day:%Y-%m-%d}"


def load_day(text: str) -> datetime:
    """Parse a day."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dump_fresh_history(history: FreshHistory) -> Document:
    """Serialize what analytics counted by metric and day."""
    return {
        metric: {dump_day(day): plain(number) for day, number in days.items()}
        for metric, days in history.items()
    }


def load_fresh_history(document: Document) -> FreshHistory:
    """Parse what analytics counted by metric and day."""
    return {
        metric: {load_day(day): Decimal(number) for day, number in days.items()}
        for metric, days in document.items()
    }


def dump_access(access: FreshAccess) -> Document:
    """Serialize what the plan and the token of an account open of analytics."""
    return {
        "read_at": utc_text(access.read_at),
        "closed": access.closed,
        "confident": sorted(access.confident),
        "dimensions": sorted(access.dimensions),
    }


def load_access(document: Document) -> FreshAccess:
    """Parse what the plan and the token of an account open of analytics."""
    confident = frozenset(document.get("confident", ()))
    dimensions = frozenset(document.get("dimensions", ()))
    return FreshAccess(instant(document["read_at"]), document["closed"], confident, dimensions)


def dump_subscription(one: Subscription) -> Sequence[str | None]:
    """Serialize a subscription."""
    return [one.id, utc_text(one.start), utc_text(one.anchor), dump_instant(one.end)]


def load_subscription(document: Sequence[Any]) -> Subscription:
    """Parse a subscription."""
    identifier, start, anchor, end = document
    return Subscription(identifier, instant(start), instant(anchor), load_instant(end))
