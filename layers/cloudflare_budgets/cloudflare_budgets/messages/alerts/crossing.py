"""The alert for a crossed threshold: subject, text and JSON document."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR, Alert, AlertType
from cloudflare_budgets.domain.alerts.crossing import Crossing
from cloudflare_budgets.domain.alerts.open_alerts import opened_by_crossing
from cloudflare_budgets.domain.alerts.severity import severity_of_crossing
from cloudflare_budgets.domain.budgets.budget import Threshold
from cloudflare_budgets.domain.data_quality.unknown import listed
from cloudflare_budgets.domain.evaluation.measurement import Driver
from cloudflare_budgets.domain.primitives.amount import Amount, percent_of, percent_reached, plain
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.alerts.documents import (
    account_document,
    allowances_document,
    budget_document,
    comparison_document,
    outlook_document,
    period_document,
    priced_by_document,
)
from cloudflare_budgets.messages.alerts.layout import (
    NO_FEES,
    account_lines,
    data_text,
    labelled,
    letter,
    paragraphs,
    subject_line,
    what_to_do,
    wrapped,
)
from cloudflare_budgets.messages.alerts.phrases import (
    allowance_section,
    comparison_text,
    cost_line,
    dates,
    forecast_lines,
)
from cloudflare_budgets.messages.formatting import (
    allowance_text,
    bar,
    format_amount,
    format_next_to_limit,
    whole_percent,
)

_LOOK_AT_IT = (
    "Look at the first metric above: is that usage meant? If not, stop its cause (a loop, a cron, a "
    "deployment of the last days)."
)

_SCOPE_SHOWN = 300
# However long they are, a subject has room for the percentage behind them.
_SUBJECT_NAME = 24
_SUBJECT_METRIC = 36
_FIGURES = 11  # below the name of what they are about


def crossing_subject(crossing: Crossing) -> str:
    """Say it in one line: `workers at 82% of 50 USD (41.20 USD) - Example account`.

    Of an allowance: `free: kv_storage at 82% of its allowance (0.82 of 1 GB-months) - Example account`.
    """
    budget, observed, limit = crossing.budget, crossing.observed, crossing.budget.limit
    forecast = crossing.evaluation.forecast if crossing.is_forecast else None
    number = forecast.expected if forecast else observed.number
    at = f"{'forecast ' if forecast else ''}at {whole_percent(number, limit.number)}"
    told = format_next_to_limit(number, limit, is_expected=forecast is not None)
    if budget.allowance_of:
        name = f"{sanitize(budget.name, _SUBJECT_NAME)}: {sanitize(budget.allowance_of, _SUBJECT_METRIC)}"
        fact = f"{name} {at} of {allowance_text(budget.allowance_percent, 'its')}"
        amounts = f"{told} of {format_amount(limit)}"
    else:
        fact = f"{budget.name} {at} of {format_amount(limit)}"
        now = f", now {format_next_to_limit(observed.number, limit)} {limit.unit}" if forecast else ""
        amounts = f"{told} {limit.unit}{now}"
    account = crossing.usage.account_name or crossing.usage.account_id
    return subject_line(f"{fact} ({amounts})", sanitize(account, 60), shorter=fact)


def crossing_body(crossing: Crossing, parameter: str, alert_id: str) -> str:
    """Say all that somebody needs who reads it on a phone, at night."""
    return letter(
        _headline(crossing),
        _figures(crossing),
        _drivers(crossing),
        allowance_section(crossing),
        _limits_of_knowledge(crossing),
        what_to_do(_LOOK_AT_IT, parameter),
        alert_id=alert_id,
    )


def _headline(crossing: Crossing) -> str:
    budget = crossing.budget
    of_limit = f"its budget of {format_amount(budget.limit)}"
    if budget.allowance_of:
        allowance = f"{allowance_text(budget.allowance_percent)} of {sanitize(budget.allowance_of)}"
        of_limit = f"{allowance}, {format_amount(budget.limit)}"
    forecast = crossing.evaluation.forecast
    if crossing.is_forecast and forecast:
        percent = percent_reached(forecast.expected, budget.limit.number)
        expected = (
            f"{format_next_to_limit(forecast.expected, budget.limit, is_expected=True)} {budget.limit.unit}"
        )
        last = crossing.period.end - timedelta(days=1)
        fact = f"{budget.name} is expected at {expected} by {last:%Y-%m-%d}, {percent:,f}% of {of_limit}."
    else:
        percent = percent_reached(crossing.observed.number, budget.limit.number)
        fact = f"{budget.name} is at {percent:,f}% of {of_limit}."
    late = "The period is over; the usage arrived late." if crossing.period.end <= crossing.as_of else ""
    return paragraphs([fact, late, sanitize(budget.description, 500)])


def _figures(crossing: Crossing) -> str:
    observed, limit = crossing.observed, crossing.budget.limit
    percent = percent_reached(observed.number, limit.number)
    mentioned = [*reversed(crossing.also), *reversed(crossing.alongside)]
    return labelled(
        [
            ("Observed", f"{format_next_to_limit(observed.number, limit)} {limit.unit}"),
            ("Limit", format_amount(limit)),
            ("", f"{bar(observed.number, limit.number)} {percent:,f}%"),
            *forecast_lines(crossing),
            ("Crossed", _threshold_text(crossing.highest, limit)),
            *(
                ("" if place else "Also", _threshold_text(also, limit))
                for place, also in enumerate(mentioned)
            ),
            ("Period", _period_text(crossing)),
            ("Data", data_text(crossing.usage, crossing.as_of)),
            *account_lines(crossing.usage),
            ("Counted", f"{crossing.budget.column}, {_scope_text(crossing)}"),
            cost_line(crossing),
        ]
    )


def _threshold_text(threshold: Threshold, limit: Amount) -> str:
    amount = format_amount(Amount(threshold.amount, limit.unit))
    return amount if threshold.percent is None else f"{threshold.label(limit.unit)} ({amount})"


def _period_text(crossing: Crossing) -> str:
    period = crossing.period
    days = max(-((crossing.as_of - period.end) // timedelta(days=1)), 0)
    left = f"{days} {'day' if days == 1 else 'days'} left" if days else "over"
    if crossing.window.is_cycle:
        left += ", billing period" + (", its end estimated" if crossing.window.estimated_end else "")
    return f"{dates(period)} (UTC), {left}"


def _scope_text(crossing: Crossing) -> str:
    patterns = crossing.budget.scope.patterns()
    if not patterns:
        return "the whole account"
    text = "; ".join(f"{key} {', '.join(values)}" for key, values in patterns.items())
    return sanitize(text, _SCOPE_SHOWN)


def _drivers(crossing: Crossing) -> str:
    drivers = crossing.evaluation.drivers
    if not drivers:
        return ""
    lines = ["Where it comes from"]
    for driver in drivers:
        lines += _driver_lines(driver, crossing.observed)
    return "\n".join(lines)


def _driver_lines(driver: Driver, observed: Amount) -> list[str]:
    share = f"{percent_of(driver.amount, observed.number):,f}%"
    name = sanitize(driver.name, 60) + (f", {sanitize(driver.zone, 60)}" if driver.zone else "")
    amount = format_amount(Amount(driver.amount, observed.unit))
    figures = wrapped(f"{amount}{_change(driver, observed.unit)}", indent=_FIGURES)
    return [f"  {share:>7}  {name}", *(" " * _FIGURES + line for line in figures)]


def _change(driver: Driver, unit: str) -> str:
    if not driver.last_day:
        return "; nothing on the last day"
    text = f"; last day {format_amount(Amount(driver.last_day, unit))}"
    if not driver.day_before or driver.day_before < 0:
        return text + ", nothing the day before"
    return text + f", {_compared(driver.last_day, driver.day_before)}"


def _compared(last_day: Decimal, day_before: Decimal) -> str:
    times = last_day / day_before
    if times >= 10:  # noqa: PLR2004 - from here on a factor reads better than a percentage
        return f"{times:,.0f} times the day before"
    return f"{percent_of(last_day - day_before, day_before, places=0):+,f}% on the day before"


def _limits_of_knowledge(crossing: Crossing) -> str:
    texts = [comparison_text(crossing)]
    if crossing.evaluation.reason:
        texts.append(f"Not all of it is known: {sanitize(crossing.evaluation.reason, 500)}.")
    forecast = crossing.evaluation.forecast
    if forecast and forecast.left_out:
        texts.append(f"The forecast leaves out what has no price: {listed(forecast.left_out)}.")
    if crossing.budget.is_cost:
        texts.append(f"{NO_FEES} The usage API does not carry them.")
    else:
        texts.append("Quantities are gross: what the plan includes for free is counted too.")
    return paragraphs(texts)


def crossing_alert(crossing: Crossing, parameter: str) -> Alert:
    """Render the one alert for a crossing.

    Args:
        crossing: what was crossed.
        parameter: the full name of the budget's parameter, for the reader who wants to change it.
    """
    budget, account_id = crossing.budget, crossing.usage.account_id
    key = crossing.key
    return Alert(
        key=key,
        type=AlertType.THRESHOLD_CROSSED,
        severity=severity_of_crossing(crossing),
        subject=crossing_subject(crossing),
        body=crossing_body(crossing, parameter, key.alert_id),
        document=_document(crossing, key.alert_id),
        expires=crossing.period.end + REMEMBERED_FOR,
        budget=budget.name,
        account_id=account_id,
        label=crossing.highest.label(budget.limit.unit),
        lower=tuple(crossing.key_of(lower) for lower in crossing.also),
        alongside=tuple(crossing.key_of(one) for one in crossing.alongside),
        opens=opened_by_crossing(crossing),
    )


def _document(crossing: Crossing, alert_id: str) -> Mapping[str, Any]:
    usage, limit = crossing.usage, crossing.budget.limit
    costs = crossing.evaluation.costs
    return {
        "version": "1",
        "alert_id": alert_id,
        "type": AlertType.THRESHOLD_CROSSED.value,
        "severity": severity_of_crossing(crossing).value,
        "account": account_document(usage),
        "budget": budget_document(crossing.budget),
        "period": period_document(crossing.window),
        "threshold": _threshold(crossing.highest, limit),
        "also_crossed": [_threshold(other, limit) for other in (*crossing.also, *crossing.alongside)],
        "observed": {"amount": plain(crossing.observed.number), "unit": crossing.observed.unit},
        "percent_of_limit": plain(percent_reached(crossing.observed.number, limit.number)),
        "forecast": outlook_document(crossing.evaluation.forecast, limit),
        "drivers": _driver_documents(crossing),
        "allowances": allowances_document(crossing.evaluation),
        "data_through": utc_text(usage.data_through) if usage.data_through else None,
        "source": usage.source,
        "cost_basis": costs.basis.value if costs else None,
        "list_prices": comparison_document(crossing.evaluation),
        "priced_by": priced_by_document(crossing.evaluation),
        "incomplete": crossing.evaluation.reason,
    }


def _threshold(threshold: Threshold, limit: Amount) -> dict[str, str]:
    percent = threshold.percent
    return {
        "percent": plain(percent_reached(threshold.amount, limit.number) if percent is None else percent),
        "amount": plain(threshold.amount),
        "basis": threshold.basis.value,
    }


def _driver_documents(crossing: Crossing) -> list[dict[str, str | None]]:
    observed = crossing.observed
    return [
        {
            "metric_id": _shown(driver.metric_id),
            "name": _shown(driver.name),
            "zone": _shown(driver.zone),
            "amount": plain(driver.amount),
            "unit": observed.unit,
            "share": plain(percent_of(driver.amount, observed.number)) if observed.number else "0",
            "last_day": plain(driver.last_day) if driver.last_day is not None else None,
            "day_before": plain(driver.day_before) if driver.day_before is not None else None,
            "data_through": utc_text(driver.data_through),
        }
        for driver in crossing.evaluation.drivers
    ]


def _shown(text: str | None) -> str | None:
    return sanitize(text) if text is not None else None
