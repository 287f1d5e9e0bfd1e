"""The top of a page: what is wrong, and the table of all budgets."""

from collections.abc import Sequence

from cloudflare_budgets.domain.page.markup import NOTHING, Markup, Part, joined, said, tag
from cloudflare_budgets.domain.page.meter import meter
from cloudflare_budgets.domain.page.standing import standing_of
from cloudflare_budgets.domain.page.subject import Subject, data_text
from cloudflare_budgets.domain.report import Report
from cloudflare_budgets.domain.wording import whole_percent

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


def budgets_table(subjects: Sequence[Subject], anchors: dict[int, str]) -> Markup:
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


def _row(subject: Subject, anchor: str | None) -> Markup:
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


def _used(subject: Subject) -> list[Markup | str]:
    observed = subject.evaluation.observed
    if observed is None:
        return [f"of {subject.limit_text}", tag("small", said(subject.evaluation.reason or "", 300))]
    text = f"{subject.beside_limit(observed.number)} of {subject.limit_text}, {subject.percent_text}"
    return [tag("span", text), meter(subject)]


def _forecast(subject: Subject) -> Part:
    outlook = subject.outlook
    if outlook is None:
        return "none"
    percent = whole_percent(outlook.expected, subject.budget.limit.number)
    text = f"{subject.figure(subject.estimate(outlook.expected))}, {percent}"
    return tag("span", text, class_="critical" if subject.is_expected_over else None)
