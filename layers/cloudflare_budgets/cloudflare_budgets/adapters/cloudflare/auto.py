"""Chooses between versions 1 and 2 of the usage API, with one client per thread."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass

from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import (
    AccessDeniedError,
    AccountNotCoveredError,
    AccountUnknownError,
    NonRetryableError,
)
from cloudflare_budgets.ports import UsageQuery, UsageSource

_CLOSED = (AccessDeniedError, AccountNotCoveredError, AccountUnknownError)


@dataclass(frozen=True, slots=True)
class AutoUsageSource:
    """Asks Version 2, and Version 1 where Version 2 is not open to the account or has no costs.

    When neither is open, it is Version 1 that tells why: it is the one that is open to everybody. What
    else Version 2 does wrong is no reason to change versions.
    """

    first: UsageSource
    second: UsageSource

    def read(self, account: Account, query: UsageQuery) -> Reading:
        """Read an account's usage from the source that serves it.

        Raises:
            UsageUnavailableError: a retry can mend it.
            NonRetryableError: only a person can.
        """
        if query.preferred_source == "v1":
            with contextlib.suppress(*_CLOSED):  # then Version 2 may be open by now
                return self.second.read(account, query)
        try:
            reading = self.first.read(account, query)
        except _CLOSED:
            return self.second.read(account, query)
        # The versions name metrics and units differently: quantities stay with the one they were written for.
        if query.needs_cost and not query.needs_quantity and not reading.has_costs:
            return self._with_costs(account, query, reading)
        return reading

    def _with_costs(self, account: Account, query: UsageQuery, reading: Reading) -> Reading:
        try:
            rated = self.second.read(account, query)
        except NonRetryableError:
            return reading
        return rated if rated.charges and rated.has_costs else reading


class ThreadLocalUsageSource(threading.local):
    """Gives each thread that reads a source of its own.

    A source cuts its connections when an answer takes too long; they must be nobody else's.
    """

    def __init__(self, make: Callable[[], UsageSource]) -> None:
        self._source = make()

    def read(self, account: Account, query: UsageQuery) -> Reading:
        """Read from this thread's source."""
        return self._source.read(account, query)
