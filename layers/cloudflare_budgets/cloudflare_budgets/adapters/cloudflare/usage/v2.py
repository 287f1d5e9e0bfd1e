"""Usage API version 2: GET /accounts/{account_id}/billable/usage, and POST for costs.

Rows of GET have no costs. POST with `Metric: cost` returns costs, split by zone and region only if the
request groups by them.
https://developers.cloudflare.com/api/resources/billing/subresources/usage/methods/get/
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi, account_path
from cloudflare_budgets.adapters.cloudflare.usage.answers import read_charges
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.amount import total
from cloudflare_budgets.domain.primitives.period import Period, utc_text
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import REFUSALS
from cloudflare_budgets.ports import UsageQuery

_Key = tuple[str, datetime]
_DIMENSIONS = {"zone_id": "x_zone_id", "region": "region_id"}


def cost_query(used: Period, charges: Sequence[Charge]) -> Mapping[str, object]:
    """Return the JSON body of a request for the costs of a period, split as its charges are.

    Args:
        used: At most 31 days; `To` is exclusive, unlike the one of GET.
        charges: The charges of the period, without costs.
    """
    split_by = [
        {"Type": "DIMENSION", "Key": key}
        for key, attribute in _DIMENSIONS.items()
        if any(getattr(charge, attribute) for charge in charges)
    ]
    document: dict[str, object] = {
        "Metric": "cost",
        "TimePeriod": {"From": utc_text(used.start), "To": utc_text(used.end)},
    }
    return document | ({"GroupBy": split_by} if split_by else {})


def with_costs(charges: Sequence[Charge], rated: Iterable[Charge]) -> list[Charge]:
    """Replace rows without costs by rows with costs, for each metric and day.

    Rows stay where the replacement would lose a part of the quantity, a zone, a region, a subscription
    or a correction.
    """
    before, after = _by_metric_and_day(charges), _by_metric_and_day(rated)
    found: list[Charge] = []
    for key in before | after:
        rows, candidates = before.get(key, []), after.get(key, [])
        found += [_named(row, rows) for row in candidates] if _can_replace(rows, candidates) else rows
    return found


def _can_replace(rows: Sequence[Charge], candidates: Sequence[Charge]) -> bool:
    return (
        all(candidate.billed_cost is not None for candidate in candidates)
        and set(map(_place, rows)) <= set(map(_place, candidates))
        and total(row.consumed_quantity for row in rows)
        <= total(candidate.consumed_quantity for candidate in candidates)
        and {row.consumed_unit for row in rows} <= {candidate.consumed_unit for candidate in candidates}
    )


def _place(charge: Charge) -> tuple[str | None, ...]:
    return (charge.x_zone_id, charge.region_id, charge.sub_account_id, charge.charge_class)


def _named(charge: Charge, rows: Sequence[Charge]) -> Charge:
    # Grouped rows do not name the account.
    if charge.billing_account_id or not rows:
        return charge
    return charge._replace(
        billing_account_id=rows[0].billing_account_id,
        billing_account_name=rows[0].billing_account_name,
    )


def _by_metric_and_day(charges: Iterable[Charge]) -> dict[_Key, list[Charge]]:
    found: defaultdict[_Key, list[Charge]] = defaultdict(list)
    for charge in charges:
        found[charge.metric_id, charge.charge_period_start].append(charge)
    return found


# Cloudflare returns at most 31 days at once. It is not documented whether `to` is included; with this
# distance between `from` and `to`, a request is valid either way.
MAX_DISTANCE = timedelta(days=30)

COST_REQUEST = "v2_costs"  # its name among refused requests

_ENDPOINT = "billable/usage"
_INSTANT = timedelta.resolution


@dataclass(frozen=True, slots=True)
class Window:
    """The `from` and `to` of one request, and the part of a period that its answer is used for."""

    first: date
    last: date
    used: Period


def windows(period: Period) -> Iterator[Window]:
    """Split a period into windows of one request each.

    Each window starts on the last day of the previous one, and the later answer is used for that day. So no
    row is lost or counted twice, whether or not `to` is inclusive. The last `to` is the period's last day.
    """
    start = period.start
    last = (period.end - _INSTANT).date()
    while True:
        first = start.date()
        to = min(first + MAX_DISTANCE, last)
        end = period.end if to == last else datetime.combine(to, time(), UTC)
        yield Window(first, to, Period(start, end))
        if to == last:
            return
        start = end


class CloudflareUsageV2:
    """Reads usage from Version 2 of the API, which Cloudflare has opened only to some accounts."""

    name = "v2"

    def __init__(self, api: CloudflareApi) -> None:
        self._api = api

    def read(self, account: Account, query: UsageQuery) -> Reading:
        """Read the charges whose charge period starts in the period of the query.

        If the query needs costs and GET returns none, another request is made for them. If Cloudflare
        refuses that request, the charges have no costs.

        Raises:
            UsageUnavailableError: A retry may succeed.
            NonRetryableError: A person has to act.
        """
        deadline = self._api.deadline()
        needs_cost = query.needs_cost and COST_REQUEST not in query.skipped
        refused: frozenset[str] = frozenset()
        charges: list[Charge] = []
        for window in windows(query.period):
            found = self._get(account, _days(window.first, window.last), deadline, window.used)
            if needs_cost and any(charge.billed_cost is None for charge in found):
                rated = self._rated(account, window.used, found, deadline)
                if rated is None:
                    needs_cost, refused = False, frozenset({COST_REQUEST})
                found = with_costs(found, rated or ())
            charges += found
        return Reading(self.name, charges, refused=refused)

    def _get(
        self, account: Account, query: dict[str, str], deadline: float, used: Period | None
    ) -> list[Charge]:
        path = account_path(account.account_id, _ENDPOINT)

        def read(pieces: Iterator[bytes]) -> list[Charge]:
            return read_charges(pieces, account.account_id, used)

        return self._api.get(account.credential, path, query, read, deadline)

    def _rated(
        self, account: Account, used: Period, charges: Sequence[Charge], deadline: float
    ) -> list[Charge] | None:
        def read(pieces: Iterator[bytes]) -> list[Charge]:
            return read_charges(pieces, account.account_id, used)

        path, query = account_path(account.account_id, _ENDPOINT), cost_query(used, charges)
        try:
            return self._api.post(account.credential, path, query, read, deadline)
        except REFUSALS:
            return None  # usage may be open to an account whose costs are not


def _days(first: date, last: date) -> dict[str, str]:
    return {"from": first.isoformat(), "to": last.isoformat()}
