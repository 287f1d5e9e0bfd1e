"""Which of Cloudflare's usage APIs to ask for an account."""

import contextlib
from dataclasses import dataclass

from cloudflare_budgets.domain.usage import Reading
from cloudflare_budgets.errors import TellSomebodyError, UsageUnreadableError
from cloudflare_budgets.ports import Account, Question, UsageSource


@dataclass(frozen=True, slots=True)
class FirstThatServes:
    """Asks Version 2, and Version 1 where Version 2 is not open to the account or has no costs.

    When neither serves, it is Version 1 that tells why: it is the one that is open to everybody. But where
    Version 2 is open and its answer unreadable, that is why.
    """

    first: UsageSource
    second: UsageSource

    def read(self, account: Account, question: Question) -> Reading:
        """Read an account's usage from the source that serves it.

        Raises:
            UsageUnavailableError: a retry can mend it.
            TellSomebodyError: only a person can.
        """
        if question.preferred_source == "v1":
            with contextlib.suppress(TellSomebodyError):  # what it refuses now, Version 2 may have again
                return self.second.read(account, question)
        try:
            reading = self.first.read(account, question)
        except TellSomebodyError as refusal:
            return self._instead(account, question, refusal)
        # The versions name metrics and units differently: quantities stay with the one they were written for.
        if question.needs_cost and not question.needs_quantity and not reading.has_costs:
            return self._with_costs(account, question, reading)
        return reading

    def _instead(self, account: Account, question: Question, refusal: TellSomebodyError) -> Reading:
        try:
            return self.second.read(account, question)
        except TellSomebodyError:
            if isinstance(refusal, UsageUnreadableError):
                raise refusal from None
            raise

    def _with_costs(self, account: Account, question: Question, reading: Reading) -> Reading:
        try:
            rated = self.second.read(account, question)
        except TellSomebodyError:
            return reading
        return rated if rated.charges and rated.has_costs else reading
