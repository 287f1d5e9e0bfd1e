"""The digest: subject, text and JSON document."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR, Alert, AlertType
from cloudflare_budgets.domain.alerts.alert_key import digest_key
from cloudflare_budgets.domain.alerts.severity import Severity
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.primitives.amount import Amount, percent_of
from cloudflare_budgets.domain.primitives.period import midnight, utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.run.digest import (
    PROBLEMS_SHOWN,
    Digest,
    WeeklyChange,
    current,
    through_of,
    weekly_changes,
)
from cloudflare_budgets.domain.run.state import week_start
from cloudflare_budgets.messages.alerts.digest_contents import Contents, Section, contents_of, is_missed
from cloudflare_budgets.messages.alerts.documents import account_document
from cloudflare_budgets.messages.alerts.layout import (
    NO_FEES,
    data_text,
    letter,
    paragraphs,
    subject_line,
    wrapped,
)
from cloudflare_budgets.messages.alerts.phrases import bar_lines, budget_line, budgets_text, dates
from cloudflare_budgets.messages.alerts.problem import problem_headline
from cloudflare_budgets.messages.formatting import format_amount, format_next_to_limit
from cloudflare_budgets.messages.size_limits import take_while_it_fits

_BLOCKS = "▁▂▃▄▅▆▇█"
_DAY = timedelta(days=1)
DAYS_SHOWN = 14


def sparkline(days: Mapping[datetime, Decimal], through: datetime) -> str:
    """Draw up to 14 days before an instant, the highest as a full block; a day without a number is zero."""
    known = [day for day in days if day < through]
    if not known:
        return ""
    count = min(DAYS_SHOWN, (through - min(known)) // _DAY)
    numbers = [max(days.get(through - back * _DAY, Decimal(0)), Decimal(0)) for back in range(count, 0, -1)]
    highest = max(numbers, default=Decimal(0))
    return "".join(_BLOCKS[_height(number, highest)] for number in numbers)


def _height(number: Decimal, highest: Decimal) -> int:
    if highest <= 0:
        return 0
    return int((number / highest * (len(_BLOCKS) - 1)).to_integral_value(ROUND_HALF_UP))


# In bytes, for the accounts: a mail that is cut loses its end, where the problems stand.
_ROOM = 70_000


def digest_subject(digest: Digest) -> str:
    """Say it in one line: `Digest 2026-11-22: 5 budgets, 1 breached, 1 unknown, 1 problem`."""
    said = f"Digest {digest.as_of:%Y-%m-%d}: "
    return subject_line(f"{said}{_fact(digest)}", shorter=f"{said}{_fact(digest, with_lines=False)}")


def digest_body(digest: Digest, contents: Contents, alert_id: str) -> str:
    """Say where budgets stand, what moved most, and that somebody looks."""
    accounts = digest.report.accounts
    has_costs = any(each.budget.is_cost for account in accounts for each in account.evaluations)
    return letter(
        paragraphs([f"{_fact(digest)}.", _proof_of_life(digest)]),
        *_accounts(contents, digest),
        _problems(digest),
        NO_FEES if has_costs else "",
        f"Charts (the link works for some hours):\n{digest.link}" if digest.link else "",
        alert_id=alert_id,
    )


def _fact(digest: Digest, *, with_lines: bool = True) -> str:
    accounts = digest.report.accounts
    standing = [(account, each) for account in accounts for each in current(account, digest.as_of)]
    counts = {state: sum(each.status == state for _, each in standing) for state in ("breached", "unknown")}
    said = [f"{count} {state}" for state, count in counts.items() if count]
    lines = [(account.account_id, each.budget.name) for account, each in standing]
    budgets = budgets_text(lines if with_lines else list(set(lines))) if standing else "no budget judged"
    missed = sum(is_missed(account) for account in accounts)
    parts = [f"{_counted(missed, 'account')} not checked"] if missed else []
    parts += [budgets, *(said or (["all below their thresholds"] if standing else []))]
    problems = len(digest.report.all_problems)
    parts += [_counted(problems, "problem")] if problems else []
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def _proof_of_life(digest: Digest) -> str:
    week = digest.week
    sent = f"{_counted(week.alerts, 'alert')} sent" if week.alerts else "nothing to report"
    since = week_start(digest.as_of)
    text = f"Checked {_counted(week.complete, 'time')} since {since:%Y-%m-%d}, {sent}."
    if week.incomplete:
        text += f" {_counted(week.incomplete, 'more run')} left something undone, for later ones to make up."
    return text


def _accounts(contents: Contents, digest: Digest) -> list[str]:
    texts = take_while_it_fits((_account(section, digest) for section in contents.sections), _ROOM)
    more = contents.more_accounts + len(contents.sections) - len(texts)
    left_out = f"and {_counted(more, 'more account')}; those in trouble come first" if more else ""
    return [*texts, left_out]


def _account(section: Section, digest: Digest) -> str:
    account, found = section.account, section.found
    name = sanitize(account.account_name or account.account_id, 70)
    if not found:
        why = "could not be checked in this run" if is_missed(account) else "no budget watches it"
        return f"{name}\n{why}"
    through = through_of(account, digest.as_of)
    texts = [f"{name}\ndata {data_text(account, digest.as_of) or 'not there yet'}"]
    texts += [_budget(told.evaluation, through, digest) for told in section.shown]
    if section.more:
        texts.append(f"and {section.more} more")
    texts += _moves(found, through)
    return "\n\n".join(texts)


def _budget(evaluation: Evaluation, through: datetime | None, digest: Digest) -> str:
    budget = evaluation.budget
    # A threshold on a forecast never makes a breach, and "ok" alone would contradict its alert.
    is_told = evaluation.status is Status.OK and evaluation.forecast_crossed
    forecast_crossed = f", {evaluation.forecast_crossed[-1].label(budget.limit.unit)}" if is_told else ""
    muted = f", muted until {budget.muted_until:%Y-%m-%d}" if budget.is_muted(digest.as_of) else ""
    lines = bar_lines(evaluation) if evaluation.observed else []
    forecast = evaluation.forecast
    if forecast and evaluation.window:
        last = evaluation.window.period.end - timedelta(days=1)
        expected = format_next_to_limit(forecast.expected, budget.limit, is_expected=True)
        early = f", early, from {forecast.complete_days} complete days" if forecast.is_early else ""
        lines.append(f"forecast {expected} {budget.limit.unit} by {last:%Y-%m-%d}{early}")
    line = sparkline(evaluation.breakdown.days, through) if through else ""
    if line:
        lines.append(f"{line} last {_counted(len(line), 'day') if len(line) > 1 else 'day'}")
    if evaluation.unknown:
        lines += wrapped(sanitize(evaluation.unknown.reason, 300), indent=2)
    return "\n".join(
        [
            f"{budget_line(evaluation)}: {evaluation.status}{forecast_crossed}{muted}",
            *(f"  {line}" for line in lines),
        ]
    )


def _moves(found: Sequence[Evaluation], through: datetime | None) -> list[str]:
    moves = weekly_changes(found, through) if through else []
    return (
        ["\n".join(["Moved most, week over week", *(f"  {_move(move, moves)}" for move in moves)])]
        if moves
        else []
    )


def _move(move: WeeklyChange, moves: Sequence[WeeklyChange]) -> str:
    unit = move.evaluation.budget.limit.unit
    change = format_amount(Amount(abs(move.now - move.before), unit))
    more = "more" if move.now > move.before else "less"
    percent = f" ({percent_of(move.now - move.before, move.before, 0):+,f}%)" if move.before > 0 else ""
    return f"{sanitize(move.what)}{_within(move, moves)}: {change} {more}{percent}"


def _within(move: WeeklyChange, moves: Sequence[WeeklyChange]) -> str:
    alike = [other for other in moves if other.kind[:2] == move.kind[:2]]
    if not move.part and len(alike) == 1:
        return ""
    cycle = f", {dates(move.cycle)}" if move.cycle else ""
    return f" in budget {move.evaluation.budget.name}{cycle}"


def _problems(digest: Digest) -> str:
    found = digest.report.all_problems
    if not found:
        return "No problems."
    lines = ["Problems"]
    for each in found[:PROBLEMS_SHOWN]:
        first, *others = wrapped(problem_headline(each.kind, each.subject), indent=4)
        lines += [f"  - {first}", *(f"    {other}" for other in others)]
    more = len(found) - PROBLEMS_SHOWN
    return "\n".join([*lines, *([f"  and {more} more"] if more > 0 else [])])


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def digest_alert(digest: Digest) -> Alert:
    """Render a digest; there is one a day at most."""
    key = digest_key(midnight(digest.as_of))
    contents = contents_of(digest)
    return Alert(
        key=key,
        type=AlertType.DIGEST,
        severity=Severity.INFO,
        subject=digest_subject(digest),
        body=digest_body(digest, contents, key.alert_id),
        document=_document(digest, contents, key.alert_id),
        expires=digest.as_of + REMEMBERED_FOR,
        label=f"{digest.as_of:%Y-%m-%d}",
    )


def _document(digest: Digest, contents: Contents, alert_id: str) -> Mapping[str, Any]:
    return {
        "version": "1",
        "alert_id": alert_id,
        "type": AlertType.DIGEST.value,
        "severity": Severity.INFO.value,
        "account": None,
        "since": utc_text(week_start(digest.as_of)),
        "until": utc_text(digest.as_of),
        "checks": {"complete": digest.week.complete, "incomplete": digest.week.incomplete},
        "alerts": digest.week.alerts,
        "accounts": [_account_document(section) for section in contents.sections],
        "more_accounts": contents.more_accounts,
        "more_budgets": contents.more_budgets,
        "problems": [
            {"kind": each.kind, "subject": sanitize(each.subject), "message": sanitize(each.message, 500)}
            for each in digest.report.all_problems[:PROBLEMS_SHOWN]
        ],
        "report_url": digest.link,
    }


def _account_document(section: Section) -> Mapping[str, Any]:
    account = section.account
    return {
        "account": account_document(account),
        "data_through": utc_text(account.data_through) if account.data_through else None,
        "source": account.source,
        "budgets": [told.document for told in section.shown],
        "more": section.more,
    }
