"""Usage API version 1: GET /accounts/{account_id}/billable-usage.

Its running totals are compared with the sum of the rows, which reveals missing or repeated rows.
https://developers.cloudflare.com/api/resources/billing/subresources/usage/
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi, account_path
from cloudflare_budgets.adapters.cloudflare.usage.answers import read_charges
from cloudflare_budgets.adapters.cloudflare.usage.columns import V1
from cloudflare_budgets.adapters.cloudflare.usage.v1_cycles import (
    CycleAnchor,
    anchors_of,
    fetch_earlier_cycles,
    read_subscriptions,
    start_of_cycle,
    subscription_of,
)
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.amount import plain, total
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge, metric_slug
from cloudflare_budgets.domain.usage.subscription import Subscription
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import AccountUnknownError
from cloudflare_budgets.ports import UsageQuery

TOLERANCE = Decimal("0.01")  # in the currency of the rows: the effect of rounding on a cycle

_Series = tuple[str | None, str | None, str | None, str | None, datetime | None]


def contradiction_of(charges: Iterable[Charge]) -> str | None:
    """Describe a series whose costs differ from its newest running total; `None` without one.

    Rows or digits are missing then, or rows are repeated. Crossings are still reported, but no budget is
    within its limit.

    Args:
        charges: Whole billing cycles, each from its first day.
    """
    by_series: defaultdict[_Series, list[Charge]] = defaultdict(list)
    for charge in charges:
        by_series[
            charge.subscription_id,
            metric_slug(charge.service_name or ""),  # the allowance in the name may change within a cycle
            charge.zone_id,
            charge.billing_currency,
            charge.billing_period_start,
        ].append(charge)
    return next(filter(None, map(_contradiction, by_series.values())), None)


def _contradiction(rows: Sequence[Charge]) -> str | None:
    newest = max(row.charge_period_start for row in rows)
    running = [row.cumulated_contracted_cost for row in rows if row.charge_period_start == newest]
    costs = [row.contracted_cost for row in rows]
    known = [number for number in running if number is not None]
    if len(known) < len(running) or None in costs:
        return None  # an absent cost is not zero, so nothing can be compared
    summed = total(cost for cost in costs if cost is not None)
    if abs(total((summed, max(known).copy_negate()))) <= max(TOLERANCE, _rounding(costs)):
        return None
    return _mismatch(rows[0], summed, max(known))


def _rounding(costs: Sequence[Decimal | None]) -> Decimal:
    """Return how far a sum may be off if each cost was rounded to its digits, or to cents."""
    exponents = [exponent for cost in costs if cost and isinstance(exponent := cost.as_tuple().exponent, int)]
    digit = Decimal(1).scaleb(min([-2, *exponents]))
    return digit * len(costs) / 2


def _mismatch(row: Charge, summed: Decimal, running: Decimal) -> str:
    where = f" in zone {row.zone_name or row.zone_id}" if row.zone_id else ""
    since = f"{row.billing_period_start:%Y-%m-%d}"
    return (
        f"the rows of {row.service_name}{where} since {since} cost {plain(summed)} {row.billing_currency} "
        f"in total, but Cloudflare's running total is {plain(running)}: rows or digits are missing, "
        "or rows are repeated"
    )


_ENDPOINT = "billable-usage"


class CloudflareUsageV1:
    """Reads usage from version 1 of the API: pay-as-you-go accounts, one cycle at a time."""

    name = "v1"

    def __init__(self, api: CloudflareApi) -> None:
        self._api = api

    def read(self, account: Account, query: UsageQuery) -> Reading:
        """Read the charges of a period, and all charges of the billing cycles that it overlaps.

        Subscriptions that an earlier run read are read again if there are no rows, since the account may not
        be covered any more, or if rows name another subscription.

        Every row has costs. Rows before `complete_from` of the reading may be missing.

        Raises:
            UsageUnavailableError: A retry may succeed.
            AccountNotCoveredError: Version 1 does not serve the account.
            NonRetryableError: A person has to act.
        """
        deadline, period = self._api.deadline(), query.period
        known = query.subscriptions
        found = self._subscriptions(account, deadline) if known is None else None
        answers = _Answers()

        def fetch(first: date, last: date) -> Sequence[Charge]:
            query = {"from": first.isoformat(), "to": last.isoformat()}
            return answers.add(self._get(account, query, deadline))

        undated = answers.add(self._get(account, {}, deadline))
        if known is not None and not _are_of(known, undated):
            found = self._subscriptions(account, deadline)
        subscriptions = known or () if found is None else found
        anchors = list(anchors_of(subscriptions, undated, period))
        earliest = {anchor: fetch_earlier_cycles(anchor, period, undated, fetch) for anchor in anchors}
        charges, contradiction = _of_period(answers.charges, period, earliest)
        anchor_days = {
            one.id: one.anchor.day for one in subscriptions if one.end is None or one.end >= period.end
        }
        return Reading(
            self.name,
            charges,
            anchor_days,
            _complete_from(answers.charges, period, earliest),
            contradiction,
            ended=frozenset(one.id for one in subscriptions if one.id not in anchor_days),
            subscriptions=found,
        )

    def _subscriptions(self, account: Account, deadline: float) -> tuple[Subscription, ...]:
        path = account_path(account.account_id, f"{_ENDPOINT}/info")
        try:
            return self._api.get(account.credential, path, {}, read_subscriptions, deadline)
        except AccountUnknownError:
            return ()  # the endpoint is missing for some accounts; the request for usage decides

    def _get(self, account: Account, query: Mapping[str, str], deadline: float) -> list[Charge]:
        def read(pieces: Iterator[bytes]) -> list[Charge]:
            return read_charges(pieces, account.account_id, columns=V1)

        path = account_path(account.account_id, _ENDPOINT)
        return self._api.get(account.credential, path, query, read, deadline)


def _are_of(known: Iterable[Subscription], charges: Collection[Charge]) -> bool:
    """Return whether there are charges, and all are of known subscriptions or of none."""
    return bool(charges) and {*map(subscription_of, charges)} <= {"", *(one.id for one in known)}


class _Answers:
    """Collects rows of several answers; the first answer provides all rows of a cycle's day.

    A row alone does not show whether it is a copy, because a service may have several rows a day.
    """

    def __init__(self) -> None:
        self.charges: list[Charge] = []
        self._taken: set[tuple[str, datetime, datetime]] = set()

    def add(self, charges: Sequence[Charge]) -> Sequence[Charge]:
        """Add the rows of one more answer, and return all of them."""
        days_of = [_day_of(charge) for charge in charges]
        days = {*days_of} - self._taken
        self.charges += (charge for charge, day in zip(charges, days_of, strict=True) if day in days)
        self._taken |= days
        return charges


def _day_of(charge: Charge) -> tuple[str, datetime, datetime]:
    return subscription_of(charge), start_of_cycle(charge), charge.charge_period_start


def _of_period(
    charges: Sequence[Charge], period: Period, earliest: Mapping[CycleAnchor, datetime]
) -> tuple[list[Charge], str | None]:
    """Select charges of a period and of whole cycles, and compare cycles with their totals."""
    starts = {name: start for anchor, start in earliest.items() for name in anchor.subscriptions}
    others = max(earliest.values(), default=period.end)  # for subscriptions that only earlier answers name

    def is_of_whole_cycle(charge: Charge) -> bool:
        return start_of_cycle(charge) >= starts.get(subscription_of(charge), others)

    chosen = [
        charge
        for charge in charges
        if charge.charge_period_start < period.end
        and (charge.charge_period_start >= period.start or is_of_whole_cycle(charge))
    ]
    return chosen, contradiction_of(charge for charge in charges if is_of_whole_cycle(charge))


def _complete_from(
    charges: Sequence[Charge], period: Period, earliest: Mapping[CycleAnchor, datetime]
) -> datetime | None:
    """Return the instant before which rows may be missing; `None` if all are there.

    A subscription without any row, such as a zone's plan, counts as complete.
    """
    gaps = [
        start
        for anchor, start in earliest.items()
        if not anchor.is_covered(period, start) and any(map(anchor.has, charges))
    ]
    return max(gaps, default=None)
