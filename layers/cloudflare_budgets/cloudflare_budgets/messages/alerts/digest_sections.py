"""The digest's sections for each account: its total, budgets that need a look, and changes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from cloudflare_budgets.domain.alerts.sent_alert import Acknowledgement
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Level
from cloudflare_budgets.domain.primitives.amount import Amount, percent_reached, total
from cloudflare_budgets.domain.primitives.period import PeriodKind
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.run.digest import (
    Digest,
    WeeklyChange,
    through_of,
    weekly_changes,
)
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.domain.run.standing import current, widest_cost
from cloudflare_budgets.messages.account_text import data_text, distinct_names
from cloudflare_budgets.messages.alerts.digest_contents import (
    MAX_NOTE,
    AccountContents,
    Contents,
    is_missed,
)
from cloudflare_budgets.messages.budget_text import (
    amounts_text,
    budgets_text,
    forecast_text,
    level_text,
    status_text,
    when_text,
)
from cloudflare_budgets.messages.formatting import (
    change_text,
    counted,
    dates,
    day_text,
    format_amount,
    format_number,
)
from cloudflare_budgets.messages.message import Section, present
from cloudflare_budgets.messages.size_limits import take_while_it_fits

DAYS_SHOWN = 14
_SPARKS = "▁▂▃▄▅▆▇█"
_DAY = timedelta(days=1)
_NOTABLE = 50  # percent
_LINES_SHOWN = 40
_QUIET_SHOWN = 10
_TOTALS_SHOWN = 5  # of more accounts, the sum alone is shown
# In bytes: a mail that is cut would lose the problems at its end.
_ROOM = 40_000


def totals(accounts: Sequence[AccountReport], as_of: datetime) -> Iterable[str]:
    """State each account's widest cost budget: `Shop: 56.30 of 50 USD (112 %) so far`."""
    widest = {account.account_id: widest_cost(current(account, as_of)) for account in accounts}
    found = {account_id: each for account_id, each in widest.items() if each}
    names = distinct_names(accounts)
    if len(found) > 1:
        yield from _sum(list(found.values()), as_of)
    for account_id, each in found.items() if len(found) <= _TOTALS_SHOWN else ():
        yield f"{names[account_id]}: {amounts_text(each)}{_until(each, as_of)}{_forecast(each)}"


def _sum(evaluations: Sequence[Evaluation], as_of: datetime) -> Iterable[str]:
    """Add up amounts of one unit and one kind of period."""
    units = {each.budget.limit.unit for each in evaluations}
    periods = {each.budget.period for each in evaluations}
    if len(units) == len(periods) == 1:
        used, limit = (
            format_number(total(numbers), unit)
            for unit in units
            for numbers in (
                [each.observed.number for each in evaluations if each.observed],
                [each.budget.limit.number for each in evaluations],
            )
        )
        until = {_until(each, as_of) for each in evaluations}
        when = until.pop() if len(until) == 1 else " so far"
        yield f"{len(evaluations)} accounts: {used} of {limit} {units.pop()}{when}"


def _until(evaluation: Evaluation, as_of: datetime) -> str:
    return _when(evaluation, as_of) or " so far"


def _when(evaluation: Evaluation, as_of: datetime) -> str:
    """Name a day, or a period that is over; empty for the running period."""
    window = evaluation.window
    is_named = window and (window.period.end <= as_of or evaluation.budget.period is PeriodKind.DAY)
    return when_text(window, as_of) if window and is_named else ""


def account_sections(contents: Contents, digest: Digest) -> Iterable[Section]:
    """List the accounts with a notable budget or a change; name all others in one line."""
    names = distinct_names(digest.report.accounts)
    sections, quiet = list[Section](), list[AccountContents]()
    for each in contents.accounts:
        lines = _lines(each, digest)
        if lines or len(contents.accounts) == 1:
            sections.append(Section(_title(each, names, digest), (*lines, *_others(each))))
        else:
            quiet.append(each)
    kept = len(take_while_it_fits((f"{each}" for each in sections), _ROOM)) if sections else 0
    yield from sections[:kept]
    if quiet:
        yield Section("", (_quiet(quiet, names),))
    more = contents.more_accounts + len(sections) - kept
    if more:
        yield Section("", (f"and {counted(more, 'more account')}; accounts with problems come first",))


def _title(contents: AccountContents, names: Mapping[str, str], digest: Digest) -> str:
    account = contents.account
    data = data_text(account, digest.as_of) or "no data yet"
    return f"{names[account.account_id]} ({data})" if contents.found else names[account.account_id]


def _quiet(accounts: Sequence[AccountContents], names: Mapping[str, str]) -> str:
    shown = ", ".join(names[each.account.account_id] for each in accounts[:_QUIET_SHOWN])
    more = len(accounts) - _QUIET_SHOWN
    left = f" and {counted(more, 'more account')}" if more > 0 else ""
    return f"All budgets below {_NOTABLE} %: {shown}{left}"


