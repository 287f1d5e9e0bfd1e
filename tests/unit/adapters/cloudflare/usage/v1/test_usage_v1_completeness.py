"""What Version 1 gives completely, and what contradicts itself."""

import re
from collections.abc import Sequence
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.errors import (
    CloudflareBudgetsError,
    UsageRefusedError,
    UsageUnreadableError,
)
from tests.support.builders import day
from tests.support.canned_api import (
    Asked,
    CannedApi,
    body,
    subscribed,
    subscription,
    v1_api,
    v1_row,
)
from tests.unit.adapters.cloudflare.usage.v1.cycles import OCTOBER_CYCLE, SINCE_THE_5TH, days_of, ranges, read

SEPTEMBER_CYCLE = ("2026-09-05", "2026-10-04")


def test_history_that_ends_is_complete_only_from_the_earliest_cycle_that_was_read() -> None:
    api = v1_api([v1_row()], {OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")]})
    reading = read(api, Period(day("2026-01-01"), day("2026-11-23")))
    assert ranges(api) == [None, OCTOBER_CYCLE, SEPTEMBER_CYCLE]
    assert reading.complete_from == day("2026-10-05")


def test_history_that_begins_with_the_subscription_is_complete() -> None:
    info = subscribed(subscription(start="2026-10-05"))
    api = v1_api([v1_row()], {OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")]}, info)
    reading = read(api, Period(day("2026-01-01"), day("2026-11-23")))
    assert ranges(api) == [None, OCTOBER_CYCLE]
    assert reading.complete_from is None


def test_at_most_fourteen_earlier_cycles_are_requested() -> None:
    def answer(asked: Asked) -> bytes:
        if asked.path.endswith("/info"):
            return subscribed(subscription(start="2019-01-05"))
        first, last = asked.days or ("2026-11-05", "2026-11-21")
        return body([v1_row(last, first)])

    api = CannedApi(answer)
    reading = read(api, Period(day("2025-01-01"), day("2026-11-23")))
    assert len(ranges(api)) == 15
    assert reading.complete_from == day("2025-09-05")


def test_a_last_day_that_does_not_arrive_is_requested_with_one_day_more() -> None:
    """Whether `to` belongs to a range of Version 1 is not documented (trap 30 says so of Version 2)."""
    dated = {
        OCTOBER_CYCLE: [v1_row("2026-11-03", "2026-10-05", ConsumedQuantity=1)],
        ("2026-10-05", "2026-11-05"): [
            v1_row("2026-11-03", "2026-10-05", ConsumedQuantity=2),
            v1_row("2026-11-04", "2026-10-05", ConsumedQuantity=3),
        ],
    }
    api = v1_api([v1_row(ConsumedQuantity=4)], dated)
    assert [charge.consumed_quantity for charge in read(api).charges] == [4, 1, 3]
    assert ranges(api) == [None, *dated]


def test_where_one_day_more_is_refused_what_came_before_is_used() -> None:
    def answer(asked: Asked) -> bytes | CloudflareBudgetsError:
        if asked.path.endswith("/info"):
            return subscribed()
        if asked.days == ("2026-10-05", "2026-11-05"):
            return UsageRefusedError("Cloudflare answers 400")
        return body([v1_row("2026-11-03", "2026-10-05") if asked.days else v1_row()])

    assert days_of(read(CannedApi(answer))) == ["11-17", "11-03"]


def test_trap_16_a_cycle_that_lost_a_row_contradicts_its_running_total() -> None:
    october = [v1_row("2026-10-05", "2026-10-05", "0.5"), v1_row("2026-11-04", "2026-10-05", "0.25", "0.75")]
    assert read(v1_api([v1_row()], {OCTOBER_CYCLE: october})).contradiction is None
    lost = read(v1_api([v1_row()], {OCTOBER_CYCLE: october[1:]})).contradiction
    assert re.search(r"cost 0.25 USD in total, but .* is 0.75", lost or "")
    wrong = read(v1_api([v1_row(cost=2, running=3)])).contradiction
    assert re.search(r"cost 2 USD in total, but .* is 3", wrong or "")


def test_trap_16_a_part_of_a_cycle_is_not_compared_with_its_running_total() -> None:
    rows = [v1_row("2026-11-04", "2026-10-05", "0.25", "0.75"), v1_row("2026-11-06")]
    reading = read(v1_api(rows))
    assert (days_of(reading), reading.complete_from) == (["11-04", "11-06"], day("2026-11-05"))


def test_trap_16_running_totals_are_never_costs() -> None:
    rows = [v1_row("2026-11-05", cost="0.5"), v1_row("2026-11-06", cost="0.25", running="0.75")]
    charges = read(v1_api(rows), SINCE_THE_5TH).charges
    assert [charge.billed_cost for charge in charges] == [Decimal("0.5"), Decimal("0.25")]


def test_trap_32_rows_of_two_currencies_stay_apart() -> None:
    rows = [v1_row(cost=1), v1_row(cost=2, BillingCurrency="EUR")]
    charges = read(v1_api(rows), SINCE_THE_5TH).charges
    assert [(charge.billed_cost, charge.billing_currency) for charge in charges] == [
        (Decimal(1), "USD"),
        (Decimal(2), "EUR"),
    ]


def test_what_begins_after_the_period_is_left_out() -> None:
    """A check of an instant that has passed must not know what came later."""
    rows = [v1_row("2026-11-22"), v1_row("2026-11-23")]
    assert days_of(read(v1_api(rows), SINCE_THE_5TH)) == ["11-22"]


def test_an_instant_of_an_earlier_cycle_is_reached_from_the_current_one() -> None:
    """And no further: a `to` in the future is not documented, so none is asked for."""
    dated = {("2026-10-05", "2026-10-08"): [v1_row("2026-10-07", "2026-10-05")]}
    reading = read(v1_api([v1_row("2026-11-17")], dated), Period(day("2026-10-06"), day("2026-10-09")))
    assert days_of(reading) == ["10-07"]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, "does not say whether the account is covered"),
        ([], "does not say whether"),
        ({}, "does not say whether"),
        ({"covered": "yes", "subscriptions": []}, "does not say whether"),
        ({"covered": True}, "has null for `subscriptions`"),
        ({"covered": True, "subscriptions": {}}, "has an object for `subscriptions`"),
        ({"covered": True, "subscriptions": ["SUB-A"]}, 'has "SUB-A" for a subscription'),
        (
            {"covered": True, "subscriptions": [subscription() | {"id": 7}]},
            "with id 7, but it must be a text",
        ),
        (
            {"covered": True, "subscriptions": [subscription() | {"billing_cycle_anchor_timestamp": "soon"}]},
            'with billing_cycle_anchor_timestamp "soon", but it must be a timestamp',
        ),
        ({"covered": True, "subscriptions": [{"id": "SUB-A"}]}, "with start_timestamp null"),
        ({"covered": True, "subscriptions": [subscription() | {"end_timestamp": 1}]}, "with end_timestamp 1"),
    ],
)
def test_trap_23_info_that_has_changed_is_refused(result: object, words: str) -> None:
    with pytest.raises(UsageUnreadableError, match=f"^Cloudflare's answer about the account .*{words}"):
        read(v1_api([v1_row()], info=body(result)))


@pytest.mark.parametrize("rows", [[v1_row(), v1_row(ConsumedQuantity=-1)], [v1_row(ConsumedQuantity=None)]])
def test_trap_23_one_unreadable_row_condemns_the_answer(rows: Sequence[dict[str, object]]) -> None:
    with pytest.raises(UsageUnreadableError):
        read(v1_api(rows))


def test_an_anchor_has_its_day_in_utc() -> None:
    late = {"billing_cycle_anchor_timestamp": "2024-01-04T23:30:00-05:00"}
    assert read(v1_api([v1_row()], info=subscribed(subscription(**late)))).anchor_days == {"SUB-A": 5}


def test_trap_14_a_row_of_an_earlier_cycle_that_names_no_subscription_stays_with_its_cycle() -> None:
    unnamed = v1_row("2026-10-06", "2026-10-05", SubscriptionId=None)
    october = [unnamed, v1_row("2026-11-04", "2026-10-05")]
    assert days_of(read(v1_api([v1_row()], {OCTOBER_CYCLE: october}))) == ["11-17", "10-06", "11-04"]
