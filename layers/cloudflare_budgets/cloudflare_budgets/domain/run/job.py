"""Jobs: one account to check, as a message that a queue delivers to a worker."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cloudflare_budgets.domain.budgets.account import AccountReference, is_account_id
from cloudflare_budgets.domain.primitives.json_input import loads
from cloudflare_budgets.domain.primitives.period import utc_text

# The jobs of one token are processed in this many groups, each in its order and one job at a time.
SHARDS = 4
# A job that waits for its token this often is left to the next plan, which begins with it.
MAX_WAITS = 2
# A job whose account cannot be checked is repeated after this time.
RETRY_AFTER = timedelta(seconds=60)
# The queue moves a job that fails this often without a reply to its dead-letter queue. Other jobs never fail
# so often: after `MAX_ATTEMPTS`, they are left to the next plan.
MAX_ATTEMPTS = 4


class InvalidJobError(ValueError):
    """Raised when a message is not a job."""


@dataclass(frozen=True, slots=True)
class AccountJob:
    """One account to check.

    `is_only` says whether it is the only configured account: then it has the budgets that name none.
    """

    reference: AccountReference
    planned_at: datetime
    is_only: bool = False

    @property
    def group(self) -> str:
        """Return the group of the job: jobs of different tokens are never in one group."""
        token = hashlib.sha256(self.reference.token.encode()).hexdigest()[:16]
        return f"{token}-{int(self.reference.account_id[:8], 16) % SHARDS}"

    @property
    def deduplication_id(self) -> str:
        """Return the account and the hour: a plan that is repeated sends no job twice."""
        return f"{self.reference.account_id}-{self.planned_at:%Y-%m-%dT%H}"

    def document(self) -> dict[str, Any]:
        """Return the job as JSON."""
        return {
            "account_id": self.reference.account_id,
            "token": self.reference.token,
            "name": self.reference.name,
            "since": utc_text(self.reference.since) if self.reference.since else None,
            "planned_at": utc_text(self.planned_at),
            "is_only": self.is_only,
        }


def read_job(text: str) -> AccountJob:
    """Parse a job.

    Raises:
        InvalidJobError: the text is not a job.
    """
    try:
        document = loads(text)
        account_id, token, name = document["account_id"], document["token"], document["name"]
        is_valid = is_account_id(account_id) and isinstance(token, str)
        if not is_valid or not (name is None or isinstance(name, str)):
            raise InvalidJobError("a job needs an account id, the name of a parameter and a name or null")
        since = datetime.fromisoformat(document["since"]) if document["since"] else None
        planned_at = datetime.fromisoformat(document["planned_at"])
        reference = AccountReference(account_id, token, name, since)
        return AccountJob(reference, planned_at, document["is_only"] is True)
    except (ArithmeticError, LookupError, TypeError, RecursionError, ValueError) as error:
        raise InvalidJobError(f"the message is not a job ({type(error).__name__})") from error


def in_order(jobs: Iterable[AccountJob], checked_at: Mapping[str, datetime]) -> list[AccountJob]:
    """Sort jobs: accounts that were never checked first, then by the oldest last check.

    Accounts that were checked in the same hour have another order in each plan, so that the limit of a token
    does not always exclude the same accounts from analytics.
    """
    return sorted(jobs, key=lambda job: (_hours(checked_at.get(job.reference.account_id)), _shuffled(job)))


def _hours(checked_at: datetime | None) -> float:
    return checked_at.timestamp() // 3600 if checked_at else 0.0


def _shuffled(job: AccountJob) -> str:
    return hashlib.sha256(job.deduplication_id.encode()).hexdigest()
