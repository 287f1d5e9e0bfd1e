"""The alert for a problem: a condition that no retry ends, and that you have to correct."""

from datetime import datetime, timedelta

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR, Alert, AlertType
from cloudflare_budgets.domain.alerts.alert_key import problem_key
from cloudflare_budgets.domain.alerts.open_alerts import opened_by_problem
from cloudflare_budgets.domain.alerts.problem import (
    DIGEST_MISSING,
    NEVER_ENDS,
    NO_OPERATIONS_SUBSCRIBER,
    Problem,
)
from cloudflare_budgets.domain.alerts.severity import Severity
from cloudflare_budgets.domain.primitives.period import midnight, utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.account_text import Named, account_name, account_text
from cloudflare_budgets.messages.alerts.documents import envelope
from cloudflare_budgets.messages.alerts.problem_texts import (
    problem_action,
    problem_consequence,
    problem_headline,
)
from cloudflare_budgets.messages.mail import MAX_SUBJECT, mail_text, subject_line
from cloudflare_budgets.messages.message import Action, Fact, Message, message_json

MAX_MESSAGE = 2000
_PROBLEM = "Problem: "
_SENT_ONCE = NEVER_ENDS | {DIGEST_MISSING, NO_OPERATIONS_SUBSCRIBER}


def problem_alert(problem: Problem, as_of: datetime, account: Named | None = None, prefix: str = "") -> Alert:
    """Return the alert for a problem, which is sent once for the day or period of the problem.

    Args:
        problem: what it is about.
        as_of: the instant that the run judged by.
        account: the problem's own account, where more than its id is known.
        prefix: the root of the parameter names.
    """
    day = problem.since or midnight(as_of)
    key = problem_key(problem, day)
    text = sanitize(problem.message, MAX_MESSAGE)
    message = problem_message(problem, text, account, prefix)
    shorter = _PROBLEM + problem_headline(problem.kind, problem.subject, MAX_SUBJECT - len(_PROBLEM))
    return Alert(
        key=key,
        type=AlertType.PROBLEM,
        severity=Severity.WARNING,
        subject=subject_line(message.headline, shorter=shorter),
        body=mail_text(message, key.alert_id),
        document={
            **envelope(key.alert_id, AlertType.PROBLEM, Severity.WARNING, account, problem.account_id),
            "problem": {"kind": problem.kind, "subject": sanitize(problem.subject), "message": text},
            "day": utc_text(day),
        },
        # A problem that is still sent for its first day is claimed again after its row was deleted.
        expires=day + REMEMBERED_FOR * (1 + max(as_of - day, timedelta(0)) // REMEMBERED_FOR),
        budget=problem.budget,
        account_id=problem.account_id,
        label=problem.kind,
        opens=opened_by_problem(problem, key, day, as_of),
        message=message_json(message),
    )


def problem_message(problem: Problem, text: str, account: Named | None, prefix: str) -> Message:
    """Say what is wrong, and what to do."""
    action = problem_action(problem.kind, problem.subject, problem.account_id, prefix)
    return Message(
        _PROBLEM + problem_headline(problem.kind, problem.subject),
        account_name(account) if account else problem.account_id or "",
        lead=(text, problem_consequence(problem.kind)),
        actions=(Action(action),) if action else (),
        facts=(
            Fact("Account", account_text(account) if account else problem.account_id or ""),
            Fact("Kind", problem.kind),
            Fact("Next alert", _again(problem)),
        ),
    )


def _again(problem: Problem) -> str:
    if problem.kind in _SENT_ONCE:
        return "only if it happens again"
    further = ", and at each higher threshold" if problem.step else ""
    if not problem.since:
        return f"once a day while the problem lasts{further}"
    earlier = "earlier if it names something new or comes back after a week"
    return f"once a month while the problem lasts{further}; {earlier}"
