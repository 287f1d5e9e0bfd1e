"""The alert that carries a digest: its text, and the JSON for machines."""

from collections.abc import Mapping
from typing import Any

from cloudflare_budgets.domain.alert import REMEMBERED_FOR, Alert, AlertType, Severity, digest_key
from cloudflare_budgets.domain.amount import Amount, percent_of
from cloudflare_budgets.domain.digest import BUDGETS_SHOWN, Digest, Move, current, moves_of
from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.mail import account_document, letter, paragraphs
from cloudflare_budgets.domain.period import midnight, utc_text
from cloudflare_budgets.domain.problem_alert import problem_headline
from cloudflare_budgets.domain.report import AccountReport
from cloudflare_budgets.domain.run_log import WEEK
from cloudflare_budgets.domain.sparkline import sparkline
from cloudflare_budgets.domain.standing import bar_line, budget_line, standing_document
from cloudflare_budgets.domain.wording import amount_text, one_line, subject_line

_PROBLEMS_SHOWN = 10


def digest_alert(digest: Digest) -> Alert:
    """Render a digest; there is one a day at most."""
    key = digest_key(midnight(digest.as_of))
    return Alert(
        key=key,
        type=AlertType.DIGEST,
        severity=Severity.INFO,
        subject=subject_line(f"Digest {digest.as_of:%Y-%m-%d}: {_fact(digest)}"),
        body=letter(
            paragraphs([f"{_fact(digest)}.", _proof_of_life(digest)]),
            *(_account(account, digest) for account in digest.report.accounts),
            _problems(digest),
            f"Charts, for some hours: {digest.link}" if digest.link else "",
            alert_id=key.alert_id,
        ),
        document=_document(digest, key.alert_id),
        expires=digest.as_of + REMEMBERED_FOR,
        label=f"{digest.as_of:%Y-%m-%d}",
    )


def _fact(digest: Digest) -> str:
    standing = [each for account in digest.report.accounts for each in current(account, digest.as_of)]
    counts = {state: sum(each.status == state for each in standing) for state in ("breached", "unknown")}
    said = [f"{count} {state}" for state, count in counts.items() if count]
    budgets = f"{len(standing)} budget{'' if len(standing) == 1 else 's'}"
    return f"{budgets}, {' and '.join(said)}" if said else f"{budgets}, all below their thresholds"


def _proof_of_life(digest: Digest) -> str:
    week = digest.week
    text = f"Checked {week.complete:,} times in the last 7 days, "
    text += f"{week.alerts:,} alerts sent." if week.alerts else "nothing to report."
    if week.incomplete:
        text += f" {week.incomplete:,} runs left something undone, which later ones make up for."
    return text


def _account(account: AccountReport, digest: Digest) -> str:
    found = current(account, digest.as_of)
    through = f"data through {account.data_through:%Y-%m-%d %H:%M} UTC" if account.data_through else "no data"
    lines = [f"{one_line(account.account_name or account.account_id, 50)}: {through}"]
    for evaluation in found[:BUDGETS_SHOWN]:
        lines += _budget(evaluation, account, digest)
    if len(found) > BUDGETS_SHOWN:
        lines.append(f"and {len(found) - BUDGETS_SHOWN} more")
    moves = moves_of(found, account.data_through)
    if moves:
        lines += ["", "Moved most in the last 7 days", *(f"  {_move(move)}" for move in moves)]
    return "\n".join(lines)


def _budget(evaluation: Evaluation, account: AccountReport, digest: Digest) -> list[str]:
    budget = evaluation.budget
    muted = f", muted until {budget.muted_until:%Y-%m-%d}" if budget.is_muted(digest.as_of) else ""
    lines = ["", f"{one_line(budget_line(evaluation))}: {evaluation.status}{muted}"]
    if evaluation.observed:
        lines.append(f"  {bar_line(evaluation)}")
    line = sparkline(evaluation.course.days, midnight(account.data_through)) if account.data_through else ""
    if line:
        lines.append(f"  {line} last {len(line)} days")
    if evaluation.outlook:
        expected = Amount(evaluation.outlook.expected, budget.limit.unit)
        lines.append(f"  forecast {amount_text(expected)}")
    if evaluation.unknown:
        lines += [f"  {text}" for text in paragraphs([one_line(evaluation.unknown.reason, 300)]).splitlines()]
    return lines


def _move(move: Move) -> str:
    unit = move.evaluation.budget.limit.unit
    change = amount_text(Amount(abs(move.now - move.before), unit))
    more = "more" if move.now > move.before else "less"
    percent = f" ({percent_of(move.now - move.before, move.before, 0):+,f}%)" if move.before > 0 else ""
    return f"{one_line(move.family)}: {change} {more}{percent}"


def _problems(digest: Digest) -> str:
    found = digest.report.all_problems
    if not found:
        return "No problems."
    lines = ["Problems"]
    lines += [f"  - {problem_headline(each.kind, each.subject)}" for each in found[:_PROBLEMS_SHOWN]]
    more = len(found) - _PROBLEMS_SHOWN
    return "\n".join([*lines, *([f"  and {more} more"] if more > 0 else [])])


def _document(digest: Digest, alert_id: str) -> Mapping[str, Any]:
    return {
        "version": "1",
        "alert_id": alert_id,
        "type": AlertType.DIGEST.value,
        "severity": Severity.INFO.value,
        "account": None,
        "since": utc_text(digest.as_of - WEEK),
        "until": utc_text(digest.as_of),
        "checks": {"complete": digest.week.complete, "incomplete": digest.week.incomplete},
        "alerts": digest.week.alerts,
        "accounts": [_account_document(account, digest) for account in digest.report.accounts],
        "problems": [
            {"kind": each.kind, "subject": one_line(each.subject), "message": one_line(each.message, 500)}
            for each in digest.report.all_problems[:_PROBLEMS_SHOWN]
        ],
        "report_url": digest.link,
    }


def _account_document(account: AccountReport, digest: Digest) -> Mapping[str, Any]:
    found = current(account, digest.as_of)
    shown = found[:BUDGETS_SHOWN]
    return {
        "account": account_document(account),
        "data_through": utc_text(account.data_through) if account.data_through else None,
        "source": account.source,
        "budgets": [standing_document(evaluation) for evaluation in shown],
        "more": len(found) - len(shown),
    }
