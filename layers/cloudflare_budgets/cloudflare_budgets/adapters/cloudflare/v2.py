"""Usage API version 2: GET /accounts/{account_id}/billable/usage, and POST to the same path for costs.

Rows of GET have no costs; POST with `Metric: cost` returns them, split by zone and region only if the
request groups by them.
https://developers.cloudflare.com/api/resources/billing/subresources/usage/methods/get/
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi, account_path
from cloudflare_budgets.adapters.cloudflare.rows import read_charges
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.amount import total
from cloudflare_budgets.domain.primitives.period import Period, utc_text
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import NonRetryableError
from cloudflare_budgets.ports import UsageQuery

_Key = tuple[str, datetime]
_DIMENSIONS = {"zone_id": "x_zone_id", "region": "region_id"}


def question_for_costs(used: Period, charges: Sequence[Charge]) -> Mapping[str, object]:
    """Make the body that asks for the costs of a period, split as the charges are.

    Args:
        used: at most 31 days; `To` is exclusive, unlike that of GET.
        charges: those of the period, without costs.
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
    """Put rows with costs in the place of those without, metric by metric and day by day.

    Rows stay as they are where putting others in their place would lose something: a part of the
    quantity, a zone, a region, a subscription or a correction.
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
    # Grouped rows leave the account out.
    if charge.billing_account_id or not rows:
        return charge
    return replace(
        charge,
        billing_account_id=rows[0].billing_account_id,
        billing_account_name=rows[0].billing_account_name,
    )


def _by_metric_and_day(charges: Iterable[Charge]) -> dict[_Key, list[Charge]]:
    found: defaultdict[_Key, list[Charge]] = defaultdict(list)
    for charge in charges:
        found[charge.metric_id, charge.charge_period_start].append(charge)
    return found


# Cloudflare gives at most 31 days at once. Whether `to` is one of them is not documented; with
# this distance between `from` and `to`, neither reading asks for more.
MAX_DISTANCE = timedelta(days=30)
MAX_METRIC = 128  # characters

_ENDPOINT = "billable/usage"
_INSTANT = timedelta.resolution


@dataclass(frozen=True, slots=True)
class Window:
    """One request's `from` and `to`, and the part of a period that its answer is used for."""

    first: date
    last: date
    used: Period


def windows(period: Period) -> Iterator[Window]:
    """Cut a period into windows that one request may ask for.

    Each window begins on the day the one before ends with, and of a day that two answers may hold only the
    later answer is used: whether or not `to` is inclusive, no row is lost between two windows or
    counted twice. The last `to` is the period's last day, never a day further.
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
    """Reads usage through Version 2 of the API, which Cloudflare has opened to some accounts only."""

    name = "v2"

    def __init__(self, api: CloudflareApi) -> None:
        self._api = api

    def read(self, account: Account, query: UsageQuery) -> Reading:
        """Read the charges whose charge period starts within a period, whatever else Cloudflare sends.

        Costs that GET leaves out are asked for if the question needs them. Where that is refused, the
        charges stay without them.

        Raises:
            UsageUnavailableError: a retry can mend it.
            NonRetryableError: only a person can.
        """
        deadline = self._api.deadline()
        needs_cost = query.needs_cost
        charges: list[Charge] = []
        for window in windows(query.period):
            found = self._get(account, _days(window.first, window.last), deadline, window.used)
            if needs_cost and any(charge.billed_cost is None for charge in found):
                rated = self._rated(account, window.used, found, deadline)
                needs_cost = rated is not None
                found = with_costs(found, rated or ())
            charges += found
        return Reading(self.name, charges)

    def charges(self, account: Account, period: Period) -> Sequence[Charge]:
        """Read the charges of a period as GET gives them."""
        return self.read(account, UsageQuery(period)).charges

    def get_usage(
        self,
        account: Account,
        from_: date | None = None,
        to: date | None = None,
        metric: str | None = None,
    ) -> Sequence[Charge]:
        """Make one request and give every row of its answer.

        Without `from_` and `to` Cloudflare gives the calendar month to date; `metric` is a metric's id.

        Raises:
            ValueError: only one of `from_` and `to` is given, or `metric` has no or too many characters.
            UsageUnavailableError: a retry can mend it.
            NonRetryableError: only a person can.
        """
        query: dict[str, str] = {}
        if from_ is not None and to is not None:
            query |= _days(from_, to)
        elif from_ is not None or to is not None:
            raise ValueError("from_ and to must be given together")
        if metric is not None:
            query["metric"] = _checked_metric(metric)
        return self._get(account, query, self._api.deadline(), None)

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

        path, query = account_path(account.account_id, _ENDPOINT), question_for_costs(used, charges)
        try:
            return self._api.post(account.credential, path, query, read, deadline)
        except NonRetryableError:
            return None  # to whom costs are not open, usage still is


def _days(first: date, last: date) -> dict[str, str]:
    return {"from": first.isoformat(), "to": last.isoformat()}


def _checked_metric(metric: str) -> str:
    if not 0 < len(metric) <= MAX_METRIC:
        raise ValueError(f"metric must have 1 to {MAX_METRIC} characters")
    return metric
