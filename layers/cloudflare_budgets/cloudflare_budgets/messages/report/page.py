"""The HTML page of a report."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.messages.account_text import BILLING_PAGE
from cloudflare_budgets.messages.budget_text import budgets_text
from cloudflare_budgets.messages.formatting import percent_text
from cloudflare_budgets.messages.report.budget_view import (
    CARDS,
    BudgetView,
    data_text,
    subjects_of,
    with_cards,
)
from cloudflare_budgets.messages.report.card import card
from cloudflare_budgets.messages.report.html import NOTHING, Contribution, Markup, joined, said, tag
from cloudflare_budgets.messages.report.status import meter, standing_of
from cloudflare_budgets.messages.report.style import PATTERNS, STYLE

PROBLEMS, ROWS = 50, 1000
_MESSAGE = 600


def problems(report: Report) -> Markup:
    """List what keeps budgets from being watched: what somebody has to mend, then what mends itself."""
    items = [_problem(problem.kind, problem.message) for problem in report.all_problems]
    items += [_problem("will be tried again", failure) for failure in report.failures]
    if not items:
        return NOTHING
    more = len(items) - PROBLEMS
    rest = tag("p", f"And {more:,} more; the function's log has all of them.") if more > 0 else NOTHING
    return tag("section", tag("h2", "Problems"), tag("ul", *items[:PROBLEMS]), rest, class_="problems")


def _problem(kind: str, message: str) -> Markup:
    return tag("li", tag("strong", said(kind.replace("_", " "))), tag("span", said(message, _MESSAGE)))


def budgets_table(subjects: Sequence[BudgetView], anchors: dict[int, str]) -> Markup:
    """List every budget; `anchors` are the ids of the cards, by the subjects' places."""
    if not subjects:
        return tag("p", "No budget was judged.", class_="empty")
    head = joined(
        tag("th", name, scope="col")
        for name in ("Budget", "Status", "Used", "Forecast", "Period", "Data through")
    )
    rows = joined(_row(subject, anchors.get(place)) for place, subject in enumerate(subjects[:ROWS]))
    more = len(subjects) - ROWS
    return joined(
        [
            tag("table", tag("thead", tag("tr", head)), tag("tbody", rows), class_="budgets"),
            tag("p", f"And {more:,} more; the function's reply has all of them.") if more > 0 else NOTHING,
        ]
    )


def _row(subject: BudgetView, anchor: str | None) -> Markup:
    name = tag("a", subject.name, href=f"#{anchor}") if anchor else subject.name
    return tag(
        "tr",
        tag("th", name, tag("small", subject.account_text), scope="row"),
        tag("td", standing_of(subject.evaluation).badge, class_="short"),
        tag("td", *_used(subject), class_="of"),
        tag("td", _forecast(subject), class_="short", data_label="Forecast"),
        tag("td", tag("span", subject.dates_text), tag("small", subject.left_text), class_="short"),
        tag("td", data_text(subject.account, subject.as_of) or "none", data_label="Data through"),
    )


def _used(subject: BudgetView) -> list[Markup | str]:
    observed = subject.evaluation.observed
    if observed is None:
        return [f"of {subject.limit_text}", tag("small", said(subject.evaluation.reason or "", 300))]
    text = f"{subject.beside_limit(observed.number)} of {subject.limit_text}, {subject.percent_text}"
    return [tag("span", text), meter(subject)]


def _forecast(subject: BudgetView) -> Contribution:
    forecast = subject.forecast
    if forecast is None:
        return "none"
    percent = percent_text(forecast.expected, subject.budget.limit.number)
    text = f"{subject.format_number(subject.estimate(forecast.expected))}, {percent}"
    return tag("span", text, class_="critical" if subject.is_expected_over else None)


# Nothing is fetched and nothing runs; and whoever follows a link does not tell where from, since the
# page's own address may be one that lets everybody in who knows it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(report: Report) -> str:
    """Show a report as one HTML page that needs nothing beside itself; it is well-formed XML too.

    Its size is bounded whatever the number of budgets: the first have a card with charts, the rest
    stand in the table.
    """
    subjects = subjects_of(report)
    chosen = with_cards(subjects)
    keys = {id(subject): f"budget-{number}" for number, subject in enumerate(chosen, start=1)}
    anchors = {place: keys[id(subject)] for place, subject in enumerate(subjects) if id(subject) in keys}
    accounts = joined(_account(account, report.as_of, chosen, keys) for account in _accounts(report, chosen))
    body = tag(
        "body",
        PATTERNS,
        tag("main", _head(report, subjects), problems(report), budgets_table(subjects, anchors), accounts),
        _foot(subjects, chosen),
    )
    return f"<!DOCTYPE html>\n{tag('html', _meta(), body, lang='en').text}\n"


def _meta() -> Markup:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex"),
        tag("title", "Cloudflare Budgets"),
        tag("style", STYLE),
    )


def _head(report: Report, subjects: Sequence[BudgetView]) -> Markup:
    current = [one for one in subjects if not one.is_settling]
    counts = Counter(standing_of(one.evaluation).kind for one in current)
    words = {"critical": "over limit", "warning": "to look at", "unknown": "unknown", "ok": "within"}
    counted = ", ".join(f"{counts[kind]:,} {word}" for kind, word in words.items() if counts[kind])
    lines = [(one.account.account_id, one.budget.name) for one in current]
    summary = f"{budgets_text(lines)}: {counted}" if lines else "No budgets"
    as_of = f"as of {report.as_of:%Y-%m-%d %H:%M} UTC, and all days are UTC days"
    return tag("header", tag("h1", "Cloudflare Budgets"), tag("p", f"{summary} · {as_of}"), class_="top")


def _accounts(report: Report, chosen: Sequence[BudgetView]) -> list[AccountReport]:
    shown = {id(subject.account) for subject in chosen}
    return [one for one in report.accounts if id(one) in shown or not one.evaluations][:CARDS]


def _account(
    account: AccountReport, as_of: datetime, chosen: Sequence[BudgetView], keys: dict[int, str]
) -> Markup:
    name = said(account.account_name or "")
    own = [subject for subject in chosen if subject.account is account]
    return tag(
        "section",
        tag("h2", name or account.account_id),
        tag("p", _data_text(account, as_of, named=bool(name)), class_="muted"),
        *(card(subject, keys[id(subject)]) for subject in own),
        NOTHING if own else tag("p", _why_empty(account), class_="empty"),
        class_="account",
    )


def _why_empty(account: AccountReport) -> str:
    return "It could not be checked." if account.failures else "No budget watches this account."


def _data_text(account: AccountReport, as_of: datetime, *, named: bool) -> str:
    texts = [account.account_id] if named else []
    through = data_text(account, as_of)
    texts += [f"data through {through}"] if through else []
    if account.source:
        texts.append(f"Cloudflare usage API {account.source.upper()}")
    return " · ".join(texts)


def _foot(subjects: Sequence[BudgetView], chosen: Sequence[BudgetView]) -> Markup:
    more = sum(not subject.is_settling for subject in subjects) - len(chosen)
    text = f"Only the {CARDS} budgets that used most of their limits are drawn; the table has {more:,} more. "
    link = tag("a", "Cloudflare's own figures", href=BILLING_PAGE, rel="noreferrer")
    fees = (
        "Costs leave out fixed plan and seat fees and tax, which the usage API does not carry; "
        "quantities are gross of what a plan includes. "
    )
    return tag("footer", tag("p", text if more > 0 else NOTHING, fees, link, "."))
