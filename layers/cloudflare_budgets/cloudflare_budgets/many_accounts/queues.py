"""Protocols: the queues between planner, workers and sender."""

from collections.abc import Sequence
from typing import Protocol

from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.run.job import AccountJob


class JobQueue(Protocol):
    """Delivers jobs to workers, those of one group in order."""

    def send(self, jobs: Sequence[AccountJob]) -> None:
        """Send jobs; one that was sent in the last five minutes is not sent again.

        Raises:
            RetryableError: some jobs were not accepted, or it is unknown whether they were.
        """


class SenderQueue(Protocol):
    """Starts the sender, one at a time."""

    def send(self, key: AlertKey | None) -> None:
        """Announce an alert that was stored; `None` asks for all alerts that are pending.

        Raises:
            RetryableError: the message was not accepted, or it is unknown whether it was.
        """
