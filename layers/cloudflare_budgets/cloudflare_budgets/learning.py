"""Remembering, after everybody was told, what a run learned of an account."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cloudflare_budgets.domain.alert import resolved_key
from cloudflare_budgets.domain.known_history import learn_history
from cloudflare_budgets.domain.notes import notes_after
from cloudflare_budgets.domain.open_alert import OpenAlerts, joined, opened
from cloudflare_budgets.domain.report import AlertReport, AlertState
from cloudflare_budgets.domain.resolution import Outcome
from cloudflare_budgets.domain.usage import Usage
from cloudflare_budgets.errors import TryAgainError
from cloudflare_budgets.gather import Gathered
from cloudflare_budgets.ports import AccountMemory

_TOLD = frozenset({AlertState.SENT, AlertState.ALREADY_SENT})


@dataclass(frozen=True, slots=True)
class Learner:
    """Remembers accounts for later runs."""

    memory: AccountMemory
    as_of: datetime

    def learn(self, gathered: Gathered, open_alerts: OpenAlerts) -> tuple[str, ...]:
        """Remember what is known now and what is open; give what a retry can mend."""
        account_id, usage = gathered.account.account_id, gathered.usage
        learned = replace(gathered.notes, open_alerts=open_alerts)
        try:
            if isinstance(usage, Usage):
                # In this order: what is noted as recorded is recorded, and at worst it is once more.
                history, changed = learn_history(learned.history, usage, gathered.past, self.as_of)
                learned = replace(notes_after(learned, usage, self.as_of), history=history)
                if changed:
                    self.memory.remember_days(account_id, changed)
            if learned != gathered.notes:
                self.memory.remember_notes(account_id, learned)
        except TryAgainError as error:
            return (f"account {account_id}: {error}",)
        return ()


def open_after(
    outcome: Outcome, late: OpenAlerts, told: Sequence[AlertReport], as_of: datetime
) -> OpenAlerts:
    """Say which alerts are open after a run.

    Those that still were, those whose end could not be told yet, those that earlier runs owed and this one
    sent `late`, and those that were told; a lower threshold takes no higher one's place, for the message told
    of both.
    """
    owed = {report.alert.key for report in told if report.state is AlertState.OWED}
    unended = {
        what: over.opened for what, over in outcome.over.items() if resolved_key(over.opened.key) in owed
    }
    told_now = opened((report.alert for report in told if report.state in _TOLD), as_of)
    return joined(joined({**outcome.kept, **unended}, late), told_now)
