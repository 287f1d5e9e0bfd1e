"""One usage source for each thread."""

import threading
from collections.abc import Callable

from cloudflare_budgets.domain.account import Account
from cloudflare_budgets.domain.usage import Reading
from cloudflare_budgets.ports import Question, UsageSource


class PerThread(threading.local):
    """Gives each thread that reads a source of its own.

    A source cuts its connections when an answer takes too long; they must be nobody else's.
    """

    def __init__(self, make: Callable[[], UsageSource]) -> None:
        self._source = make()

    def read(self, account: Account, question: Question) -> Reading:
        """Read from this thread's source."""
        return self._source.read(account, question)
