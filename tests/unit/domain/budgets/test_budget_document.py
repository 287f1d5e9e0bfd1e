import json
from dataclasses import replace
from decimal import Decimal
from importlib import resources

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.budgets.budget import OF_ALLOWANCE, AlertOn, Basis, Budget, Scope, Threshold
from cloudflare_budgets.domain.budgets.document import parse_budget
from cloudflare_budgets.domain.budgets.thresholds import parse_thresholds
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.primitives.period import PeriodKind
from tests.support.budget_rendering import render_budget
from tests.support.builders import ACCOUNT_ID, budget, day

SCHEMA = json.loads(resources.files("cloudflare_budgets").joinpath("schemas/budget.schema.json").read_text())
numbers = st.decimals(min_value=Decimal("0.000001"), max_value=Decimal(10) ** 12, places=6)
units = st.sampled_from(
    [OF_ALLOWANCE, "USD", "EUR", "Requests", "GB-months", "vCPU-Hours", "GB-s", "Rows Read"]
)
lines = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), min_size=1, max_size=20)
patterns = st.lists(lines, min_size=1, max_size=3).map(tuple)
scopes = st.builds(
    Scope,
    metric_id=st.just(()) | patterns,
    metric_name=st.just(()) | patterns,
    product_family=st.just(()) | patterns,
    zone=st.just(()) | patterns,
    region=st.just(()) | patterns,
    subscription=st.just(()) | patterns,
)
printable = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), max_size=60)


@st.composite
def budgets(draw: st.DrawFn) -> Budget:
    limit, scope = Amount(draw(numbers), draw(units)), draw(scopes)
    if limit.unit == OF_ALLOWANCE:
        scope = replace(scope, zone=(), region=())
    is_cost = limit.unit in {"USD", "EUR"}
    percents = draw(st.lists(st.integers(1, 300), min_size=1, max_size=5, unique=True))
    texts = [f"{percent}%{draw(st.sampled_from(['', ' forecast']))}" for percent in percents]
    return Budget(
        name=draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)),
        limit=limit,
        column=draw(st.sampled_from(["BilledCost", "ListCost"])) if is_cost else "ConsumedQuantity",
        thresholds=parse_thresholds(texts, limit),
        description=draw(printable),
        account_id=draw(st.none() | st.just(ACCOUNT_ID)),
        period=PeriodKind.BILLING_PERIOD if limit.unit == OF_ALLOWANCE else draw(st.sampled_from(PeriodKind)),
        scope=scope,
        enabled=draw(st.booleans()),
        muted_until=draw(st.none() | st.just(day("2026-12-01"))),
        alert_on=tuple(kind for kind in AlertOn if draw(st.booleans())),
    )


@given(budgets())
def test_a_rendered_budget_reads_back_as_the_same_budget(original: Budget) -> None:
    assert parse_budget(original.name, render_budget(original)) == original


@given(budgets())
def test_every_rendered_budget_fits_the_schema(original: Budget) -> None:
    jsonschema.validate(json.loads(render_budget(original)), SCHEMA)


def test_the_smallest_budget_watches_the_months_spend_at_50_80_and_100_percent() -> None:
    assert budget('{"limit": "50 USD"}') == Budget(
        name="workers",
        limit=Amount(Decimal(50), "USD"),
        column="BilledCost",
        thresholds=(
            Threshold(Decimal(25), Decimal(50)),
            Threshold(Decimal(40), Decimal(80)),
            Threshold(Decimal(50), Decimal(100)),
        ),
        alert_on=(AlertOn.SPIKE, AlertOn.NEW_METRIC),
    )


def test_only_a_cost_budget_of_the_whole_account_reports_spikes_by_default() -> None:
    assert budget('{"limit": "50 USD", "scope": {"zone": ["*.com"]}}').alert_on == ()
    assert budget('{"limit": "50 Requests"}').alert_on == ()
    assert budget('{"limit": "50 USD", "alert_on": []}').alert_on == ()
    asked = budget('{"limit": "50 Requests", "alert_on": ["new_metric", "spike"]}')
    assert asked.alert_on == (AlertOn.SPIKE, AlertOn.NEW_METRIC)


def test_a_limit_of_the_allowance_has_percentages_and_the_billing_period() -> None:
    found = budget('{"limit": "80% of allowance", "thresholds": ["50%", "100% forecast"]}')
    assert found.is_allowance
    assert found.limit == Amount(Decimal(80), OF_ALLOWANCE)
    assert found.limit_text == "80% of allowance"
    assert found.period is PeriodKind.BILLING_PERIOD
    assert [threshold.label("") for threshold in found.thresholds] == ["50%", "100% forecast"]


def test_the_example_of_the_contract_is_read_whole() -> None:
    found = budget(
        """{
          "limit": "10000000 Requests",
          "description": "stay inside the Workers allowance",
          "account_id": "023e105f4ecef8ad9ca31a8372d0c353",
          "period": "month",
          "scope": {"metric_id": ["workers_standard_*"], "zone": ["example.com"]},
          "thresholds": ["50%", "80%", "100%", "100% forecast", "9000000 Requests"],
          "enabled": true
        }"""
    )
    assert found.limit == Amount(Decimal(10_000_000), "Requests")
    assert found.column == "ConsumedQuantity"
    assert found.scope == Scope(metric_id=("workers_standard_*",), zone=("example.com",))
    assert [threshold.label("Requests") for threshold in found.thresholds] == [
        "50%",
        "80%",
        "9000000 Requests",
        "100%",
        "100% forecast",
    ]
    assert found.thresholds[-1].basis is Basis.FORECAST


def test_what_is_as_long_as_it_may_be_is_accepted() -> None:
    text = {
        "limit": "5 " + "x" * 64,
        "description": "x" * 500,
        "scope": {"zone": ["x" * 256, "y"]},
        "thresholds": [f"{share}%" for share in range(1, 21)],
    }
    found = budget(json.dumps(text), name="x" * 64)
    assert found.limit.unit == "x" * 64
    assert found.description == "x" * 500
    assert found.scope.zone == ("x" * 256, "y")
    assert len(found.thresholds) == 20
