"""Accounts without rows on some days, for good reasons: at most one note a month."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.data_quality.consistency import quality_issues
from cloudflare_budgets.domain.data_quality.empty_days import idle_weekend, usual_gap
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import AS_OF, budget, charge, day, each_day, known, usage, usage_since
from tests.support.world import FakeUsage, World

HOURS = timedelta(hours=6, minutes=48)


@dataclass
class UsageUpTo(FakeUsage):
    """Usage that arrives a day late, and of which only the asked days are returned."""

    now: datetime = AS_OF

    def read(self, account: Account, query: UsageQuery) -> Reading:
        reading = super().read(account, query)
        rows = [
            row
            for row in reading.charges
            if row.charge_period_start in query.period and row.charge_period_end <= self.now
        ]
        return replace(reading, charges=rows, asked=query.period)


def problems_told(rows: Sequence[Charge], text: str, first: str, days: int) -> list[str]:
    """Check daily, and return the kinds of all problem alerts and resolved alerts."""
    source = UsageUpTo()
    world = World(usage=source)
    world.configuration.given_budgets = {"spend": text}
    world.use(*rows)
    for index in range(days):
        world.now = source.now = day(first) + timedelta(days=index) + HOURS
        assert world.run().failures == ()
    alerts = [message.alert for message in world.topic.published]
    return [
        f"{each['type']} {(each.get('problem') or {}).get('kind')}"
        for each in alerts
        if each["type"] != "period_closed"
    ]


def working_days(first: str, last: str, cost: str | None = None) -> list[Charge]:
    rows = each_day(first, last, "120000", cost)
    return [row for row in rows if row.charge_period_start.weekday() < 5]


COSTS = '{"limit": "50 USD", "alert_on": []}'
REQUESTS = '{"limit": "900000000 Requests", "alert_on": []}'


@pytest.mark.parametrize("text", [COSTS, REQUESTS])
@pytest.mark.parametrize("since", ["2026-09-01", "2026-10-01", "2026-10-05"])
def test_usage_on_working_days_only_is_reported_once_a_month_at_most(text: str, since: str) -> None:
    rows = working_days(since, "2026-11-30", cost="0")
    for first in ("2026-10-06", "2026-11-01"):
        assert len(problems_told(rows, text, first, 28)) <= 1


@pytest.mark.parametrize("text", [COSTS, REQUESTS])
@pytest.mark.parametrize("every", [2, 3, 4, 5])
def test_usage_every_few_days_is_reported_once_a_month_at_most(text: str, every: int) -> None:
    rows = each_day("2026-08-01", "2026-11-30", "5", "0.1")[::every]
    assert len(problems_told(rows, text, "2026-10-01", 28)) <= 1


@settings(max_examples=10, deadline=None)
@given(st.sets(st.integers(0, 6), min_size=1, max_size=6))
def test_usage_on_some_weekdays_is_reported_once_a_month_at_most(weekdays: set[int]) -> None:
    rows = [
        row
        for row in each_day("2026-08-01", "2026-11-30", "5", "0.1")
        if row.charge_period_start.weekday() in weekdays
    ]
    assert len(problems_told(rows, REQUESTS, "2026-10-01", 28)) <= 1


def test_a_product_that_was_switched_off_is_reported_once() -> None:
    rows = [
        *each_day("2026-08-01", "2026-11-30", "5", "0.1"),
        *each_day("2026-10-03", "2026-10-11", "5", "0", metric="durable_objects"),
    ]
    assert problems_told(rows, COSTS, "2026-10-10", 25) == ["problem metric_vanished"]
    assert problems_told(rows, COSTS, "2026-10-25", 25) == []


@pytest.mark.parametrize("last", ["2026-10-11", "2026-10-29"])
def test_an_account_that_fell_silent_is_reported_once_and_accepted_after_a_week(last: str) -> None:
    rows = each_day("2026-08-01", last, "5", "0.1")
    assert problems_told(rows, COSTS, "2026-10-10", 60) == ["problem stale_data"]
    found = evaluate([budget(COSTS)], known(usage(*rows), day(last) + timedelta(days=9, hours=7)))[0]
    assert found.status is Status.UNKNOWN
    assert found.reason is not None
    if last == "2026-10-11":
        found = evaluate([budget(COSTS)], known(usage(*rows), day("2026-10-22")))[0]
        assert (found.status, found.reason) == (
            Status.OK,
            "no usage since 2026-10-12: the account counts as idle",
        )
        assert found.forecast is not None
        assert found.forecast.expected < Decimal(2)


@pytest.mark.parametrize(("last", "status"), [("2026-11-06", Status.OK), ("2026-11-10", Status.UNKNOWN)])
def test_rows_of_version_1_that_end_with_a_cycle_prove_no_idle_account(last: str, status: Status) -> None:
    rows = each_day("2026-10-11", last, "5", "0.1", billing_period_start=day("2026-10-11"))
    as_of = AS_OF + timedelta(days=3)
    found = usage_since("2026-10-11", *rows, as_of=as_of, source="v1")
    text = '{"limit": "50 USD", "period": "billing_period"}'
    assert evaluate([budget(text)], known(found, as_of))[0].status is status


def test_a_steady_account_that_stops_is_reported_in_time() -> None:
    rows = each_day("2026-08-01", "2026-10-10", "5", "0.1")
    assert problems_told(rows, COSTS, "2026-10-10", 4) == ["problem stale_data"]


def test_a_missing_day_of_a_steady_account_is_reported_once_and_ends_in_silence() -> None:
    rows = each_day("2026-08-01", "2026-11-30", "5", "0.1")
    assert problems_told([*rows[:75], *rows[76:]], COSTS, "2026-10-10", 20) == ["problem missing_days"]


def with_running_totals(rows: Sequence[Charge]) -> list[Charge]:
    totals = accumulate(row.contracted_cost or Decimal(0) for row in rows)
    return [row._replace(cumulated_contracted_cost=each) for row, each in zip(rows, totals, strict=True)]


def test_running_totals_that_go_on_over_a_missing_day_prove_its_cost_but_no_quantity() -> None:
    rows = with_running_totals(each_day("2026-11-01", "2026-11-21", "5", "1", contracted_cost=Decimal(1)))
    lost, unused = [*rows[:18], *rows[19:]], with_running_totals([*rows[:18], *rows[19:]])
    budgets = [budget(COSTS), budget(REQUESTS)]
    expected = {id(lost): [Status.UNKNOWN, Status.UNKNOWN], id(unused): [Status.OK, Status.UNKNOWN]}
    for charges in (lost, unused):
        issues = quality_issues(usage(*charges), AS_OF, None)
        found = evaluate(budgets, known(usage(*charges), AS_OF, issues=issues))
        assert [each.status for each in found] == expected[id(charges)]


def test_a_gap_is_usual_that_occurred_twice_in_four_weeks() -> None:
    days = {day("2026-11-01") + timedelta(days=index) for index in range(21)}
    assert usual_gap(days, AS_OF) == 0
    assert usual_gap(days - {day("2026-11-05")}, AS_OF) == 0
    assert usual_gap(days - {day("2026-11-05"), day("2026-11-09")}, AS_OF) == 1
    gaps = {day(f"2026-11-{on:02}") for on in (5, 6, 9, 10, 11)}
    assert usual_gap(days - gaps, AS_OF) == 2
    assert usual_gap(days - gaps, day("2026-11-08")) == 0
    assert usual_gap(days - gaps, AS_OF + timedelta(days=20)) == 0


def test_weekends_are_idle_while_only_working_days_have_rows() -> None:
    days = {row.charge_period_start for row in working_days("2026-11-02", "2026-11-06")}
    assert idle_weekend(days, day("2026-11-07")) == 2
    assert idle_weekend(days, day("2026-11-08")) == 1
    assert idle_weekend(days, day("2026-11-09")) == 0
    assert idle_weekend({*days, day("2026-11-01")}, day("2026-11-07")) == 0
    assert idle_weekend(set(sorted(days)[1:]), day("2026-11-07")) == 0


def test_no_gap_is_usual_in_a_single_row() -> None:
    assert usual_gap({charge().charge_period_start}, AS_OF) == 0
