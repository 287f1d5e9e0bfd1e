"""The HTML page of a report: totals, all budgets, problems, and a card for each budget."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.messages.account_text import BILLING_PAGE, account_name, through_text
from cloudflare_budgets.messages.alerts.digest_sections import totals
from cloudflare_budgets.messages.budget_text import amounts_text, budgets_text
from cloudflare_budgets.messages.formatting import format_amount, percent_text, rough
from cloudflare_budgets.messages.report.budget_view import (
    CARDS,
    BudgetView,
    views_of,
    with_cards,
)
from cloudflare_budgets.messages.report.card import card
from cloudflare_budgets.messages.report.html import NOTHING, Markup, cleaned, joined, tag
from cloudflare_budgets.messages.report.status import meter, standing_of
from cloudflare_budgets.messages.report.style import PATTERNS, STYLE

_UNFOLDED = 1  # cards; more would not fit into five screens of a phone
PROBLEMS, ROWS = 50, 1000
_MESSAGE = 600


def problems(report: Report) -> Markup:
    """List the problems of a run: first those to correct, then those that are retried."""
    items = [_problem(problem.kind, problem.message) for problem in report.all_problems]
    items += [_problem("will be tried again", failure) for failure in report.failures]
    if not items:
        return NOTHING
    more = len(items) - PROBLEMS
    rest = tag("p", f"And {more:,} more; the function's log has all of them.") if more > 0 else NOTHING
    return tag("section", tag("h2", "Problems"), tag("ul", *items[:PROBLEMS]), rest, class_="problems")


def _problem(kind: str, message: str) -> Markup:
    return tag("li", tag("strong", cleaned(kind.replace("_", " "))), tag("span", cleaned(message, _MESSAGE)))


def budgets_table(views: Sequence[BudgetView], anchors: dict[int, str]) -> Markup:
    """List every budget; `anchors` are the ids of the cards, by the places of their budgets."""
    if not views:
        return tag("p", "No budget was judged.", class_="empty")
    head = joined(
        tag("th", name, scope="col")
        for name in ("Budget", "Status", "Used", "Forecast", "Period", "Data through")
    )
    several = len({view.account.account_id for view in views}) > 1
    rows = joined(
        _row(view, anchors.get(place), with_account=several) for place, view in enumerate(views[:ROWS])
    )
    more = len(views) - ROWS
    return joined(
        [
            tag("table", tag("thead", tag("tr", head)), tag("tbody", rows), class_="budgets"),
            tag("p", f"And {more:,} more; the function's reply has all of them.") if more > 0 else NOTHING,
        ]
    )


def _row(view: BudgetView, anchor: str | None, *, with_account: bool) -> Markup:
    name = tag("a", view.name, href=f"#{anchor}") if anchor else view.name
    return tag(
        "tr",
        tag("th", name, tag("small", cleaned(view.account_name)) if with_account else NOTHING, scope="row"),
        tag("td", standing_of(view.evaluation).badge, class_="short"),
        tag("td", *_used(view), class_="of"),
        tag("td", *_forecast(view), class_="short ahead", data_label="Forecast"),
        tag("td", tag("span", view.dates_text), tag("small", view.left_text), class_="short when"),
        tag("td", through_text(view.account.data_through, view.as_of) or "none", class_="short through"),
    )


def _forecast(view: BudgetView) -> list[Markup | str]:
    if view.forecast is None:
        return ["none"]
    kind = "critical" if view.is_expected_over else None
    percent = f"{percent_text(view.forecast.expected, view.budget.limit.number)} of the limit"
    amount = Amount(rough(view.forecast.expected), view.budget.limit.unit)
    return [tag("span", cleaned(format_amount(amount)), class_=kind), tag("small", percent)]


def _used(view: BudgetView) -> list[Markup | str]:
    if view.evaluation.observed is None:
        reason = cleaned(view.evaluation.reason or "", _MESSAGE)
        return [f"limit {view.limit_text}", tag("small", reason)]
    return [tag("span", cleaned(amounts_text(view.evaluation))), meter(view)]


# The page loads nothing and runs no script. Links send no referrer, since the page's own address may give
# access to each reader of the page.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(report: Report) -> str:
    """Return a report as one HTML page that loads nothing; it is well-formed XML too.

    Its size is bounded whatever the number of budgets: the first have a card with charts, the others are in
    the table only. Of the cards, the first that need a look are unfolded.
    """
    views = views_of(report)
    chosen = with_cards(views)
    keys = {id(view): f"budget-{number}" for number, view in enumerate(chosen, start=1)}
    anchors = {place: keys[id(view)] for place, view in enumerate(views) if id(view) in keys}
    accounts = joined(_account(account, report, chosen, keys) for account in _accounts(report, chosen))
    body = tag(
        "body",
        PATTERNS,
        tag("main", _head(report, views), budgets_table(views, anchors), problems(report), accounts),
        _foot(views, chosen),
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


def _head(report: Report, views: Sequence[BudgetView]) -> Markup:
    current = [one for one in views if not one.is_settling]
    counts = Counter(standing_of(one.evaluation).kind for one in current)
    words = {"critical": "over limit", "warning": "to look at", "unknown": "unknown", "ok": "within"}
    counted = ", ".join(f"{counts[kind]:,} {word}" for kind, word in words.items() if counts[kind])
    lines = [(one.account.account_id, one.budget.name) for one in current]
    summary = f"{budgets_text(lines)}: {counted}" if lines else "No budgets"
    as_of = f"as of {report.as_of:%Y-%m-%d %H:%M} UTC, and all days are UTC days"
    return tag(
        "header",
        tag("h1", "Cloudflare Budgets"),
        *(tag("p", cleaned(line), class_="total") for line in totals(report.accounts, report.as_of)),
        tag("p", f"{summary} · {as_of}"),
        class_="top",
    )


def _accounts(report: Report, chosen: Sequence[BudgetView]) -> list[AccountReport]:
    shown = {id(view.account) for view in chosen}
    return [one for one in report.accounts if id(one) in shown or not one.evaluations][:CARDS]


def _account(
    account: AccountReport, report: Report, chosen: Sequence[BudgetView], keys: dict[int, str]
) -> Markup:
    unfolded = [id(view) for view in chosen if view.needs_a_look][:_UNFOLDED]
    own = [view for view in chosen if view.account is account]
    name = cleaned(own[0].account_name if own else account_name(account))
    return tag(
        "section",
        tag("h2", name),
        tag("p", _data_text(account, report.as_of, named=name != account.account_id), class_="muted"),
        *(card(view, keys[id(view)], is_open=id(view) in unfolded) for view in own),
        NOTHING if own else tag("p", _why_empty(account), class_="empty"),
        class_="account",
    )


def _why_empty(account: AccountReport) -> str:
    return "It could not be checked." if account.failures else "No budget watches this account."


def _data_text(account: AccountReport, as_of: datetime, *, named: bool) -> str:
    texts = [account.account_id] if named else []
    through = through_text(account.data_through, as_of)
    texts += [f"data through {through}"] if through else []
    if account.source:
        texts.append(f"usage API {account.source.upper()}")
    return " · ".join(texts)


def _foot(views: Sequence[BudgetView], chosen: Sequence[BudgetView]) -> Markup:
    more = sum(not view.is_settling for view in views) - len(chosen)
    text = f"Only the {CARDS} budgets that used most of their limits are drawn; the table has {more:,} more. "
    link = tag("a", "Cloudflare's own figures", href=BILLING_PAGE, rel="noreferrer")
    fees = (
        "Costs leave out fixed plan and seat fees and tax, which the usage API does not carry. "
        "Quantities are before what a plan includes is subtracted. "
    )
    return tag("footer", tag("p", text if more > 0 else NOTHING, fees, link, "."))