def _lines(contents: AccountContents, digest: Digest) -> list[str]:
    if not contents.found:
        missed = is_missed(contents.account)
        return ["could not be checked in this run" if missed else "no budget watches this account"]
    through = through_of(contents.account, digest.as_of)
    notable = _notable(contents.found)
    account_id = contents.account.account_id
    lines = [_line(each, account_id, through, digest) for each in notable[:_LINES_SHOWN]]
    more = len(notable) - _LINES_SHOWN
    lines += [f"and {more} more"] if more > 0 else []
    moves = weekly_changes(contents.found, through) if through else []
    changes = "; ".join(_change(move, moves) for move in moves)
    return [*lines, *([f"Week over week: {changes}"] if changes else [])]


def _notable(found: Sequence[Evaluation]) -> list[Evaluation]:
    """Choose the budgets that need a look; for an allowance budget, its fullest line."""
    chosen: dict[tuple[str, object], Evaluation] = {}
    for evaluation in found:
        budget = evaluation.budget
        if _needs_a_look(evaluation):
            chosen.setdefault((budget.name, budget.allowance_of is not None or evaluation.window), evaluation)
    return list(chosen.values())


def _needs_a_look(evaluation: Evaluation) -> bool:
    observed, limit, forecast = evaluation.observed, evaluation.budget.limit.number, evaluation.forecast
    if evaluation.level is not Level.WITHIN or evaluation.forecast_crossed or observed is None:
        return True
    is_expected_over = forecast is not None and forecast.is_enough and forecast.expected >= limit
    return is_expected_over or percent_reached(observed.number, limit) >= _NOTABLE


def _others(contents: AccountContents) -> tuple[str, ...]:
    notable = {each.budget.name for each in _notable(contents.found)}
    names = [each.budget.name for each in contents.found if each.budget.name not in notable]
    if not names:
        return ()
    if not notable:
        return (f"{budgets_text([('', name) for name in names])} below {_NOTABLE} %",)
    return (f"{counted(len(set(names)), 'other')} below {_NOTABLE} %",)


def _line(evaluation: Evaluation, account_id: str, through: datetime | None, digest: Digest) -> str:
    budget = evaluation.budget
    text = status_text(evaluation)
    if budget.allowance_of and evaluation.observed:
        worst = f"worst: {sanitize(budget.allowance_of)}, {amounts_text(evaluation)}"
        text = f"{sanitize(budget.name)} {level_text(evaluation)}, {worst}"
    text += _when(evaluation, digest.as_of)
    muted = f", muted until {dates_of(budget.muted_until)}" if budget.is_muted(digest.as_of) else ""
    if muted and budget.mute_note:
        muted += f" ({sanitize(budget.mute_note, 2 * 200)})"
    muted += acknowledged_text(digest.acknowledged.get((account_id, budget.name)))
    spark = sparkline(evaluation.breakdown.days, through) if through else ""
    return " ".join(present((f"{text}{_forecast(evaluation)}{muted}", spark)))


def acknowledged_text(found: Acknowledgement | None) -> str:
    """Say who acknowledged an alert, and why: `, acknowledged by ann (known: the import)`."""
    if found is None:
        return ""
    note = f" ({sanitize(found.note, MAX_NOTE)})" if found.note else ""
    return f", acknowledged by {sanitize(found.by)}{note}"


def dates_of(day: datetime | None) -> str:
    """Format a day with its year: `1 Dec 2026`."""
    return f"{day_text(day)} {day:%Y}" if day else ""


def _forecast(evaluation: Evaluation) -> str:
    forecast = evaluation.shown_forecast
    if forecast is None:
        return ""
    early = f", early, from {counted(forecast.complete_days, 'complete day')}" if forecast.is_early else ""
    return f", forecast {forecast_text(forecast, evaluation.budget.limit)}{early}"


def _change(move: WeeklyChange, moves: Sequence[WeeklyChange]) -> str:
    unit = move.evaluation.budget.limit.unit
    change = format_amount(Amount(abs(move.now - move.before), unit))
    more = "more" if move.now > move.before else "less"
    percent = f" ({change_text(move.now, move.before)})" if move.before > 0 else ""
    return f"{sanitize(move.what)}{_within(move, moves)} {change} {more}{percent}"


def _within(move: WeeklyChange, moves: Sequence[WeeklyChange]) -> str:
    alike = [other for other in moves if other.kind[:2] == move.kind[:2]]
    if not move.part and len(alike) == 1:
        return ""
    cycle = f", {dates(move.cycle)}," if move.cycle else ""
    return f" in budget {move.evaluation.budget.name}{cycle}"


def sparkline(days: Mapping[datetime, Decimal], through: datetime) -> str:
    """Draw up to 14 days before an instant, the highest as a full block; missing days are zero."""
    known = [day for day in days if day < through]
    if not known:
        return ""
    count = min(DAYS_SHOWN, (through - min(known)) // _DAY)
    numbers = [max(days.get(through - back * _DAY, Decimal(0)), Decimal(0)) for back in range(count, 0, -1)]
    highest = max(numbers, default=Decimal(0))
    return "".join(_SPARKS[_height(number, highest)] for number in numbers)


def _height(number: Decimal, highest: Decimal) -> int:
    if highest <= 0:
        return 0
    return int((number / highest * (len(_SPARKS) - 1)).to_integral_value(ROUND_HALF_UP))
