"""The use case: gather what was configured and used, decide, and tell people what they must know."""

from dataclasses import replace
from datetime import datetime

from cloudflare_budgets.account_check import check_account
from cloudflare_budgets.domain.report import AccountReport, Report
from cloudflare_budgets.domain.request import Request
from cloudflare_budgets.domain.run_log import RunNotes
from cloudflare_budgets.errors import TryAgainError
from cloudflare_budgets.gather import Gatherer
from cloudflare_budgets.late import late_elsewhere, late_of
from cloudflare_budgets.outside import Outside
from cloudflare_budgets.proof_of_life import account_for, recalled, tell_outside
from cloudflare_budgets.setup import read_setup
from cloudflare_budgets.telling import Swept, sweep


def check(request: Request, outside: Outside) -> Report:
    """Judge every budget, and see that what must be told is told once.

    What one budget, account or alert does wrong never stops the others: what a retry can mend
    stands in the report's `failures`, what it cannot in its `problems`.
    """
    as_of = request.as_of
    swept = Swept() if request.dry_run else sweep(outside.delivery)
    try:
        setup = read_setup(outside.configuration, outside.prefix, request, outside.prices)
    except TryAgainError as error:
        return _begun(as_of, swept, str(error))
    notes = recalled(outside)
    gatherer = Gatherer(outside.usage, outside.accounts, outside.time_left, as_of)
    unwatched = [AccountReport(account.account_id) for account in setup.unwatched]
    # Where time did not suffice for all, those that were left come first, so that none is left for good.
    watched = setup.watched_from(notes.left_at if isinstance(notes, RunNotes) else None)
    checked = [
        check_account(replace(gathered, late=late_of(swept, gathered, as_of)), setup, request, outside)
        for gathered in gatherer.gather(watched)
    ]
    report = replace(_begun(as_of, swept), accounts=(*unwatched, *checked), problems=setup.general_problems)
    late = late_elsewhere(swept, (account.account_id for account, _ in watched), as_of)
    report = account_for(report, notes, late, request, outside)
    tell_outside(report, request, outside)
    return report


def _begun(as_of: datetime, swept: Swept, *failures: str) -> Report:
    return Report(as_of, swept=len(swept.sent), unswept=swept.owed, own_failures=(*swept.failures, *failures))
