"""Budgets of an allowance: people are told of 80 % of it while the bill is still nothing."""

from typing import Any

import pytest

from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.pricing.price import Aggregation, IncludedPer, PriceList
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import budget, charge, day, each_day, known, price, prices, usage_since
from tests.support.fakes import FakeConfiguration
from tests.support.world import EXAMPLE, World
from tests.unit.domain.evaluation.costs.allowances import ALLOWANCE, CYCLE, KV, LISTED, R2


def lines(*rows: Charge, text: str = ALLOWANCE, listed: PriceList = LISTED) -> list[Evaluation]:
    return evaluate([budget(text)], known(usage_since("2026-11-01", *rows), prices=listed))


def summary(found: list[Evaluation]) -> list[tuple[str | None, str, str, str]]:
    return [
        (line.budget.allowance_of, line.budget.limit_text, str(line.observed), line.status.value)
        for line in found
    ]


def test_each_metric_has_a_line_of_its_own() -> None:
    found = lines(charge(quantity="79"), charge(quantity="40", metric=KV))
    assert summary(found) == [
        ("workers_standard_requests", "100 Requests", "79 Requests", "breached"),
        (KV, "50 Requests", "40 Requests", "breached"),
    ]
    assert [[threshold.label("") for threshold in line.crossed] for line in found] == [
        ["50%"],
        ["50%", "80%"],
    ]


def test_a_metric_that_includes_nothing_has_no_line() -> None:
    (found,) = lines(charge(metric=R2))
    assert summary([found]) == [(None, "100% of allowance", "None", "ok")]
    assert "include nothing: every unit is billed" in str(found.reason)


def test_a_share_of_the_allowance_is_a_smaller_limit() -> None:
    (line,) = lines(charge(quantity="60"), text='{"limit": "75% of allowance", "thresholds": ["80%"]}')
    assert (line.budget.limit_text, line.status) == ("75 Requests", Status.BREACHED)
    assert [threshold.amount for threshold in line.crossed] == [60]


def test_the_scope_says_which_metrics_have_a_line() -> None:
    text = '{"limit": "100% of allowance", "scope": {"metric_id": ["kv_*"]}}'
    found = lines(charge(quantity="79"), charge(quantity="1", metric=KV), text=text)
    assert [line.budget.allowance_of for line in found] == [KV]


def test_a_scope_without_usage_is_said_to_match_nothing() -> None:
    text = '{"limit": "100% of allowance", "scope": {"metric_id": ["d1_*"]}}'
    (found,) = lines(charge(), text=text, listed=prices(price(metric="d1_rows_read")))
    assert (found.status, found.window) == (Status.OK, None)
    assert "no usage matches the scope" in str(found.reason)
    (found,) = lines(charge(), text=text)
    assert (found.status, found.unknown and found.unknown.kind) == (
        Status.UNKNOWN,
        UnknownKind.NO_MATCHING_USAGE,
    )


def test_without_any_rows_nothing_is_known_of_an_allowance() -> None:
    (found,) = lines()
    assert (found.status, found.unknown and found.unknown.kind) == (Status.UNKNOWN, UnknownKind.NO_DATA)
    world = World(FakeConfiguration([EXAMPLE], {"free": ALLOWANCE}))
    world.run()
    assert [message.alert["problem"]["kind"] for message in world.topic.published] == ["no_data"]


def test_old_usage_of_other_metrics_proves_no_allowance_unused() -> None:
    text = '{"limit": "100% of allowance", "scope": {"metric_id": ["kv_*"]}}'
    (found,) = lines(charge("2026-11-16"), text=text)
    assert (found.status, found.unknown and found.unknown.kind) == (Status.UNKNOWN, UnknownKind.STALE_DATA)


def test_an_allowance_is_that_of_the_billing_cycle() -> None:
    earlier: dict[str, Any] = {
        "billing_period_start": day("2026-10-11"),
        "billing_period_end": day("2026-11-11"),
    }
    (line,) = lines(charge("2026-11-10", "90", **earlier), charge(quantity="30", **CYCLE))
    assert line.window is not None
    assert (str(line.observed), line.window.period.start) == ("30 Requests", day("2026-11-11"))


def test_where_no_cycle_is_known_an_allowance_is_that_of_the_calendar_month() -> None:
    (line,) = lines(charge("2026-11-02", "30"), charge(quantity="30"))
    assert line.window is not None
    assert (str(line.observed), line.window.period.start) == ("60 Requests", day("2026-11-01"))


def test_a_daily_allowance_is_evaluated_day_by_day() -> None:
    listed = prices(price(included="10", included_per=IncludedPer.DAY))
    rows = [charge("2026-11-20", "9"), charge("2026-11-21", "3"), charge("2026-11-22", "1")]
    found = lines(*rows, listed=listed)
    starts = [line.window.period.start.day for line in found if line.window]
    assert starts[:3] == [22, 21, 20]
    assert [str(line.observed) for line in found[:3]] == ["1 Requests", "3 Requests", "9 Requests"]
    assert [line.status for line in found[:3]] == [Status.OK, Status.OK, Status.BREACHED]


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        (prices(), "it is not in the price list"),
        (prices(price(included=None)), "how much of it is included is not known"),
        (prices(price(tiers=())), "its price is not known"),
        (prices(price(units=("GB",))), "its price is for GB, but it comes in Requests"),
        (prices(price(included="1", aggregation=Aggregation.PEAK_AVERAGE)), "the mean of daily peaks"),
        (prices(price(included="1", each_zone=True)), "each zone has an allowance of its own"),
    ],
)
def test_a_metric_whose_allowance_is_unknown_is_named(listed: PriceList, reason: str) -> None:
    (found,) = lines(charge(), listed=listed)
    assert found.unknown is not None
    assert (found.status, found.unknown.kind) == (Status.UNKNOWN, UnknownKind.NO_ALLOWANCE)
    assert "workers_standard_requests: " in found.unknown.reason
    assert reason in found.unknown.reason


def test_what_is_not_known_of_one_metric_does_not_prevent_another_alert() -> None:
    found = lines(charge(quantity="85"), charge(metric="zaraz_loads"))
    assert [line.status for line in found] == [Status.BREACHED, Status.UNKNOWN]


def test_corrections_use_nothing_of_the_allowance() -> None:
    (line,) = lines(charge(quantity="30"), charge(quantity="60", charge_class="Correction"))
    assert str(line.observed) == "30 Requests"


def test_a_series_of_nothing_but_corrections_does_not_make_an_allowance_unknown() -> None:
    correction = charge(quantity="60", charge_class="Correction", x_zone_id="a")
    for rows in ((charge(quantity="30"), correction), (correction, charge(quantity="30"))):
        (line,) = lines(*rows)
        assert str(line.observed) == "30 Requests"


def test_an_allowance_can_be_foreseen_to_run_out() -> None:
    text = '{"limit": "100% of allowance", "thresholds": ["100% forecast"]}'
    (line,) = lines(*each_day("2026-11-01", "2026-11-21", "4"), text=text)
    assert line.forecast is not None
    assert line.forecast.expected == 120
    assert len(line.forecast_crossed) == 1
