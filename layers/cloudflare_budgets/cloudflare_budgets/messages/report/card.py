"""A budget's card: where it stands, its charts and its tables."""

from cloudflare_budgets.domain.data_quality.unknown import listed
from cloudflare_budgets.domain.evaluation.measurement import CostBasis
from cloudflare_budgets.domain.pricing.price import priced_by, prices_text
from cloudflare_budgets.messages.budget_text import scope_text
from cloudflare_budgets.messages.formatting import percent_text
from cloudflare_budgets.messages.report.budget_view import BudgetView
from cloudflare_budgets.messages.report.burn_up_chart import burn_up
from cloudflare_budgets.messages.report.chart_data import growth_of
from cloudflare_budgets.messages.report.daily_chart import daily_bars
from cloudflare_budgets.messages.report.html import NOTHING, Markup, joined, said, tag
from cloudflare_budgets.messages.report.status import meter, standing_of
from cloudflare_budgets.messages.report.tables import allowances_table, days_table, drivers_table

_REASON = 600


def card(subject: BudgetView, key: str) -> Markup:
    """Show one budget; `key` sets its ids apart from those of other cards."""
    return tag("article", _head(subject), _body(subject, key), class_="card", id=key)


def _head(subject: BudgetView) -> Markup:
    description = said(subject.budget.description, _REASON)
    return tag(
        "header",
        tag("div", tag("h3", subject.name), standing_of(subject.evaluation).badge, class_="title"),
        tag("p", description, class_="muted") if description else NOTHING,
        _observed(subject),
        meter(subject),
        tag("p", _small_print(subject), class_="muted"),
        *_remarks(subject),
    )


def _observed(subject: BudgetView) -> Markup:
    observed, forecast = subject.evaluation.observed, subject.forecast
    if observed is None:
        return tag("p", f"Unknown, of {subject.limit_text}", class_="sum")
    parts: list[Markup | str] = [
        tag("strong", f"{subject.beside_limit(observed.number)} {said(observed.unit)}"),
        f" of {subject.limit_text}, {subject.percent_text}",
    ]
    if forecast:
        percent = percent_text(forecast.expected, subject.budget.limit.number)
        text = f"forecast {subject.amount(subject.estimate(forecast.expected))}, {percent}"
        parts.append(
            tag("span", text, class_="forecast critical" if subject.is_expected_over else "forecast")
        )
    return tag("p", *parts, class_="sum")


def _small_print(subject: BudgetView) -> str:
    budget, costs = subject.budget, subject.evaluation.costs
    texts = [
        subject.dates_text,
        subject.left_text,
        budget.column,
        said(scope_text(budget), _REASON),
    ]
    if costs and costs.basis is not CostBasis.BILLED:
        part = "" if costs.basis is CostBasis.ESTIMATED else "partly "
        texts.append(f"{part}estimated by {prices_text(priced_by(costs.prices))}")
    if budget.muted_until is not None and budget.is_muted(subject.as_of):
        texts.append(f"muted until {budget.muted_until:%Y-%m-%d}")
    return " · ".join(text for text in texts if text)


def _remarks(subject: BudgetView) -> list[Markup]:
    evaluation, forecast = subject.evaluation, subject.forecast
    texts = []
    if evaluation.unknown:
        issue = "Unknown" if evaluation.observed is None else "Not all of it is known"
        texts.append(f"{issue}: {said(evaluation.unknown.reason, _REASON)}.")
    elif evaluation.remark:
        texts.append(f"{said(evaluation.remark, _REASON)}.")
    if forecast and forecast.left_out:
        texts.append(f"The forecast leaves out what has no price: {said(listed(forecast.left_out))}.")
    if forecast and (forecast.is_early or forecast.has_shifted):
        early = f"rests on {forecast.complete_days} complete days" if forecast.is_early else ""
        shift = "comes after a change of level" if forecast.has_shifted else ""
        texts.append(f"The forecast {' and '.join(text for text in (early, shift) if text)}.")
    return [tag("p", text, class_="remark") for text in texts]


def _body(subject: BudgetView, key: str) -> Markup:
    if subject.window is None or subject.evaluation.observed is None:
        return NOTHING
    period, account = subject.window.period, subject.account
    growth = growth_of(subject.evaluation, period, account.data_through, subject.as_of)
    charts = [burn_up(subject, growth, period, f"{key}-up")]
    if growth.families:
        charts.append(daily_bars(subject, growth, period, f"{key}-days"))
    tables = joined([drivers_table(subject), allowances_table(subject)])
    return joined(
        [
            tag("div", *charts, class_="columns"),
            tag("div", tables, class_="columns") if tables.text else NOTHING,
            days_table(subject, growth, period),
        ]
    )
