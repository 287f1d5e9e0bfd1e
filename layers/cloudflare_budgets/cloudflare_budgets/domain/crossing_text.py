"""What people read when a threshold was crossed: the fact first, nothing that needs a click."""

from datetime import timedelta
from decimal import Decimal

from cloudflare_budgets.domain.amount import Amount, percent_of, percent_reached
from cloudflare_budgets.domain.budget import Threshold
from cloudflare_budgets.domain.crossing import Crossing
from cloudflare_budgets.domain.drivers import Driver
from cloudflare_budgets.domain.mail import (
    NO_FEES,
    account_lines,
    data_text,
    labelled,
    letter,
    paragraphs,
    what_to_do,
    wrapped,
)
from cloudflare_budgets.domain.measure import listed
from cloudflare_budgets.domain.outlook_text import (
    allowance_section,
    comparison_text,
    cost_line,
    forecast_lines,
)
from cloudflare_budgets.domain.standing import dates
from cloudflare_budgets.domain.subject_line import subject_line
from cloudflare_budgets.domain.wording import (
    allowance_text,
    amount_text,
    bar,
    figure_beside,
    one_line,
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
    outlook = crossing.evaluation.outlook if crossing.is_forecast else None
    number = outlook.expected if outlook else observed.number
    at = f"{'forecast ' if outlook else ''}at {whole_percent(number, limit.number)}"
    told = figure_beside(number, limit, is_expected=outlook is not None)
    if budget.allowance_of:
        name = f"{one_line(budget.name, _SUBJECT_NAME)}: {one_line(budget.allowance_of, _SUBJECT_METRIC)}"
        fact = f"{name} {at} of {allowance_text(budget.allowance_percent, 'its')}"
        amounts = f"{told} of {amount_text(limit)}"
    else:
        fact = f"{budget.name} {at} of {amount_text(limit)}"
        now = f", now {figure_beside(observed.number, limit)} {limit.unit}" if outlook else ""
        amounts = f"{told} {limit.unit}{now}"
    account = crossing.usage.account_name or crossing.usage.account_id
    return subject_line(f"{fact} ({amounts})", one_line(account, 60), shorter=fact)


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
    of_limit = f"its budget of {amount_text(budget.limit)}"
    if budget.allowance_of:
        allowance = f"{allowance_text(budget.allowance_percent)} of {one_line(budget.allowance_of)}"
        of_limit = f"{allowance}, {amount_text(budget.limit)}"
    outlook = crossing.evaluation.outlook
    if crossing.is_forecast and outlook:
        percent = percent_reached(outlook.expected, budget.limit.number)
        expected = f"{figure_beside(outlook.expected, budget.limit, is_expected=True)} {budget.limit.unit}"
        last = crossing.period.end - timedelta(days=1)
        fact = f"{budget.name} is expected at {expected} by {last:%Y-%m-%d}, {percent:,f}% of {of_limit}."
    else:
        percent = percent_reached(crossing.observed.number, budget.limit.number)
        fact = f"{budget.name} is at {percent:,f}% of {of_limit}."
    late = "The period is over; the usage arrived late." if crossing.period.end <= crossing.as_of else ""
    return paragraphs([fact, late, one_line(budget.description, 500)])


def _figures(crossing: Crossing) -> str:
    observed, limit = crossing.observed, crossing.budget.limit
    percent = percent_reached(observed.number, limit.number)
    mentioned = [*reversed(crossing.also), *reversed(crossing.alongside)]
    return labelled(
        [
            ("Observed", f"{figure_beside(observed.number, limit)} {limit.unit}"),
            ("Limit", amount_text(limit)),
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
    amount = amount_text(Amount(threshold.amount, limit.unit))
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
    return one_line(text, _SCOPE_SHOWN)


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
    name = one_line(driver.name, 60) + (f", {one_line(driver.zone, 60)}" if driver.zone else "")
    amount = amount_text(Amount(driver.amount, observed.unit))
    figures = wrapped(f"{amount}{_change(driver, observed.unit)}", indent=_FIGURES)
    return [f"  {share:>7}  {name}", *(" " * _FIGURES + line for line in figures)]


def _change(driver: Driver, unit: str) -> str:
    if not driver.last_day:
        return "; nothing on the last day"
    text = f"; last day {amount_text(Amount(driver.last_day, unit))}"
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
        texts.append(f"Not all of it is known: {one_line(crossing.evaluation.reason, 500)}.")
    outlook = crossing.evaluation.outlook
    if outlook and outlook.left_out:
        texts.append(f"The forecast leaves out what has no price: {listed(outlook.left_out)}.")
    if crossing.budget.is_cost:
        texts.append(f"{NO_FEES} The usage API does not carry them.")
    else:
        texts.append("Quantities are gross: what the plan includes for free is counted too.")
    return paragraphs(texts)
