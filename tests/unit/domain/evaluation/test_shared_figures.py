"""Budgets share what is measured, priced and forecast once; each is evaluated as if it were alone."""

from dataclasses import replace
from decimal import Decimal
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.fresh import FreshFigure, FreshUsage
from tests.support.builders import AS_OF, budget, charge, day, each_day, known, price, prices, usage_since

METRICS = ("workers_standard_requests", "r2_storage_class_a_operations", "unlisted_metric")
LISTED = prices(price("0.5", "20"), price("2", "0", METRICS[1], per=10), *shipped_prices().prices.values())
LIMITS = (
    '"limit": "{} USD"',
    '"limit": "{} USD", "period": "day"',
    '"limit": "{} USD", "period": "week", "thresholds": ["100% forecast", "80%"]',
    '"limit": "{} EUR"',
    '"limit": "{} Requests"',
    '"limit": "{}% of allowance"',
)
SCOPES = (
    "",
    ', "scope": {"metric_id": ["workers_*"]}',
    ', "scope": {"zone": ["a"]}',
    ', "scope": {"metric_id": ["none"]}',
)


ALLOWANCE = LIMITS[-1]


@st.composite
def budgets(draw: st.DrawFn) -> list[Budget]:
    found = []
    for number in range(draw(st.integers(1, 8))):
        limit = draw(st.sampled_from(LIMITS))
        scopes = [each for each in SCOPES if limit != ALLOWANCE or "zone" not in each]
        fields = limit.format(draw(st.sampled_from([1, 5, 40, 300, 9000]))) + draw(st.sampled_from(scopes))
        found.append(budget("{" + fields + "}", f"budget-{number}"))
    return found


def rows(metric: str) -> st.SearchStrategy[list[Charge]]:
    return st.builds(
        lambda first, quantity, cost, zone, more: [
            *each_day(f"2026-11-{first:02}", "2026-11-20", quantity, cost, metric, x_zone_id=zone),
            charge("2026-11-21", more, cost, metric),
            charge("2026-11-12", "1", cost, metric, charge_class="Correction"),
        ],
        st.integers(1, 20),
        st.sampled_from(["1", "30", "7.25"]),
        st.sampled_from([None, "0", "0.5", "3"]),
        st.sampled_from([None, "a", "b"]),
        st.sampled_from(["0", "9", "5000"]),
    )


FRESH = FreshUsage(
    day("2026-11-21"),
    AS_OF,
    {
        metric: {day(on): FreshFigure(Decimal(number), Decimal(number)) for on, number in days}
        for metric, days in (
            (METRICS[0], (("2026-11-21", 70), ("2026-11-22", 9000))),
            (METRICS[1], (("2026-11-22", 40),)),
        )
    },
    {},
)


@given(
    budgets(), st.lists(st.sampled_from(METRICS).flatmap(rows), max_size=4), st.sampled_from([None, FRESH])
)
def test_budgets_that_share_figures_are_evaluated_as_if_each_were_alone(
    asked: list[Budget], found: list[list[Charge]], fresh: FreshUsage | None
) -> None:
    rows = usage_since("2026-11-01", *(row for each in found for row in each))
    context = known(rows, prices=LISTED, fresh=fresh)
    alone = [evaluation for each in asked for evaluation in evaluate([each], replace(context))]
    assert evaluate(asked, context) == alone


def test_budgets_of_one_scope_share_their_figures_and_no_others() -> None:
    rows = each_day("2026-11-01", "2026-11-21", "9")
    context = known(usage_since("2026-11-01", *rows), prices=prices(price()))
    texts = ('"limit": "1 USD"', '"limit": "500 USD"', '"limit": "1 Requests"')
    first, second, other = evaluate([budget("{" + text + "}") for text in texts], context)
    assert first.breakdown is second.breakdown
    assert first.breakdown is not other.breakdown
    assert limit_day(first) is None
    assert limit_day(second) is None
    [third] = evaluate([budget('{"limit": "230 USD"}')], context)
    assert limit_day(third) is not None
    assert third.breakdown is first.breakdown


def test_only_the_latest_results_are_stored() -> None:
    context = known(usage_since("2026-11-01", charge()))
    calls: list[int] = []

    def computed(number: int) -> int:
        calls.append(number)
        return number

    for number in (*range(64), 0, 64, 0, 1):
        assert context.once((computed, number), partial(computed, number)) == number
    assert calls == [*range(65), 1]


def limit_day(evaluation: Evaluation) -> object:
    return evaluation.forecast and evaluation.forecast.limit_on
