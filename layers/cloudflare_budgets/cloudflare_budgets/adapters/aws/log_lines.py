"""What a run logs of its accounts, budgets and alerts, by the names that saved queries read."""

from collections.abc import Iterator
from datetime import datetime

from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.primitives.amount import percent_reached
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.domain.run.standing import running
from cloudflare_budgets.messages.account_text import account_text
from cloudflare_budgets.messages.formatting import format_amount

_Line = dict[str, object]


def account_lines(report: Report) -> Iterator[_Line]:
    """Describe each account: its source, the age of its data, and the status of its budgets."""
    for account in report.accounts:
        yield {
            "account_id": account.account_id,
            "name": account_text(account),
            "source": account.source,
            "data_through": _instant(account.data_through),
            "fresh_through": _instant(account.fresh_through),
            "budgets": {each.budget.name: each.status.value for each in reversed(account.evaluations)},
        }


def budget_lines(report: Report) -> Iterator[_Line]:
    """Describe where each budget stands in its running period, and why its status is what it is."""
    for account in report.accounts:
        for evaluation in running(account, report.as_of):
            yield _budget(account, evaluation)


def alert_lines(report: Report) -> Iterator[_Line]:
    """Describe each alert of a run, and its state: sent, sent earlier, or not delivered."""
    for each in report.all_alerts:
        alert = each.alert
        yield {
            "account_id": alert.account_id,
            "budget": alert.budget,
            "type": alert.type.value,
            "label": alert.label,
            "state": each.state.value,
            "alert_id": alert.key.alert_id,
        }


def _budget(account: AccountReport, evaluation: Evaluation) -> _Line:
    budget, observed = evaluation.budget, evaluation.observed
    unit = budget.limit.unit
    return {
        "name": budget.name,
        "account": account_text(account),
        "account_id": account.account_id,
        "allowance_of": budget.allowance_of,
        "status": evaluation.status.value,
        "level": evaluation.level.value,
        "percent": float(percent_reached(observed.number, budget.limit.number)) if observed else None,
        "used": format_amount(observed) if observed else None,
        "limit": budget.limit_text,
        "crossed": ", ".join(each.label(unit) for each in evaluation.passed),
        "reason": evaluation.reason,
        "muted_until": _instant(budget.muted_until),
    }


def _instant(instant: datetime | None) -> str | None:
    return utc_text(instant) if instant else None
