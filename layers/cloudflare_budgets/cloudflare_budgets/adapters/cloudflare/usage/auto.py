"""Chooses between versions 1 and 2 of the usage API, with one client per thread."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import (
    REFUSALS,
    AccessDeniedError,
    AccountNotCoveredError,
    AccountUnknownError,
    SourceRefusedError,
)
from cloudflare_budgets.ports import UsageQuery, UsageSource

_KEPT = (
    "Version 2 of the usage API refuses this account, which it served before ({}); Version 1 replaces it "
    "after a day of refusals"
)
V1_COST_REQUEST = "v1_costs"  # its name among refused requests
_CLOSED = (AccessDeniedError, AccountNotCoveredError, AccountUnknownError)


@dataclass(frozen=True, slots=True)
class AutoUsageSource:
    """Reads from version 2, or from version 1 if version 2 is closed or has no costs.

    A Version 2 that served the account before is replaced only after a day of refusals, because Version 1 has
    other metric ids and units. If both are closed, the error of Version 1 is raised, as Version 1 is open
    to most accounts. Other errors of Version 2 do not change the version.
    """

    first: UsageSource
    second: UsageSource

    def read(self, account: Account, query: UsageQuery) -> Reading:
        """Read the usage of an account from the version that serves it.

        Raises:
            UsageUnavailableError: a retry may succeed.
            NonRetryableError: a person has to act.
        """
        if query.preferred_source == "v1":
            with contextlib.suppress(*_CLOSED):  # Version 2 may be open now
                return self.second.read(account, query)
        try:
            reading = self.first.read(account, query)
        except _CLOSED as refusal:
            reading = self.second.read(account, query)
            if query.required_source == "v2":
                raise SourceRefusedError(_KEPT.format(refusal)) from None
            return reading
        # Metric ids and units differ between versions, so a budget of quantities must stay with one version.
        is_unrated = not reading.has_costs and V1_COST_REQUEST not in query.skipped
        if query.needs_cost and not query.needs_quantity and is_unrated:
            return self._with_costs(account, query, reading)
        return reading

    def _with_costs(self, account: Account, query: UsageQuery, reading: Reading) -> Reading:
        try:
            rated = self.second.read(account, query)
        except REFUSALS:
            return replace(reading, refused=reading.refused | {V1_COST_REQUEST})
        return rated if rated.charges and rated.has_costs else reading


class ThreadLocalUsageSource(threading.local):
    """Gives each thread its own source.

    A source closes its connections when an answer is too late, so it must not share them.
    """

    def __init__(self, make: Callable[[], UsageSource]) -> None:
        self._source = make()

    def read(self, account: Account, query: UsageQuery) -> Reading:
        """Read from the source of this thread."""
        return self._source.read(account, query)
