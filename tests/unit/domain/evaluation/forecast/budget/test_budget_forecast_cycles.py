"""Forecasts of billing cycles: each looks only at what will be counted in it."""

from decimal import Decimal
from typing import Any

import pytest

from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.history import records_of
from tests.support.builders import AS_OF, budget, charge, day, each_day, known, price, prices, usage_since


def cycle(start: str, end: str, subscription: str | None = None) -> dict[str, Any]:
    return {
        "billing_period_start": day(start),
        "billing_period_end": day(end),
        "sub_account_id": subscription,
    }


SMALL = cycle("2026-11-05", "2026-12-05", "small")
LARGE_BEFORE = cycle("2026-10-20", "2026-11-20", "large")
LARGE = cycle("2026-11-20", "2026-12-20", "large")


def cycles_of(text: str, *rows: Charge, **more: Any) -> dict[str, Evaluation]:  # noqa: ANN401 - for `evaluation_context`
    found = evaluate([budget(text)], known(usage_since("2026-10-18", *rows), **more))
    return {f"{each.window.period.start:%m-%d}": each for each in found if each.window}


def expected(evaluation: Evaluation) -> Decimal:
    assert evaluation.forecast is not None
    return evaluation.forecast.expected


def two_subscriptions(cost: bool = False) -> list[Charge]:  # noqa: FBT001, FBT002 - the case
    small, large = ("1", "100") if cost else (None, None)
    return [
        *each_day("2026-11-05", "2026-11-21", "1", small, **SMALL),
        *each_day("2026-10-20", "2026-11-19", "100", large, **LARGE_BEFORE),
        *each_day("2026-11-20", "2026-11-21", "100", large, **LARGE),
    ]


@pytest.mark.parametrize(
    ("unit", "rows", "listed"),
    [
        ("Requests", two_subscriptions(), prices()),
        ("USD", two_subscriptions(), prices(price())),
        ("USD", two_subscriptions(cost=True), prices()),
        ("USD", two_subscriptions(cost=True), prices(price())),
    ],
)
def test_a_cycle_expects_nothing_of_another_subscriptions_days(
    unit: str,
    rows: list[Charge],
    listed: Any,  # noqa: ANN401 - a list of prices
) -> None:
    text = f'{{"limit": "1000 {unit}", "period": "billing_period", "thresholds": ["100% forecast"]}}'
    found = cycles_of(text, *rows, prices=listed)
    assert (expected(found["11-05"]), found["11-05"].forecast_crossed) == (Decimal(30), ())
    assert expected(found["11-20"]) == 3000
    assert expected(found["10-20"]) == 3100


def test_each_cycles_line_of_an_allowance_expects_its_own_subscriptions_use() -> None:
    text = '{"limit": "100% of allowance", "thresholds": ["100%", "100% forecast"]}'
    found = cycles_of(text, *two_subscriptions(), prices=prices(price(included="1000")))
    assert expected(found["11-05"]) == 30
    assert expected(found["11-20"]) == 3000


def test_a_cycle_without_rows_yet_expects_what_the_one_before_used() -> None:
    rows = each_day("2026-10-22", "2026-11-21", "10", **cycle("2026-10-22", "2026-11-22"))
    found = cycles_of('{"limit": "900 Requests", "period": "billing_period"}', *rows)
    assert set(found) == {"11-22", "10-22"}
    assert "no usage yet" in str(found["11-22"].reason)
    today = charge("2026-11-22", "0", **cycle("2026-11-22", "2026-12-22", "new"))
    found = cycles_of('{"limit": "900 Requests", "period": "billing_period"}', *rows, today)
    assert expected(found["11-22"]) == 300


def test_a_subscription_that_began_anew_adds_nothing_more_to_the_cycle_it_left() -> None:
    rows = [
        *each_day("2026-11-05", "2026-11-17", "3", **cycle("2026-11-05", "2026-12-05")),
        *each_day("2026-11-18", "2026-11-21", "3", **cycle("2026-11-18", "2026-12-18")),
    ]
    found = cycles_of('{"limit": "900 Requests", "period": "billing_period"}', *rows)
    assert expected(found["11-05"]) == 39
    assert expected(found["11-18"]) == 90


def test_rows_that_name_no_subscription_are_expected_in_every_cycle_that_they_name() -> None:
    one, other = cycle("2026-11-05", "2026-12-05"), cycle("2026-11-10", "2026-12-10")
    rows = [
        *each_day("2026-11-10", "2026-11-21", "1", **one),
        *each_day("2026-11-10", "2026-11-21", "1", **other),
    ]
    found = cycles_of('{"limit": "900 Requests", "period": "billing_period"}', *rows)
    assert expected(found["11-05"]) == 12 + 13 * 2
    assert expected(found["11-10"]) == 12 + 18 * 2


def test_days_that_only_the_history_contains_count_for_the_cycle_of_their_metric() -> None:
    before = records_of(usage_since("2026-10-10", *each_day("2026-10-10", "2026-10-17", "10")), AS_OF)
    rows = each_day("2026-10-18", "2026-11-21", "10", **cycle("2026-11-05", "2026-12-05", "one"))
    text = '{"limit": "900 Requests", "period": "billing_period"}'
    assert expected(cycles_of(text, *rows, history=before)["11-05"]) == 350 + 130


def test_what_names_no_cycle_is_expected_in_every_one_as_it_is_counted() -> None:
    rows = [
        *each_day("2026-11-05", "2026-11-21", "1", **cycle("2026-11-05", "2026-12-05")),
        *each_day("2026-11-05", "2026-11-21", "10", metric="r2"),
    ]
    found = cycles_of('{"limit": "900 Requests", "period": "billing_period"}', *rows)
    assert expected(found["11-05"]) == 30 + 300
