"""The forecast of billed costs, and what it leaves out."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.pricing.price import Rounding
from cloudflare_budgets.domain.usage.history import records_of
from cloudflare_budgets.messages.alerts.documents import outlook_document
from tests.support.builders import (
    AS_OF,
    budget,
    charge,
    each_day,
    judged,
    known,
    price,
    prices,
    usage_since,
)
from tests.unit.domain.evaluation.forecast.budget.forecasts import QUANTITY, SPEND, TENS, ZONE_SPEND, forecast

DECEMBER = datetime(2026, 12, 1, 10, tzinfo=UTC)
many_digits = st.decimals(min_value=0, max_value=10**9, places=12)
rounded = st.sampled_from(list(Rounding))


def test_billed_costs_go_on_at_the_price_of_the_list() -> None:
    rows = each_day("2026-11-01", "2026-11-21", "10", "10")
    assert forecast(SPEND, *rows, prices=prices(price())).expected == 300


def test_what_is_billed_far_below_the_list_continues_so() -> None:
    listed = prices(price("2"))
    contract = forecast(SPEND, *each_day("2026-11-01", "2026-11-21", "10", cost="5"), prices=listed)
    assert contract.expected == 30 * 5
    assert contract.continued == 30 * 5


def test_what_is_billed_at_nothing_is_still_expected_to_cost_the_list_price() -> None:
    free = forecast(SPEND, *each_day("2026-11-01", "2026-11-21", "10", cost="0"), prices=prices(price("2")))
    assert free.expected == 9 * 20


def test_a_metric_without_a_price_costs_what_it_did_since_it_began_to_cost() -> None:
    rows = [
        *each_day("2026-11-01", "2026-11-10", "10", "0"),
        *each_day("2026-11-11", "2026-11-21", "10", "1"),
    ]
    found = forecast(SPEND, *rows)
    assert (found.expected, found.left_out) == (Decimal(20), ())


def test_a_metric_that_costs_while_nothing_is_used_of_it_is_left_out_and_named() -> None:
    rows = [*each_day("2026-11-01", "2026-11-10", "10", "0"), *each_day("2026-11-11", "2026-11-21", "0", "1")]
    found = forecast(SPEND, *rows)
    assert (found.expected, found.left_out) == (Decimal(11), ("workers_standard_requests",))


def test_a_zone_without_use_of_late_is_expected_to_cost_nothing_of_nothing() -> None:
    rows = [
        *each_day("2026-11-01", "2026-11-21", "0", x_zone_id="a"),
        *each_day("2026-11-01", "2026-11-21", "0", x_zone_id="b"),
    ]
    assert forecast(ZONE_SPEND, *rows, prices=prices(price())).expected == 0


def test_a_correction_does_not_change_what_a_metric_without_a_price_costs() -> None:
    rows = each_day("2026-11-01", "2026-11-21", "10", "1")
    correction = charge("2026-11-05", "0", "21", charge_class="Correction")
    assert forecast(SPEND, *rows, correction).expected == 21 + 30


def test_a_metric_without_a_price_is_left_out_and_named() -> None:
    free = each_day("2026-11-01", "2026-11-21", "10", "0", metric="zaraz_loads")
    found = forecast(SPEND, *TENS, *free, prices=prices(price()))
    assert (found.expected, found.left_out) == (Decimal(300), ("zaraz_loads",))
    document = outlook_document(found, budget(SPEND).limit)
    assert document is not None
    assert document["left_out"] == ["zaraz_loads"]


def test_what_was_used_once_long_ago_is_left_out_of_nothing() -> None:
    once = charge("2026-11-01", "10", "0", metric="zaraz_loads")
    assert forecast(SPEND, *TENS, once, prices=prices(price())).left_out == ()


def test_days_that_earlier_runs_remember_say_what_is_usual() -> None:
    before = records_of(usage_since("2026-10-20", *each_day("2026-10-20", "2026-10-31", "10")), AS_OF)
    as_of = datetime(2026, 11, 2, 10, tzinfo=UTC)
    found = forecast(QUANTITY, charge("2026-11-01", "10"), as_of=as_of, history=before)
    assert (found.expected, found.complete_days) == (Decimal(300), 13)


@given(st.lists(many_digits, min_size=30, max_size=30), st.sampled_from([QUANTITY, SPEND]), rounded)
def test_a_forecast_is_what_was_used_once_the_period_is_over(
    numbers: list[Decimal], text: str, rounding: Rounding
) -> None:
    rows = [charge(f"2026-11-{on:02}", number) for on, number in enumerate(numbers, 1)]
    listed = prices(price("0.3", "1000", per=Decimal(7), rounding=rounding))
    found = known(usage_since("2026-11-01", *rows, as_of=DECEMBER), DECEMBER, prices=listed)
    november = evaluate([budget(text)], found)[1]
    assert november.observed is not None
    assert november.forecast is not None
    assert november.forecast.expected == november.observed.number
    assert {november.forecast.low, november.forecast.high} <= {None, november.observed.number}
    assert november.forecast.continued == november.observed.number


@given(
    st.lists(many_digits, min_size=3, max_size=21), st.sampled_from([QUANTITY, SPEND]), rounded, many_digits
)
def test_a_forecast_is_never_below_what_was_used(
    numbers: list[Decimal], text: str, rounding: Rounding, unfinished: Decimal
) -> None:
    rows = [charge(f"2026-11-{22 - back:02}", number) for back, number in enumerate(numbers, 1)]
    listed = prices(price("0.3", "1000", per=Decimal(7), rounding=rounding))
    found = usage_since("2026-11-01", *rows, charge("2026-11-22", unfinished))
    evaluation = judged(text, found, prices=listed)
    assert evaluation.observed is not None
    assert evaluation.forecast is not None
    least, most = evaluation.forecast.low, evaluation.forecast.high
    assert evaluation.forecast.expected >= evaluation.observed.number
    assert evaluation.forecast.continued >= evaluation.observed.number
    if least is not None and most is not None:
        assert evaluation.observed.number <= least <= evaluation.forecast.expected <= most


def test_days_remembered_in_another_unit_are_not_added_up() -> None:
    counted = each_day("2026-10-20", "2026-10-31", "999", consumed_unit="Count")
    before = records_of(usage_since("2026-10-20", *counted), AS_OF)
    as_of = datetime(2026, 11, 3, 10, tzinfo=UTC)
    rows = each_day("2026-11-01", "2026-11-02", "10")
    assert forecast(QUANTITY, *rows, as_of=as_of, history=before).expected == 300
