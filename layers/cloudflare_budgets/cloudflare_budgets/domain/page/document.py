"""The whole page."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from cloudflare_budgets.domain.mail import BILLING_PAGE
from cloudflare_budgets.domain.page.card import card
from cloudflare_budgets.domain.page.markup import NOTHING, Markup, joined, said, tag
from cloudflare_budgets.domain.page.overview import budgets_table, problems
from cloudflare_budgets.domain.page.patterns import PATTERNS
from cloudflare_budgets.domain.page.standing import standing_of
from cloudflare_budgets.domain.page.style import STYLE
from cloudflare_budgets.domain.page.subject import CARDS, Subject, data_text, subjects_of, with_cards
from cloudflare_budgets.domain.report import AccountReport, Report
from cloudflare_budgets.domain.standing import budgets_text

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


def _head(report: Report, subjects: Sequence[Subject]) -> Markup:
    current = [one for one in subjects if not one.is_settling]
    counts = Counter(standing_of(one.evaluation).kind for one in current)
    words = {"critical": "at the limit", "warning": "to look at", "unknown": "not known", "ok": "ok"}
    counted = ", ".join(f"{counts[kind]:,} {word}" for kind, word in words.items() if counts[kind])
    lines = [(one.account.account_id, one.budget.name) for one in current]
    summary = f"{budgets_text(lines)}: {counted}" if lines else "No budgets"
    as_of = f"as of {report.as_of:%Y-%m-%d %H:%M} UTC, and all days are UTC days"
    return tag("header", tag("h1", "Cloudflare Budgets"), tag("p", f"{summary} · {as_of}"), class_="top")


def _accounts(report: Report, chosen: Sequence[Subject]) -> list[AccountReport]:
    shown = {id(subject.account) for subject in chosen}
    return [one for one in report.accounts if id(one) in shown or not one.evaluations][:CARDS]


def _account(
    account: AccountReport, as_of: datetime, chosen: Sequence[Subject], keys: dict[int, str]
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


def _foot(subjects: Sequence[Subject], chosen: Sequence[Subject]) -> Markup:
    more = sum(not subject.is_settling for subject in subjects) - len(chosen)
    text = f"Only the {CARDS} budgets that used most of their limits are drawn; the table has {more:,} more. "
    link = tag("a", "Cloudflare's own figures", href=BILLING_PAGE, rel="noreferrer")
    fees = (
        "Costs leave out fixed plan and seat fees and tax, which the usage API does not carry; "
        "quantities are gross of what a plan includes. "
    )
    return tag("footer", tag("p", text if more > 0 else NOTHING, fees, link, "."))
