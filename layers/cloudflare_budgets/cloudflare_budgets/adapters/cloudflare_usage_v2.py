"""Usage from Version 2 of Cloudflare's usage API: GET /accounts/{account_id}/billable/usage.

https://developers.cloudflare.com/api/resources/billing/subresources/usage/methods/get/
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cloudflare_budgets.adapters.cloudflare_address import account_path
from cloudflare_budgets.adapters.cloudflare_answers import read_charges
from cloudflare_budgets.adapters.cloudflare_api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare_costs_v2 import question_for_costs, with_costs
from cloudflare_budgets.domain.account import Account
from cloudflare_budgets.domain.charge import Charge
from cloudflare_budgets.domain.period import Period
from cloudflare_budgets.domain.usage import Reading
from cloudflare_budgets.errors import TellSomebodyError
from cloudflare_budgets.ports import Question

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

    def read(self, account: Account, question: Question) -> Reading:
        """Read the charges whose charge period starts within a period, whatever else Cloudflare sends.

        Costs that GET leaves out are asked for if the question needs them. Where that is refused, the
        charges stay without them.

        Raises:
            UsageUnavailableError: a retry can mend it.
            TellSomebodyError: only a person can.
        """
        deadline = self._api.deadline()
        needs_cost = question.needs_cost
        charges: list[Charge] = []
        for window in windows(question.period):
            found = self._get(account, _days(window.first, window.last), deadline, window.used)
            if needs_cost and any(charge.billed_cost is None for charge in found):
                rated = self._rated(account, window.used, found, deadline)
                needs_cost = rated is not None
                found = with_costs(found, rated or ())
            charges += found
        return Reading(self.name, charges)

    def charges(self, account: Account, period: Period) -> Sequence[Charge]:
        """Read the charges of a period as GET gives them."""
        return self.read(account, Question(period)).charges

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
            TellSomebodyError: only a person can.
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

        path, question = account_path(account.account_id, _ENDPOINT), question_for_costs(used, charges)
        try:
            return self._api.post(account.credential, path, question, read, deadline)
        except TellSomebodyError:
            return None  # to whom costs are not open, usage still is


def _days(first: date, last: date) -> dict[str, str]:
    return {"from": first.isoformat(), "to": last.isoformat()}


def _checked_metric(metric: str) -> str:
    if not 0 < len(metric) <= MAX_METRIC:
        raise ValueError(f"metric must have 1 to {MAX_METRIC} characters")
    return metric
