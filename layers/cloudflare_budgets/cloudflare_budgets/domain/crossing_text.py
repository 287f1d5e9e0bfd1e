"""What people read when a threshold was crossed: the fact first, nothing that needs a click."""

import textwrap
from datetime import timedelta
from decimal import Decimal

from cloudflare_budgets.domain.amount import Amount, percent_of
from cloudflare_budgets.domain.budget import Threshold
from cloudflare_budgets.domain.crossing import Crossing
from cloudflare_budgets.domain.drivers import Driver
from cloudflare_budgets.domain.wording import amount_text, bar, one_line, subject_line, whole_percent

WIDTH = 72
BILLING_PAGE = "https://dash.cloudflare.com/?to=/:account/billing/billable-usage"


def crossing_subject(crossing: Crossing) -> str:
    """Say it in one line: `workers at 82% of 50 USD (41.20 USD) - Example account`."""
    observed, limit = crossing.observed, crossing.budget.limit
    fact = f"{crossing.budget.name} at {whole_percent(observed.number, limit.number)} of {amount_text(limit)}"
    account = crossing.usage.account_name or crossing.usage.account_id
    return subject_line(f"{fact} ({amount_text(observed)}) - {one_line(account, 60)}")


def crossing_body(crossing: Crossing, parameter: str, alert_id: str) -> str:
    """Say all that somebody needs who reads it on a phone, at night."""
    sections = [_headline(crossing), _figures(crossing), _drivers(crossing), _limits_of_knowledge(crossing)]
    sections += [_what_to_do(parameter), f"Alert {alert_id}"]
    return "\n\n".join(section for section in sections if section) + "\n"


def _headline(crossing: Crossing) -> str:
    observed, limit = crossing.observed, crossing.budget.limit
    percent = percent_of(observed.number, limit.number)
    texts = [f"{crossing.budget.name} is at {percent:,f}% of its budget of {amount_text(limit)}."]
    if crossing.period.end <= crossing.as_of:
        texts.append("The period is over; the usage arrived late.")
    texts.append(one_line(crossing.budget.description, 500))
    return "\n".join(line for text in texts for line in _wrapped(text))


def _figures(crossing: Crossing) -> str:
    observed, limit, usage = crossing.observed, crossing.budget.limit, crossing.usage
    percent = percent_of(observed.number, limit.number)
    lines = [
        ("Observed", amount_text(observed)),
        ("Limit", amount_text(limit)),
        ("", f"{bar(observed.number, limit.number)} {percent:,f}%"),
        ("Crossed", _threshold_text(crossing.highest, limit)),
        *(
            ("Also" if not position else "", _threshold_text(lower, limit))
            for position, lower in enumerate(reversed(crossing.also))
        ),
        ("Period", _period_text(crossing)),
        ("Data", _data_text(crossing)),
        ("Account", one_line(usage.account_name or "", 50)),
        ("", usage.account_id),
        ("Counted", f"{crossing.budget.column}, {_scope_text(crossing)}"),
    ]
    return "\n".join(f"{label:<9} {text}" for label, text in lines if text)


def _threshold_text(threshold: Threshold, limit: Amount) -> str:
    amount = amount_text(Amount(threshold.amount, limit.unit))
    return amount if threshold.percent is None else f"{threshold.label(limit.unit)} ({amount})"


def _period_text(crossing: Crossing) -> str:
    period = crossing.period
    last = period.end - timedelta(days=1)
    dates = (
        f"{period.start:%Y-%m-%d}" if last <= period.start else f"{period.start:%Y-%m-%d} to {last:%Y-%m-%d}"
    )
    days = max(-((crossing.as_of - period.end) // timedelta(days=1)), 0)
    left = f"{days} {'day' if days == 1 else 'days'} left" if days else "over"
    if crossing.window.is_cycle:
        left += ", billing period" + (", its end estimated" if crossing.window.estimated_end else "")
    return f"{dates} (UTC), {left}"


def _data_text(crossing: Crossing) -> str:
    through = crossing.usage.data_through
    if through is None:
        return ""
    source = f"Cloudflare usage API {crossing.usage.source.upper()}"
    if through > crossing.as_of:
        return f"through today, which is not complete; {source}"
    return f"through {through - timedelta(microseconds=1):%Y-%m-%d} (UTC); {source}"


def _scope_text(crossing: Crossing) -> str:
    patterns = crossing.budget.scope.patterns()
    if not patterns:
        return "the whole account"
    return "; ".join(f"{key} {', '.join(values)}" for key, values in patterns.items())


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
    return [f"  {share:>7}  {name}", f"           {amount}{_change(driver, observed.unit)}"]


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
    texts = []
    if crossing.evaluation.reason:
        texts.append(f"Not all of it is known: {one_line(crossing.evaluation.reason, 500)}.")
    if crossing.budget.is_cost:
        texts.append("Not included: fixed plan and seat fees, and tax. The usage API does not carry them.")
    else:
        texts.append("Quantities are gross: what the plan includes for free is counted too.")
    return "\n".join(line for text in texts for line in _wrapped(text))


def _what_to_do(parameter: str) -> str:
    return "\n".join(
        [
            "What to do",
            "  - Look at the first metric above: is that usage meant? If not, stop",
            "    its cause (a loop, a cron, a deployment of the last days).",
            f"  - Cloudflare's own figures: {BILLING_PAGE}",
            '  - Change this budget, or silence it with "enabled": false, in the',
            f"    Parameter Store parameter {parameter}",
        ]
    )


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)
