"""What a budget's amount is expected to be when its period ends."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.evaluation.context import known_since
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.pricing.price import IncludedPer, Rounding
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.history import DayRecord, Line, records_of
from cloudflare_budgets.domain.usage.usage import Series
from cloudflare_budgets.messages.alerts.documents import outlook_document
from tests.support.builders import (
    AS_OF,
    budget,
    charge,
    day,
    each_day,
    judged,
    known,
    price,
    prices,
    usage_since,
)

QUANTITY = '{"limit": "1000 Requests", "thresholds": ["100% forecast"]}'
SPEND = '{"limit": "50 USD", "thresholds": ["100% forecast"]}'
ZONE_SPEND = '{"limit": "50 USD", "scope": {"zone": ["a"]}}'
DECEMBER = datetime(2026, 12, 1, 10, tzinfo=UTC)
TENS = each_day("2026-11-01", "2026-11-21", "10")  # which makes 300 in November

many_digits = st.decimals(min_value=0, max_value=10**9, places=12)
rounded = st.sampled_from(list(Rounding))


def forecast(text: str, *rows: Charge, as_of: datetime = AS_OF, **more: Any) -> BudgetForecast:  # noqa: ANN401 - for `evaluation_context`
    evaluation = judged(text, usage_since("2026-11-01", *rows, as_of=as_of), as_of, **more)
    assert evaluation.forecast is not None, evaluation.reason
    return evaluation.forecast


def test_a_steady_month_continues_as_it_began() -> None:
    found = forecast(QUANTITY, *TENS)
    assert (found.expected, found.continued, found.complete_days) == (Decimal(300), Decimal(300), 21)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 300 < found.high


def test_the_unfinished_day_counts_as_used_but_says_nothing_of_a_day() -> None:
    assert forecast(QUANTITY, *TENS, charge("2026-11-22", "2")).expected == 300
    assert forecast(QUANTITY, *TENS, charge("2026-11-22", "200")).expected == 490


def test_each_metric_is_forecast_by_itself() -> None:
    later = each_day("2026-11-20", "2026-11-21", "50", metric="r2")
    assert forecast(QUANTITY, *TENS, *later).expected == 300 + 2 * 50 + 9 * 50


def test_one_day_of_a_new_metric_is_expected_to_stay_one_until_it_continues() -> None:
    first = charge("2026-11-21", "50", metric="r2")
    found = forecast(QUANTITY, *TENS, first)
    assert (found.expected, found.has_shifted) == (Decimal(350), False)
    assert found.high is not None
    assert found.high > 350 + 2 * 9 * 50
    # The last three days are 0, 0 and 50.
    assert found.continued == pytest.approx(350 + 9 * Decimal(50) / 3)
    goes_on = forecast(QUANTITY, *TENS, first, charge("2026-11-20", "50", metric="r2"))
    assert (goes_on.expected, goes_on.has_shifted) == (Decimal(300 + 100 + 9 * 50), True)


@pytest.mark.parametrize("began", ["2026-11-20", "2026-11-21"])
def test_a_new_metric_that_was_used_once_costs_what_it_did(began: str) -> None:
    once = charge(began, "20", metric="r2")
    found = forecast(SPEND, *TENS, once, prices=prices(price(), price(metric="r2")))
    assert found.expected == 320


def test_in_a_new_account_every_day_counts_from_its_first_one() -> None:
    as_of = datetime(2026, 11, 4, 10, tzinfo=UTC)
    rows = [*each_day("2026-11-01", "2026-11-03", "10"), charge("2026-11-02", "4", metric="r2")]
    rows += [charge("2026-11-03", "4", metric="r2")]
    assert forecast(QUANTITY, *rows, as_of=as_of).expected == 30 * 10 + 29 * 4


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=2),
    st.integers(1, 19),
    st.sampled_from([QUANTITY, SPEND]),
)
def test_a_new_metric_is_expected_between_what_it_was_and_twice_its_days(
    numbers: list[int], watched: int, text: str
) -> None:
    account = charge(f"2026-11-{22 - len(numbers) - watched:02}", "1", metric="r2")
    rows = [charge(f"2026-11-{21 - place:02}", str(number)) for place, number in enumerate(numbers)]
    listed = prices(price(), price(metric="r2"))
    evaluation = judged(text, usage_since("2026-11-01", account, *rows), prices=listed)
    found, used = evaluation.forecast, sum(numbers)
    if found:
        assert used <= found.expected <= 1 + used + 9 * max(numbers) * Decimal("1.000000001")
        assert found.low is None or used <= found.low <= found.expected
        assert found.high is None or found.expected <= found.high


def test_a_change_of_level_is_followed_and_reported() -> None:
    rows = [*each_day("2026-11-01", "2026-11-18", "10"), *each_day("2026-11-19", "2026-11-21", "100")]
    found = forecast(QUANTITY, *rows)
    assert found.has_shifted
    assert found.expected > 1000


def test_the_last_three_days_that_go_on_are_a_scenario_of_their_own() -> None:
    rows = [*each_day("2026-11-01", "2026-11-20", "10"), charge("2026-11-21", "310")]
    found = forecast(QUANTITY, *rows)
    assert (found.expected, found.continued) == (Decimal(600), Decimal(510 + 9 * 110))


@pytest.mark.parametrize(
    ("last", "has_outlook", "has_range", "is_early"),
    [
        ("2026-11-02", False, False, True),
        ("2026-11-03", True, False, True),
        ("2026-11-04", True, True, True),
        ("2026-11-06", True, True, True),
        ("2026-11-07", True, True, False),
    ],
)
def test_nothing_is_forecast_before_three_complete_days_and_no_range_before_four(
    last: str,
    has_outlook: bool,  # noqa: FBT001 - the case
    has_range: bool,  # noqa: FBT001 - the case
    is_early: bool,  # noqa: FBT001 - the case
) -> None:
    as_of = day(last).replace(hour=10) + (AS_OF - AS_OF.replace(day=21))
    rows = each_day("2026-11-01", last, "10")
    unfinished = charge(f"{as_of:%Y-%m-%d}", "5")
    found = judged(QUANTITY, usage_since("2026-11-01", *rows, unfinished, as_of=as_of), as_of).forecast
    assert (found is not None) == has_outlook
    if found:
        assert (found.high is not None, found.is_early) == (has_range, is_early)
        assert found.complete_days == len(rows)


def test_days_without_anything_before_the_account_was_used_are_no_complete_days() -> None:
    found = usage_since("2026-11-01", *each_day("2026-11-20", "2026-11-21", "10"))
    assert judged(QUANTITY, found).forecast is None


def test_stale_usage_forecasts_nothing() -> None:
    found = usage_since("2026-11-01", *each_day("2026-11-01", "2026-11-18", "10"))
    evaluation = judged(QUANTITY, found)
    assert (evaluation.forecast, evaluation.forecast_crossed) == (None, ())


def test_the_allowance_is_used_up_first_and_then_the_price_holds() -> None:
    listed = prices(price("2", "200"))
    found = forecast(SPEND, *TENS, prices=listed)
    assert found.expected == 2 * (300 - 200)


def test_what_stays_within_the_allowance_is_expected_to_cost_nothing() -> None:
    found = forecast(SPEND, *TENS, prices=prices(price("2", "300")))
    assert found.expected == 0
    assert found.high is not None
    assert found.high > 0


def test_blocks_and_daily_allowances_hold_for_the_future_days() -> None:
    blocks = prices(price("7", per=Decimal(290), rounding=Rounding.BLOCK))
    assert forecast(SPEND, *TENS, prices=blocks).expected == 14
    daily = prices(price("1", "8", included_per=IncludedPer.DAY))
    assert forecast(SPEND, *TENS, prices=daily).expected == 60


def test_the_allowance_begins_again_with_the_next_cycle() -> None:
    cycle: dict[str, Any] = {
        "billing_period_start": day("2026-10-25"),
        "billing_period_end": day("2026-11-25"),
    }
    rows = each_day("2026-11-01", "2026-11-21", "10", **cycle)
    before = records_of(
        usage_since("2026-10-20", *each_day("2026-10-25", "2026-10-31", "10", **cycle)), AS_OF
    )
    # 310 until the 24th, and then 60 of the next hundred.
    found = forecast(SPEND, *rows, prices=prices(price("1", "100")), history=before)
    assert found.expected == 210


def test_a_zone_is_expected_to_cost_its_share() -> None:
    rows = [
        *each_day("2026-11-01", "2026-11-21", "30", x_zone_id="a"),
        *each_day("2026-11-01", "2026-11-21", "10", x_zone_id="b"),
    ]
    listed = prices(price("1", "840"))
    assert forecast(ZONE_SPEND, *rows, prices=listed).expected == 270
    assert forecast(SPEND, *rows, prices=listed).expected == 360


@pytest.mark.parametrize(("on", "has_share"), [("2026-10-24", False), ("2026-10-25", True)])
def test_a_zone_has_the_share_that_it_had_on_the_last_28_days(on: str, *, has_share: bool) -> None:
    rows = [
        charge(on, "10", x_zone_id="a"),
        *each_day("2026-10-24", "2026-11-21", "10", x_zone_id="b"),
    ]
    found = judged(ZONE_SPEND, usage_since("2026-10-01", *rows), prices=prices(price())).forecast
    assert found is not None
    assert bool(found.expected) == has_share


def test_the_unfinished_day_says_nothing_of_a_zones_share() -> None:
    rows = [
        *each_day("2026-11-01", "2026-11-21", "30", x_zone_id="a"),
        *each_day("2026-11-01", "2026-11-21", "10", x_zone_id="b"),
    ]
    unfinished = charge("2026-11-22", "4000", x_zone_id="b")
    assert forecast(ZONE_SPEND, *rows, unfinished, prices=prices(price())).expected == 900


def test_days_that_do_not_name_zones_say_nothing_of_a_zones_share() -> None:
    metric = Series("workers_standard_requests", None, None, *[None] * 6)
    folded = [
        DayRecord(row.charge_period_start, "v2", (Line(metric, "Requests", Decimal(40)),), folded=True)
        for row in each_day("2026-10-20", "2026-10-31")
    ]
    rows = [
        *each_day("2026-11-01", "2026-11-21", "30", x_zone_id="a"),
        *each_day("2026-11-01", "2026-11-21", "10", x_zone_id="b"),
    ]
    found = forecast(ZONE_SPEND, *rows, prices=prices(price("1", "840")), history=folded)
    assert found.expected == 270


@pytest.mark.parametrize(
    ("scope", "column"), [("zone", "x_zone_id"), ("region", "region_id"), ("subscription", "sub_account_id")]
)
def test_days_that_name_no_detail_are_not_days_without_use_of_it(scope: str, column: str) -> None:
    whole: Any = {column: None}
    metric = Series("workers_standard_requests", None, None, *[None] * 6)
    folded = [
        DayRecord(row.charge_period_start, "v2", (Line(metric, "Requests", Decimal(40)),), folded=True)
        for row in each_day("2026-10-31", "2026-11-20", **whole)
    ]
    as_of = AS_OF
    rows: dict[str, Any] = {column: "a"}
    text = f'{{"limit": "1000 Requests", "scope": {{"{scope}": ["a"]}}}}'
    daily = known(
        usage_since("2026-11-21", *each_day("2026-11-21", "2026-11-21", "30", **rows)), as_of, history=folded
    ).daily
    assert known_since(budget(text).scope, daily) == day("2026-11-21")
    assert known_since(budget().scope, daily) == day("2026-10-31")


def test_a_price_in_another_currency_does_not_price_what_is_billed_in_dollars() -> None:
    rows = each_day("2026-11-01", "2026-11-21", "10", "2")
    assert forecast(SPEND, *rows, prices=prices(price("7", currency="EUR"))).expected == 60


def test_usage_in_other_units_is_no_part_of_a_quantity() -> None:
    text = '{"limit": "1000 GB", "scope": {"metric_id": ["r2"]}}'
    rows = each_day("2026-11-01", "2026-11-21", "3", metric="r2", consumed_unit="GB")
    assert forecast(text, *TENS, *rows).expected == 90


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
