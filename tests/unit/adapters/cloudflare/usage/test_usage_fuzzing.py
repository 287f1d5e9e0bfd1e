"""Changed answers of each source: each is read to the same totals, or refused with a typed error."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from random import Random

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.domain.primitives.amount import total
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import AccessDeniedError, CloudflareBudgetsError
from cloudflare_budgets.ports import UsageQuery, UsageSource
from tests.support.builders import ACCOUNT_ID, day
from tests.support.canned_api import ACCOUNT, Answer, Asked, CannedApi, subscribed, v1_row
from tests.support.sizes import SIZE
from tests.unit.adapters.cloudflare.usage.answers import Mutation, Row, envelope
from tests.unit.adapters.cloudflare.usage.mutations import (
    ALWAYS_READ,
    MUTATIONS,
    NEVER_READ,
    RUNNING_TOTALS,
)

pytestmark = pytest.mark.fuzz
QUESTION = UsageQuery(Period(day("2026-11-01"), day("2026-11-23")), needs_cost=True)
ZONES = ("0" * 31 + "1", "0" * 31 + "2")

Totals = Mapping[tuple[str, str], tuple[Decimal, Decimal | None]]


@dataclass(frozen=True)
class Subject:
    """A source, the rows of its answers by name, and what changes them."""

    make: Callable[[CannedApi], UsageSource]
    rows: Mapping[str, Sequence[Row]]
    changing: Sequence[str]
    mutations: Sequence[Mutation]

    @cached_property
    def bodies(self) -> Mapping[str, bytes]:
        """The answers as they should be."""
        return {name: envelope(list(rows)) for name, rows in self.rows.items()}

    def read(self, changed: str | None = None, body: bytes = b"") -> Reading:
        """Read with the body of one answer changed."""

        def answer(asked: Asked) -> Answer:
            name = _name(asked)
            if name == changed:
                return body
            if name == "info":
                return subscribed()
            return self.bodies.get(name, AccessDeniedError("403"))

        return self.make(CannedApi(answer)).read(ACCOUNT, QUESTION)


def _name(asked: Asked) -> str:
    if asked.path.endswith("/info"):
        return "info"
    if asked.document is not None:
        return "post"
    return "dated" if asked.days and asked.path.endswith("billable-usage") else "undated"


def _v1_series(
    service: str, cycle: str, days: Sequence[str], costs: Sequence[int], **columns: str
) -> list[Row]:
    return [
        v1_row(
            on,
            cycle,
            costs[n],
            sum(costs[: n + 1]),
            ServiceName=service,
            ConsumedQuantity=1200.5 + n,
            **columns,
        )
        for n, on in enumerate(days)
    ]


def _v1_rows(cycle: str, days: Sequence[str]) -> list[Row]:
    storage = {"ConsumedUnit": "GB-months", "PricingUnit": "GB-months", "ServiceFamilyName": "R2"}
    return [
        *_v1_series("Workers CPU ms (first 30M are included)", cycle, days, (0, 40, 25)),
        *_v1_series("R2 Data Storage (First 10GB-Month included)", cycle, days, (0, 0, 0), **storage),
        *_v1_series("Argo Accelerated Gigabytes", cycle, days, (12, 15, 11), ZoneId=ZONES[0]),
        *_v1_series(
            "Argo Accelerated Gigabytes", cycle, days[:2], (30, 31), ZoneId=ZONES[1], ZoneName="b.example"
        ),
    ]


def _v2_rows(**costs: object) -> list[Row]:
    metrics = (
        ("Workers Standard Requests", "Requests", None),
        *(("Argo Bytes", "GB", zone) for zone in ZONES),
    )
    return [
        {
            "BillingAccountId": ACCOUNT_ID,
            "BillingAccountName": "Example account",
            "ChargeCategory": "Usage",
            "ChargeFrequency": "Usage-Based",
            "ChargePeriodStart": f"{on}T00:00:00Z",
            "ChargePeriodEnd": f"{on}T23:59:59Z",
            "ConsumedQuantity": 150000 + number,
            "ConsumedUnit": unit,
            "SubAccountId": "SUB-A",
            "x_BillableMetricId": name.lower().replace(" ", "_"),
            "x_BillableMetricName": name,
            "x_ProductFamilyName": "Workers",
            **({"x_ZoneId": zone, "x_ZoneName": "example.com"} if zone else {}),
            **(costs | {"PricingUnit": unit} if costs else {}),
        }
        for number, on in enumerate(("2026-11-04", "2026-11-05", "2026-11-20"))
        for name, unit, zone in metrics
    ]


COSTS = {
    "BilledCost": 0.75,
    "ContractedCost": 0.75,
    "EffectiveCost": 0.75,
    "ListCost": 1,
    "ListUnitPrice": 0.000005,
    "PricingQuantity": 150000,
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-11-01T00:00:00Z",
    "BillingPeriodEnd": "2026-12-01T00:00:00Z",
}
SUBJECTS = {
    "v1": Subject(
        CloudflareUsageV1,
        {
            "undated": _v1_rows("2026-11-05", ("2026-11-05", "2026-11-06", "2026-11-20")),
            "dated": _v1_rows("2026-10-05", ("2026-10-05", "2026-10-31", "2026-11-04")),
        },
        ("undated", "dated"),
        (*MUTATIONS, *RUNNING_TOTALS),
    ),
    "v2": Subject(CloudflareUsageV2, {"undated": _v2_rows(**COSTS)}, ("undated",), MUTATIONS),
    "costs of v2": Subject(
        CloudflareUsageV2, {"undated": _v2_rows(), "post": _v2_rows(**COSTS)}, ("post",), MUTATIONS
    ),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_changed_answer_is_read_to_the_same_totals_or_refused(name: str) -> None:
    subject = SUBJECTS[name]
    expected = _totals(subject.read())
    outcomes: Counter[tuple[str, bool]] = Counter()
    for number in range(SIZE.changed_answers):
        random = Random(number)
        mutation = subject.mutations[number % len(subject.mutations)]
        changed = random.choice(subject.changing)
        body = mutation(random, [dict(row) for row in subject.rows[changed]])
        try:
            found = subject.read(changed, body)
        except CloudflareBudgetsError as refusal:
            str(refusal).encode()
            outcomes[mutation.__name__, False] += 1
            continue
        if found.contradiction:  # bars every all-clear, as a refusal does
            outcomes[mutation.__name__, False] += 1
            continue
        assert _is_the_same(expected, _totals(found)), (number, mutation.__name__, body)
        # Costs that are refused leave usage as it was without them.
        outcomes[mutation.__name__, changed != "post" or found.has_costs] += 1
    read, refused = ({each for each, is_read in outcomes if is_read is way} for way in (True, False))
    assert read | refused == {mutation.__name__ for mutation in subject.mutations}
    assert refused.isdisjoint(mutation.__name__ for mutation in ALWAYS_READ)
    assert read.isdisjoint(mutation.__name__ for mutation in (*NEVER_READ, *RUNNING_TOTALS))


def _totals(reading: Reading) -> Totals:
    """Add up quantities and costs by metric and unit; a cost is unknown if one of its rows has none."""
    quantities: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(list)
    costs: defaultdict[tuple[str, str], list[Decimal | None]] = defaultdict(list)
    for charge in reading.charges:
        key = (charge.metric_id, charge.consumed_unit)
        quantities[key].append(charge.consumed_quantity)
        costs[key].append(charge.billed_cost if charge.billing_currency else None)
    return {key: (total(numbers), _sum_of(costs[key])) for key, numbers in quantities.items()}


def _sum_of(costs: Sequence[Decimal | None]) -> Decimal | None:
    return None if None in costs else total(cost for cost in costs if cost is not None)


def _is_the_same(expected: Totals, found: Totals) -> bool:
    return expected.keys() == found.keys() and all(
        found[key][0] == quantity and found[key][1] in {cost, None}
        for key, (quantity, cost) in expected.items()
    )
