"""The digest: its message and its JSON document."""

from collections.abc import Iterable, Mapping
from typing import Any

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR, Alert, AlertType
from cloudflare_budgets.domain.alerts.alert_key import digest_key
from cloudflare_budgets.domain.alerts.severity import Severity
from cloudflare_budgets.domain.evaluation.evaluation import Level
from cloudflare_budgets.domain.primitives.period import midnight, utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.run.digest import PROBLEMS_SHOWN, Digest
from cloudflare_budgets.domain.run.standing import current
from cloudflare_budgets.domain.run.state import week_start
from cloudflare_budgets.messages.account_text import NO_FEES
from cloudflare_budgets.messages.alerts.digest_analytics import analytics_sections
from cloudflare_budgets.messages.alerts.digest_contents import (
    AccountContents,
    Contents,
    contents_of,
    is_missed,
)
from cloudflare_budgets.messages.alerts.digest_sections import account_sections, totals
from cloudflare_budgets.messages.alerts.documents import account_document, envelope
from cloudflare_budgets.messages.alerts.problem_texts import problem_headline
from cloudflare_budgets.messages.budget_text import OWN_FIGURES, budgets_text
from cloudflare_budgets.messages.formatting import counted, day_text
from cloudflare_budgets.messages.mail import mail_text, subject_line
from cloudflare_budgets.messages.message import Action, Fact, Message, Section, message_json

_MAX_MESSAGE = 500
_WORDS = {
    Level.OVER_LIMIT: "over limit",
    Level.THRESHOLD_PASSED: "past a threshold",
    Level.UNKNOWN: "unknown",
}


def digest_alert(digest: Digest) -> Alert:
    """Return the alert for a digest; there is at most one a day."""
    key = digest_key(midnight(digest.as_of))
    contents = contents_of(digest)
    message = digest_message(digest, contents)
    return Alert(
        key=key,
        type=AlertType.DIGEST,
        severity=Severity.INFO,
        subject=subject_line(message.headline, shorter=_headline(digest, with_lines=False)),
        body=mail_text(message, key.alert_id),
        document=_document(digest, contents, key.alert_id),
        expires=digest.as_of + REMEMBERED_FOR,
        label=f"{digest.as_of:%Y-%m-%d}",
        message=message_json(message),
    )


def digest_message(digest: Digest, contents: Contents) -> Message:
    """Say what accounts came to, which budgets need a look, what changed, and that checks run."""
    accounts = digest.report.accounts
    has_costs = any(each.budget.is_cost for account in accounts for each in account.evaluations)
    report = (
        (Action("Report with charts (the link works for some hours)", "Report", digest.link),)
        if digest.link
        else ()
    )
    return Message(
        _headline(digest),
        lead=(*totals(accounts, digest.as_of), _checks(digest)),
        actions=(*report, OWN_FIGURES),
        sections=(
            *account_sections(contents, digest),
            *analytics_sections(accounts),
            _problems(digest),
        ),
        facts=(Fact("Costs", NO_FEES if has_costs else ""),),
    )


def _headline(digest: Digest, *, with_lines: bool = True) -> str:
    return f"Digest {day_text(digest.as_of)}: {_fact(digest, with_lines=with_lines)}"


def _fact(digest: Digest, *, with_lines: bool) -> str:
    accounts = digest.report.accounts
    found = [(account, each) for account in accounts for each in current(account, digest.as_of)]
    counts = {level: sum(each.level is level for _, each in found) for level in _WORDS}
    said = [f"{count} {_WORDS[level]}" for level, count in counts.items() if count]
    expected = sum(each.level is Level.WITHIN and bool(each.forecast_crossed) for _, each in found)
    said += [f"{expected} forecast over"] if expected else []
    lines = [(account.account_id, each.budget.name) for account, each in found]
    budgets = budgets_text(lines if with_lines else list(set(lines))) if found else "no budget judged"
    missed = sum(is_missed(account) for account in accounts)
    parts = [f"{counted(missed, 'account')} not checked"] if missed else []
    parts += [budgets, *(said or (["all within"] if found else []))]
    problems = len(digest.report.all_problems)
    return ", ".join([*parts, *([counted(problems, "problem")] if problems else [])])


def _checks(digest: Digest) -> str:
    week = digest.week
    sent = f"{counted(week.alerts, 'alert')} sent" if week.alerts else "nothing to report"
    text = f"Checked {counted(week.complete, 'time')} since {day_text(week_start(digest.as_of))}, {sent}."
    if week.incomplete:
        text += f" {counted(week.incomplete, 'more check')} did not finish; later checks make up for them."
    return text


def _problems(digest: Digest) -> Section:
    found = digest.report.all_problems
    lines = [problem_headline(each.kind, each.subject) for each in found[:PROBLEMS_SHOWN]]
    more = len(found) - PROBLEMS_SHOWN
    lines += [f"and {more} more"] if more > 0 else []
    return Section("Problems", tuple(lines)) if lines else Section("", ("No problems.",))


def _document(digest: Digest, contents: Contents, alert_id: str) -> Mapping[str, Any]:
    return {
        **envelope(alert_id, AlertType.DIGEST, Severity.INFO, None),
        "since": utc_text(week_start(digest.as_of)),
        "until": utc_text(digest.as_of),
        "checks": {"complete": digest.week.complete, "incomplete": digest.week.incomplete},
        "alerts": digest.week.alerts,
        "accounts": list(_account_documents(contents.accounts)),
        "more_accounts": contents.more_accounts,
        "more_budgets": contents.more_budgets,
        "problems": [
            {
                "kind": each.kind,
                "subject": sanitize(each.subject),
                "message": sanitize(each.message, _MAX_MESSAGE),
            }
            for each in digest.report.all_problems[:PROBLEMS_SHOWN]
        ],
        "report_url": digest.link,
    }


def _account_documents(accounts: Iterable[AccountContents]) -> Iterable[Mapping[str, Any]]:
    for contents in accounts:
        account = contents.account
        yield {
            "account": account_document(account),
            "data_through": utc_text(account.data_through) if account.data_through else None,
            "source": account.source,
            "budgets": [listed.document for listed in contents.shown],
            "more": contents.more,
            **({"acknowledged": contents.acknowledged} if contents.acknowledged else {}),
        }
