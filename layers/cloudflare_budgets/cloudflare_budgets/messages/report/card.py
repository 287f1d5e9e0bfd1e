"""A budget's card: where it stands, and unfolded its charts and its tables."""

from cloudflare_budgets.domain.data_quality.unknown import listed
from cloudflare_budgets.messages.budget_text import amounts_text, basis_text, scope_text
from cloudflare_budgets.messages.report.budget_view import BudgetView
from cloudflare_budgets.messages.report.burn_up_chart import burn_up
from cloudflare_budgets.messages.report.chart_data import growth_of
from cloudflare_budgets.messages.report.daily_chart import daily_bars
from cloudflare_budgets.messages.report.html import NOTHING, Markup, cleaned, joined, tag
from cloudflare_budgets.messages.report.status import meter, standing_of
from cloudflare_budgets.messages.report.tables import allowances_table, days_table, drivers_table

_REASON = 600


def card(view: BudgetView, key: str, *, is_open: bool) -> Markup:
    """Show one budget; `key` sets its ids apart from those of other cards."""
    open_ = "open" if is_open else None
    return tag("details", _summary(view), _body(view, key), class_="card", id=key, open=open_)


def _summary(view: BudgetView) -> Markup:
    return tag(
        "summary",
        tag("h3", view.name),
        standing_of(view.evaluation).badge,
        tag("span", amounts_text(view.evaluation) or f"limit {view.limit_text}", class_="sum"),
        _forecast(view),
        meter(view),
    )


def _forecast(view: BudgetView) -> Markup:
    if not view.forecast_text:
        return NOTHING
    kind = "forecast critical" if view.is_expected_over else "forecast"
    return tag("span", f"forecast {view.forecast_text}", class_=kind)


def _small_print(view: BudgetView) -> str:
    budget = view.budget
    muted = budget.muted_until if budget.is_muted(view.as_of) else None
    texts = [
        view.dates_text,
        view.left_text,
        budget.column,
        cleaned(scope_text(budget), _REASON),
        basis_text(view.evaluation),
        f"muted until {muted:%Y-%m-%d}" if muted else "",
    ]
    return " · ".join(text for text in texts if text)


def _remarks(view: BudgetView) -> list[Markup]:
    evaluation, forecast = view.evaluation, view.forecast
    texts = []
    if evaluation.unknown:
        issue = "Unknown" if evaluation.observed is None else "Not all of it is known"
        texts.append(f"{issue}: {cleaned(evaluation.unknown.reason, _REASON)}.")
    elif evaluation.remark:
        texts.append(f"{cleaned(evaluation.remark, _REASON)}.")
    if forecast and forecast.left_out:
        texts.append(f"The forecast leaves out what has no price: {cleaned(listed(forecast.left_out))}.")
    if forecast and (forecast.is_early or forecast.has_shifted):
        early = f"rests on {forecast.complete_days} complete days" if forecast.is_early else ""
        shift = "comes after a change of level" if forecast.has_shifted else ""
        texts.append(f"The forecast {' and '.join(text for text in (early, shift) if text)}.")
    return [tag("p", text, class_="remark") for text in texts]


def _body(view: BudgetView, key: str) -> Markup:
    description = cleaned(view.budget.description, _REASON)
    return joined(
        [
            tag("p", description) if description else NOTHING,
            tag("p", _small_print(view), class_="muted"),
            *_remarks(view),
            _figures(view, key),
        ]
    )


def _figures(view: BudgetView, key: str) -> Markup:
    if view.window is None or view.evaluation.observed is None:
        return NOTHING
    period, account = view.window.period, view.account
    growth = growth_of(view.evaluation, period, account.data_through, view.as_of)
    charts = [burn_up(view, growth, period, f"{key}-up")]
    if growth.families:
        charts.append(daily_bars(view, growth, period, f"{key}-days"))
    tables = joined([drivers_table(view), allowances_table(view)])
    return joined(
        [
            tag("div", *charts, class_="columns"),
            tag("div", tables, class_="columns") if tables.text else NOTHING,
            days_table(view, growth, period),
        ]
    )
