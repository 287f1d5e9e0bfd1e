"""The command `export`: one row per charge, as CSV, JSON, or CSV in FOCUS 1.3 columns."""

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from cloudflare_budgets.domain.budgets.budget import COST_COLUMNS, Budget, Scope
from cloudflare_budgets.domain.data_quality.unknown import listed
from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.evaluation.cost import measure_cost
from cloudflare_budgets.domain.evaluation.measurement import Measurement
from cloudflare_budgets.domain.primitives.amount import Amount, plain
from cloudflare_budgets.domain.primitives.period import DAY, Period, PeriodKind, period_containing, utc_text
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Series
from cloudflare_budgets.domain.usage.window import Window
from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets_cli.cloudflare.access import cloudflare
from cloudflare_budgets_cli.cloudflare.reading import read
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import ExitCode, ExportFormat, Settings, UsageError
from cloudflare_budgets_cli.usage.summary import currency_of

_PROVIDER = "Cloudflare"
_MAX_DAYS = 366
Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Export:
    """The text of an export, and the number of rows without a known cost by metric id."""

    text: str
    without_cost: Mapping[str, int]


def run(settings: Settings, period: Period, export_format: ExportFormat, output: Path | None) -> ExitCode:
    """Read the usage of a period and write one row for each charge."""
    screen = Screen(settings)
    with cloudflare(settings) as access, screen.progress("Reading usage from Cloudflare"):
        context = read(access, period, settings.now)
    found = exported(context, period, export_format)
    if output is None:
        sys.stdout.write(found.text)
    else:
        try:
            output.write_text(found.text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{output}: cannot be written: {error.strerror}") from None
        screen.advise(f"Wrote {output}")
    if found.without_cost:
        screen.advise(_warning(found, export_format))
    return ExitCode.OK


def _warning(found: Export, export_format: ExportFormat) -> str:
    """Name the metrics whose cost is not known.

    FOCUS allows neither null in BilledCost nor a placeholder such as 0 for an absent value.
    """
    rows = sum(found.without_cost.values())
    names = listed(f"{metric} ({count})" for metric, count in found.without_cost.items())
    rule = "; FOCUS requires a cost, and a validator refuses these rows"
    of_focus = rule if export_format is ExportFormat.FOCUS else ""
    return f"No known cost in {counted(rows, 'row')}, whose cells of costs are empty{of_focus}: {names}"


def export_period(now: datetime, first: str | None, last: str | None) -> Period:
    """Return the period of two days, inclusive; by default the current month so far.

    Raises:
        UsageError: an option is not a day, or the period is empty or longer than a year.
    """
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    end = _day("--to", last) + DAY if last else today + DAY
    start = _day("--from", first) if first else period_containing(PeriodKind.MONTH, end - DAY).start
    if start >= end:
        raise UsageError("--from is later than --to: expected an earlier first day, or a later last day")
    if (end - start).days > _MAX_DAYS:
        raise UsageError(f"the period has more than {_MAX_DAYS} days: choose a later --from, or another --to")
    return Period(start, end)


def _day(option: str, text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"{option}: found {text}, expected a day such as 2026-11-01") from None


def exported(context: EvaluationContext, period: Period, export_format: ExportFormat) -> Export:
    """Return the charges of a period, oldest first, in a format."""
    charges = sorted(
        context.usage.charges_in(Scope(), Window(period)),
        key=lambda each: (each[1].charge_period_start, each[0].metric_id, str(each[0].zone_name)),
    )
    currency = currency_of(context.usage.reading.charges)
    costs = _costs(context, charges, currency)
    make: Callable[..., Row] = _focus_row if export_format is ExportFormat.FOCUS else _plain_row
    without_cost = Counter(series.metric_id for series, charge in charges if id(charge) not in costs)
    rows = [make(series, charge, costs.get(id(charge)), currency, context) for series, charge in charges]
    if export_format is ExportFormat.JSON:
        return Export(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", without_cost)
    columns = FOCUS_COLUMNS if export_format is ExportFormat.FOCUS else PLAIN_COLUMNS
    return Export("".join(_csv(columns, rows)), without_cost)


def _costs(
    context: EvaluationContext, charges: Sequence[tuple[Series, Charge]], currency: str
) -> Mapping[int, Decimal]:
    budget = Budget("export", Amount(Decimal(1), currency), COST_COLUMNS[0], ())
    measured = measure_cost(budget, charges, context.pools) if charges else None
    parts = measured.parts if isinstance(measured, Measurement) else ()
    # Without usage, the cost is zero.
    unused = {
        id(each): Decimal(0) for _, each in charges if not (each.consumed_quantity or each.is_correction)
    }
    return unused | {id(part.charge): part.number for part in parts}


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    yield file.getvalue()


PLAIN_COLUMNS = (
    "day", "metric_id", "name", "product", "zone", "region", "quantity", "unit", "cost", "currency",
    "is_estimated",
)  # fmt: skip


def _plain_row(
    series: Series, charge: Charge, cost: Decimal | None, currency: str, _: EvaluationContext
) -> Row:
    return {
        "day": f"{charge.charge_period_start:%Y-%m-%d}",
        "metric_id": series.metric_id,
        "name": series.metric_name,
        "product": series.product_family,
        "zone": series.zone_name or series.zone_id,
        "region": series.region_name or series.region_id,
        "quantity": plain(charge.consumed_quantity),
        "unit": charge.consumed_unit,
        "cost": None if cost is None else plain(cost),
        "currency": None if cost is None else currency,
        "is_estimated": _is_estimated(charge, cost),
    }


# The mandatory columns of FOCUS 1.3, then those that are known besides.
# https://focus.finops.org/focus-specification/v1-3/
FOCUS_COLUMNS = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
    "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd",
    "ChargePeriodStart", "ContractedCost", "EffectiveCost", "HostProviderName", "InvoiceIssuerName",
    "ListCost", "PricingQuantity", "PricingUnit", "ServiceCategory", "ServiceName", "ServiceProviderName",
    "ChargeFrequency", "ConsumedQuantity", "ConsumedUnit", "RegionId", "RegionName", "SubAccountId",
    "SubAccountName", "x_BillableMetricId", "x_BillableMetricName", "x_ZoneName", "x_CostIsEstimated",
)  # fmt: skip


def _focus_row(
    series: Series, charge: Charge, cost: Decimal | None, currency: str, context: EvaluationContext
) -> Row:
    start, end = _billing_period(series, charge, context)
    billed = _number(cost)
    return {
        "BilledCost": billed,
        "BillingAccountId": context.usage.account_id,
        "BillingAccountName": context.usage.account_name,
        "BillingCurrency": charge.billing_currency or currency,
        "BillingPeriodEnd": utc_text(end),
        "BillingPeriodStart": utc_text(start),
        "ChargeCategory": "Usage",
        "ChargeClass": charge.charge_class,
        "ChargeDescription": f"{series.metric_name or series.metric_id}, daily usage",
        "ChargePeriodEnd": utc_text(charge.charge_period_end),
        "ChargePeriodStart": utc_text(charge.charge_period_start),
        "ContractedCost": _number(charge.contracted_cost) or billed,
        "EffectiveCost": _number(charge.effective_cost) or billed,
        "HostProviderName": _PROVIDER,
        "InvoiceIssuerName": _PROVIDER,
        "ListCost": _number(charge.list_cost) or billed,
        "PricingQuantity": plain(charge.consumed_quantity),
        "PricingUnit": charge.pricing_unit or charge.consumed_unit,
        "ServiceCategory": "Other",
        "ServiceName": series.product_family or series.metric_name or series.metric_id,
        "ServiceProviderName": _PROVIDER,
        "ChargeFrequency": "Usage-Based",
        "ConsumedQuantity": plain(charge.consumed_quantity),
        "ConsumedUnit": charge.consumed_unit,
        "RegionId": series.region_id,
        "RegionName": series.region_name,
        "SubAccountId": series.subscription_id,
        "SubAccountName": series.subscription_name,
        "x_BillableMetricId": series.metric_id,
        "x_BillableMetricName": series.metric_name,
        "x_ZoneName": series.zone_name or series.zone_id,
        "x_CostIsEstimated": _is_estimated(charge, cost),
    }


def _billing_period(series: Series, charge: Charge, context: EvaluationContext) -> tuple[datetime, datetime]:
    """Return the billing period of a charge; the calendar month if nothing names the period."""
    day = charge.charge_period_start
    if charge.billing_period_start and charge.billing_period_end:
        return charge.billing_period_start, charge.billing_period_end
    pool = context.pools.of.get(series)
    cycles = [each.period for each in context.usage.cycles if day in each.period]
    found = pool.cycle_at(day) if pool else cycles[0] if len(cycles) == 1 else None
    period = found or period_containing(PeriodKind.MONTH, day)
    return charge.billing_period_start or period.start, period.end


def _number(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _is_estimated(charge: Charge, cost: Decimal | None) -> str:
    return "true" if charge.billed_cost is None and cost is not None else "false"
