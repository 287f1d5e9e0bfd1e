"""Estimates of calendar months while allowances follow billing cycles, in runs on many mornings."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import charge, day, each_day, judged, price, prices, usage_since
from tests.support.world import World
from tests.unit.domain.alerts.test_anomalies_in_runs import OfOneApi

DAY = timedelta(days=1)
NEWCOMER: dict[str, Any] = {
    "billing_period_start": day("2026-10-20"),
    "billing_period_end": day("2026-11-20"),
}
SPEND = '{"limit": "1000 USD", "alert_on": []}'


def rows_from(first: str, last: str) -> list[Charge]:
    """Use ten a day, in cycles that begin on the 11th."""
    days = (day(last) - day(first)).days + 1
    return [_row(day(first) + index * DAY) for index in range(days)]


def _row(on: datetime) -> Charge:
    begun = on.month if on.day >= 11 else on.month - 1
    return charge(
        f"{on:%Y-%m-%d}",
        "10",
        billing_period_start=datetime(2026, begun, 11, tzinfo=on.tzinfo),
        billing_period_end=datetime(2026, begun + 1, 11, tzinfo=on.tzinfo),
    )


def run_on(world: World, on: datetime, rows: list[Charge]) -> Evaluation:
    world.use(*(row for row in rows if row.charge_period_start < on))
    world.now = on + timedelta(hours=10)
    return world.run().accounts[0].evaluations[0]


def given(budget: str = SPEND) -> World:
    world = World(usage=OfOneApi(), prices=prices(price("1", "200")))
    world.configuration.given_budgets = {"spend": budget}
    return world


def test_each_morning_of_two_months_the_estimate_is_what_the_cycles_make_of_it() -> None:
    world, rows, on = given(), rows_from("2026-07-01", "2026-11-30"), day("2026-09-03")
    while on < day("2026-11-01"):
        found = run_on(world, on, rows)
        if on.day == 1:
            on += DAY
            continue  # nothing is known of the month yet
        # 200 last for the 20 days from the 11th on; from then to the next 11th each day costs ten.
        paid = [
            one
            for one in (on.replace(day=1) + index * DAY for index in range(on.day - 1))
            if one.day < 11 or one.day > 30
        ]
        assert found.observed is not None
        assert found.observed.number == 10 * len(paid)
        assert found.unknown is None
        on += DAY
    assert "threshold_crossed" not in {message.attributes["type"] for message in world.topic.published}


def test_a_first_run_late_in_a_month_includes_what_its_cycles_used() -> None:
    found = run_on(given(), day("2026-09-29"), rows_from("2026-07-01", "2026-09-28"))
    assert (str(found.observed), found.status) == ("100 USD", Status.OK)


def test_the_forecast_begins_the_allowance_again_with_each_cycle() -> None:
    found = run_on(given(), day("2026-10-06"), rows_from("2026-07-01", "2026-10-05"))
    assert found.forecast is not None
    # Ten days until the 10th, and the 31st.
    assert found.forecast.expected == Decimal(110)


def test_a_budget_of_a_day_includes_what_the_cycle_used_before_it() -> None:
    world, rows = (
        given('{"limit": "1000 USD", "alert_on": [], "period": "day"}'),
        rows_from("2026-07-01", "2026-10-10"),
    )
    run_on(world, day("2026-10-05"), rows)
    world.use(*(row for row in rows if row.charge_period_start < day("2026-10-06")))
    world.now = day("2026-10-06") + timedelta(hours=10)
    yesterday = world.run().accounts[0].evaluations[1]
    assert (str(yesterday.observed), yesterday.unknown) == ("10 USD", None)


def test_a_new_account_used_nothing_of_the_allowance_on_days_that_were_read_and_had_no_rows() -> None:
    world, rows = given(), each_day("2026-11-03", "2026-11-12", "10", **NEWCOMER)
    first, next_day = (run_on(world, day(on), rows) for on in ("2026-11-12", "2026-11-13"))
    assert [(str(found.observed), found.unknown) for found in (first, next_day)] == [("0 USD", None)] * 2


def test_days_that_could_not_be_read_may_have_used_up_the_allowance_of_a_new_account() -> None:
    rows = each_day("2026-11-03", "2026-11-12", "10", **NEWCOMER)
    found = judged(SPEND, usage_since("2026-11-01", *rows), prices=prices(price("1", "200")))
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.HISTORY_UNAVAILABLE


def test_a_cycle_of_a_year_is_not_ok_by_the_part_that_was_read() -> None:
    year: dict[str, Any] = {
        "billing_period_start": day("2026-01-01"),
        "billing_period_end": day("2027-01-01"),
    }
    rows = each_day("2026-10-18", "2026-11-21", "1", "1", **year)
    few, many = (
        judged(f'{{"limit": "{limit} USD", "period": "billing_period"}}', usage_since("2026-10-18", *rows))
        for limit in (100, 30)
    )
    assert (str(few.observed), few.status, many.status) == ("35 USD", Status.UNKNOWN, Status.BREACHED)
    assert "the period began 1 Jan 2026" in str(few.reason)
