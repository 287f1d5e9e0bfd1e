"""The command `suggest`: proposes budgets by the costs of the last thirty days, as a file."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from statistics import median
from typing import Any

from cloudflare_budgets.domain.budgets.budget import COST_COLUMNS, Budget, Scope
from cloudflare_budgets.domain.evaluation.allowance import allowance_use
from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.evaluation.cost import measure_cost
from cloudflare_budgets.domain.evaluation.measurement import Measurement
from cloudflare_budgets.domain.primitives.amount import Amount, plain, total
from cloudflare_budgets.domain.primitives.period import DAY, Period, midnight
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.window import Window
from cloudflare_budgets.messages.formatting import counted, format_amount
from cloudflare_budgets_cli.cloudflare.access import cloudflare
from cloudflare_budgets_cli.cloudflare.reading import read
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import ExitCode, OutputFormat, Settings, UsageError
from cloudflare_budgets_cli.usage.summary import currency_of

_DAYS = 30
_HEADROOM = Decimal("1.25")
_DAY_HEADROOM = Decimal(3)
_LEAST, _LEAST_DAY = Decimal(5), Decimal(1)
_PRODUCTS = 5
_LEAST_SHARE = Decimal("0.1")
# A day above this multiple of the median is an incident, and no basis for a limit.
_INCIDENT = Decimal(5)
_STEPS = tuple(Decimal(step) for step in ("1", "1.2", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10"))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed budget: its name and document, and why."""

    name: str
    document: Mapping[str, Any]
    reason: str


def run(settings: Settings, file: Path | None) -> ExitCode:
    """Propose budgets; print them as YAML, or write them to a new file."""
    if file is not None and file.exists():
        raise UsageError(f"{file} exists already: name another file, or remove it first")
    screen = Screen(settings)
    end = midnight(settings.now)
    period = Period(end - 2 * _DAYS * DAY, end + DAY)
    with cloudflare(settings) as access, screen.progress("Reading usage from Cloudflare"):
        context = read(access, period, settings.now)
    proposals = propose(context)
    if settings.output is OutputFormat.JSON:
        text = json.dumps({"budgets": {each.name: each.document for each in proposals}}, indent=2) + "\n"
    else:
        text = "\n".join(_yaml(proposals, context))
    if file is None:
        print(text, end="")
        return ExitCode.OK
    file.write_text(text, encoding="utf-8")
    screen.advise(f"Wrote {file}; see what it would have sent: cloudflare-budgets preview {file}")
    return ExitCode.OK


def propose(context: EvaluationContext) -> list[Proposal]:
    """Propose limits for the account, its most expensive products, allowances, and one day."""
    end = midnight(min(context.usage.data_through or context.as_of, context.as_of))
    window = Window(Period(end - _DAYS * DAY, end))
    currency = currency_of(context.usage.reading.charges)
    products = _costs(context, window, currency)
    days = _added(products.values())
    found = [_spend(days, currency)]
    whole = total(days.values())
    dearest = sorted(products, key=lambda name: -total(products[name].values()))[:_PRODUCTS]
    for name in dearest:
        cost = total(products[name].values())
        if cost >= 1 and cost >= whole * _LEAST_SHARE and len(products) > 1:
            found.append(_product(name, products[name], currency))
    if any(allowance_use(pool, context.as_of) for pool in context.pools.of.values()):
        document = {"limit": "100% of allowance", "thresholds": ["75%", "100%"]}
        found.append(Proposal("included", document, "Each metric against what its price includes."))
    return [*found, _day_guard(days, currency)]


Days = Mapping[datetime, Decimal]


def _costs(context: EvaluationContext, window: Window, currency: str) -> Mapping[str, Days]:
    """Add up what each product family cost on each day."""
    budget = Budget("suggest", Amount(Decimal(1), currency), COST_COLUMNS[0], ())
    charges = list(context.usage.charges_in(Scope(), window))
    measured = measure_cost(budget, charges, context.pools) if charges else None
    found: defaultdict[str, defaultdict[datetime, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for part in measured.parts if isinstance(measured, Measurement) else ():
        family = part.series.product_family or ""
        found[family][midnight(part.charge.charge_period_start)] += part.number
    return found


def _added(products: Iterable[Days]) -> Days:
    days: defaultdict[datetime, Decimal] = defaultdict(Decimal)
    for product in products:
        for day, cost in product.items():
            days[day] += cost
    return days


def _spend(days: Days, currency: str) -> Proposal:
    cost = format_amount(Amount(total(days.values()), currency))
    document = {
        "limit": _limit(_typical(days), currency),
        "thresholds": ["50%", "80%", "100%", "100% forecast"],
    }
    reason = f"The account cost {cost} in the last {_DAYS} days{_incidents(days)}."
    return Proposal("spend", document, reason)


def _product(family: str, days: Days, currency: str) -> Proposal:
    cost = format_amount(Amount(total(days.values()), currency))
    name = "".join(letter if letter.isalnum() else "-" for letter in family.lower()).strip("-")[:64]
    document = {"limit": _limit(_typical(days), currency), "scope": {"product_family": [family]}}
    return Proposal(
        name or "product", document, f"{family} cost {cost} in the last {_DAYS} days{_incidents(days)}."
    )


def _day_guard(days: Days, currency: str) -> Proposal:
    usual = median(days.values()) if days else Decimal(0)
    limit = f"{plain(rounded_up(max(usual * _DAY_HEADROOM, _LEAST_DAY)))} {currency}"
    reason = f"A usual day cost {format_amount(Amount(usual, currency))}; a program in a loop costs more."
    return Proposal("day-guard", {"limit": limit, "period": "day", "thresholds": ["100%"]}, reason)


def _incidents(days: Days) -> str:
    """Say how many days are incidents, which raise a limit only in part."""
    usual = median(days.values()) if days else Decimal(0)
    count = sum(cost > usual * _INCIDENT for cost in days.values()) if usual else 0
    return f"; {counted(count, 'unusual day')} counted in part" if count else ""


def _typical(days: Days) -> Decimal:
    """Return what the days cost without incidents."""
    usual = median(days.values()) if days else Decimal(0)
    if not usual:
        return total(days.values())
    return total(min(cost, usual * _INCIDENT) for cost in days.values())


def _limit(cost: Decimal, currency: str) -> str:
    return f"{plain(rounded_up(max(cost * _HEADROOM, _LEAST)))} {currency}"


def rounded_up(number: Decimal) -> Decimal:
    """Round a number above zero up to one that people write: 120, 150, 200, 250, ..."""
    power = Decimal(1).scaleb(number.adjusted())
    step = next(step for step in _STEPS if step * power >= number)
    return (step * power).quantize(Decimal("0.01"), ROUND_CEILING)


def _yaml(proposals: Iterable[Proposal], context: EvaluationContext) -> Iterable[str]:
    name = context.usage.account_name or context.usage.account_id
    yield f"# Budgets for {sanitize(name, 60)}, proposed from its usage. Edit the limits, then:"
    yield "#   cloudflare-budgets preview FILE    lists what they would have sent"
    yield "#   cloudflare-budgets check FILE      judges them now"
    yield "budgets:"
    for each in proposals:
        yield f"  # {sanitize(each.reason, 120)}"
        yield f"  {each.name}:"
        for key, value in each.document.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield f"    {key}: {text}"
    yield ""
