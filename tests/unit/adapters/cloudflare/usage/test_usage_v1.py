"""Reading Version 1 cycle by cycle; tests name the trap of the API that they are about."""

import re
from collections.abc import Sequence
from decimal import Decimal

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import (
    AccessDeniedError,
    AccountNotCoveredError,
    AccountUnknownError,
    CloudflareBudgetsError,
    UsageRefusedError,
    UsageUnavailableError,
    UsageUnreadableError,
)
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import ACCOUNT_ID, day
from tests.support.canned_api import (
    ACCOUNT,
    Asked,
    CannedApi,
    body,
    subscribed,
    subscription,
    v1_api,
    v1_row,
)

NOVEMBER = Period(day("2026-11-01"), day("2026-11-23"))
SINCE_THE_5TH = Period(day("2026-11-05"), day("2026-11-23"))
OCTOBER_CYCLE = ("2026-10-05", "2026-11-04")
SEPTEMBER_CYCLE = ("2026-09-05", "2026-10-04")
NOT_THERE = AccountUnknownError("Cloudflare answers 404")


def read(api: CannedApi, period: Period = NOVEMBER) -> Reading:
    return CloudflareUsageV1(api).read(ACCOUNT, UsageQuery(period, needs_cost=True))


def days_of(reading: Reading) -> list[str]:
    return [f"{charge.charge_period_start:%m-%d}" for charge in reading.charges]


def ranges(api: CannedApi) -> list[tuple[str, str] | None]:
    return [asked.days for asked in api.asked if not asked.path.endswith("/info")]


def test_one_cycle_needs_two_requests() -> None:
    """Trap 33: as few requests as can be, for the limit is shared with the customer's other tools."""
    api = v1_api([v1_row("2026-11-05"), v1_row("2026-11-21")])
    reading = read(api, SINCE_THE_5TH)
    assert [asked.path.removeprefix(f"/accounts/{ACCOUNT_ID}/") for asked in api.asked] == [
        "billable-usage/info",
        "billable-usage",
    ]
    assert ranges(api) == [None]
    assert days_of(reading) == ["11-05", "11-21"]
    assert (reading.source, reading.anchor_days, reading.complete_from) == ("v1", {"SUB-A": 5}, None)
    assert reading.has_costs


def test_trap_2_earlier_cycles_are_requested_from_their_first_to_their_last_day() -> None:
    api = v1_api([v1_row("2026-11-21")], {OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")]})
    assert days_of(read(api)) == ["11-21", "11-04"]
    assert ranges(api) == [None, OCTOBER_CYCLE]


def test_trap_3_an_undated_answer_with_two_cycles_is_not_summed() -> None:
    rows = [v1_row("2026-10-05", "2026-10-05"), v1_row("2026-11-04", "2026-10-05"), v1_row("2026-11-06")]
    api = v1_api(rows)
    reading = read(api)
    assert ranges(api) == [None]
    assert [(c.charge_period_start, c.billing_period_start) for c in reading.charges] == [
        (day("2026-10-05"), day("2026-10-05")),
        (day("2026-11-04"), day("2026-10-05")),
        (day("2026-11-06"), day("2026-11-05")),
    ]


def test_trap_3_an_earlier_cycle_in_the_undated_answer_without_its_first_day_is_requested() -> None:
    undated = [v1_row("2026-11-04", "2026-10-05", ConsumedQuantity=1), v1_row("2026-11-06")]
    dated = [v1_row("2026-10-06", "2026-10-05"), v1_row("2026-11-04", "2026-10-05", ConsumedQuantity=2)]
    api = v1_api(undated, {OCTOBER_CYCLE: dated})
    reading = read(api)
    assert ranges(api) == [None, OCTOBER_CYCLE]
    assert sorted(days_of(reading)) == ["10-06", "11-04", "11-06"]


def test_an_earlier_cycle_that_the_period_does_not_need_is_left_out() -> None:
    api = v1_api([v1_row("2026-11-04", "2026-10-05"), v1_row("2026-11-06")])
    assert days_of(read(api, SINCE_THE_5TH)) == ["11-06"]
    assert ranges(api) == [None]


def test_trap_4_a_day_that_two_answers_hold_counts_once_and_as_the_newer_one_has_it() -> None:
    undated = [v1_row("2026-11-04", "2026-10-05", ConsumedQuantity=n) for n in (1, 2)]
    dated = [v1_row("2026-11-04", "2026-10-05", ConsumedQuantity=n) for n in (2, 3, 4)]
    reading = read(v1_api([*undated, v1_row("2026-11-06")], {OCTOBER_CYCLE: dated}))
    quantities = [c.consumed_quantity for c in reading.charges if c.charge_period_start < day("2026-11-05")]
    assert quantities == [1, 2]


def test_trap_5_several_rows_of_a_service_and_day_in_one_answer_are_all_counted() -> None:
    rows = [v1_row(ZoneId="0" * 32), v1_row(ZoneId="1" * 32), v1_row(), v1_row(ConsumedQuantity=7)]
    assert len(read(v1_api(rows), SINCE_THE_5TH).charges) == 4


def test_trap_6_an_empty_answer_is_a_reading_without_charges_and_not_an_invented_zero() -> None:
    api = v1_api()
    assert read(api) == Reading("v1", [], {"SUB-A": 5})
    assert ranges(api) == [None, OCTOBER_CYCLE]


def test_trap_6_on_the_first_day_of_a_cycle_the_one_before_is_read() -> None:
    api = v1_api((), {OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")]})
    reading = read(api, Period(day("2026-11-01"), day("2026-11-06")))
    assert (days_of(reading), reading.complete_from) == (["11-04"], None)


def test_trap_7_an_account_that_is_not_covered_is_reported_and_not_read() -> None:
    api = v1_api([v1_row()], info=subscribed(covered=False))
    with pytest.raises(AccountNotCoveredError, match=r"`covered` is false.*not zero"):
        read(api)
    assert len(api.asked) == 1
    assert AccountNotCoveredError.kind == "not_covered"


@pytest.mark.parametrize(
    "refusal", [AccessDeniedError("403"), UsageRefusedError("400"), UsageUnavailableError("503")]
)
def test_trap_7_whatever_refuses_info_refuses_usage(refusal: CloudflareBudgetsError) -> None:
    with pytest.raises(type(refusal)):
        read(v1_api([v1_row()], info=refusal))


def test_trap_7_without_info_usage_is_read_all_the_same() -> None:
    api = v1_api([v1_row()], {OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")]}, NOT_THERE)
    reading = read(api)
    assert (days_of(reading), reading.anchor_days) == (["11-17", "11-04"], {})
    assert ranges(api) == [None, OCTOBER_CYCLE]


def test_an_account_that_is_unknown_to_both_endpoints_is_unknown() -> None:
    with pytest.raises(AccountUnknownError):
        read(CannedApi(lambda _: NOT_THERE))


def test_trap_35_an_invalid_id_is_sent_nowhere() -> None:
    api = v1_api()
    account = Account("../../user", ApiToken(Secret("x" * 40)))
    with pytest.raises(AccountUnknownError, match=r"\"../../user\" is not an account id"):
        CloudflareUsageV1(api).read(account, UsageQuery(NOVEMBER))
    assert api.asked == []


def test_trap_12_a_cycle_that_a_calendar_period_touches_is_read_whole() -> None:
    october = [v1_row("2026-10-05", "2026-10-05", "0.5"), v1_row("2026-11-04", "2026-10-05", "0.25", "0.75")]
    reading = read(v1_api([v1_row()], {OCTOBER_CYCLE: october}))
    assert days_of(reading) == ["11-17", "10-05", "11-04"]


def test_trap_13_cycles_anchored_on_the_31st_begin_on_the_last_day_of_shorter_months() -> None:
    info = subscribed(subscription(start="2024-01-31"))
    starts = ("2026-10-31", "2026-09-30", "2026-08-31", "2026-07-31", "2026-06-30")
    ends = ("2026-10-30", "2026-09-29", "2026-08-30", "2026-07-30")
    dated = {(start, end): [v1_row(end, start)] for start, end in zip(starts[1:], ends, strict=True)}
    api = v1_api([v1_row("2026-11-17", starts[0])], dated, info)
    reading = read(api, Period(day("2026-07-01"), day("2026-11-23")))
    assert ranges(api) == [None, *dated]
    assert (reading.anchor_days, reading.complete_from) == ({"SUB-A": 31}, None)


def test_trap_13_an_anchor_that_a_short_month_hid_is_found_in_the_cycle_before() -> None:
    dated = {
        ("2026-01-28", "2026-02-27"): [v1_row("2026-02-27", "2026-01-31")],
        ("2025-12-31", "2026-01-30"): [v1_row("2026-01-30", "2025-12-31")],
    }
    api = v1_api([v1_row("2026-03-01", "2026-02-28")], dated, NOT_THERE)
    assert days_of(read(api, Period(day("2026-01-01"), day("2026-03-03")))) == ["03-01", "02-27", "01-30"]


def test_trap_14_subscriptions_with_different_anchors_are_each_read_in_their_own_cycles() -> None:
    info = subscribed(subscription(), subscription("SUB-B", "2024-06-20"))
    dated = {
        OCTOBER_CYCLE: [
            v1_row("2026-11-04", "2026-10-05"),
            v1_row("2026-10-20", "2026-10-20", SubscriptionId="SUB-B"),
            v1_row("2026-11-04", "2026-10-20", SubscriptionId="SUB-B"),
        ],
        ("2026-10-20", "2026-11-19"): [
            v1_row("2026-11-04", "2026-10-20", SubscriptionId="SUB-B"),
            v1_row("2026-11-19", "2026-10-20", SubscriptionId="SUB-B"),
        ],
    }
    undated = [v1_row(), v1_row("2026-11-20", "2026-11-20", SubscriptionId="SUB-B")]
    api = v1_api(undated, dated, info)
    reading = read(api)
    assert ranges(api) == [None, *dated]
    assert reading.anchor_days == {"SUB-A": 5, "SUB-B": 20}
    assert [(c.subscription_id, f"{c.charge_period_start:%m-%d}") for c in reading.charges] == [
        ("SUB-A", "11-17"),
        ("SUB-B", "11-20"),
        ("SUB-A", "11-04"),
        ("SUB-B", "10-20"),
        ("SUB-B", "11-04"),
        ("SUB-B", "11-19"),
    ]
    assert reading.complete_from is None


def test_trap_14_a_subscription_that_only_rows_name_has_the_anchor_that_they_show() -> None:
    dated = {("2026-10-20", "2026-11-19"): [v1_row("2026-11-19", "2026-10-20", SubscriptionId="SUB-B")]}
    undated = [v1_row(), v1_row("2026-11-20", "2026-11-20", SubscriptionId="SUB-B")]
    api = v1_api(undated, dated | {OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")]})
    assert days_of(read(api)) == ["11-17", "11-20", "11-04", "11-19"]


@pytest.mark.parametrize("end", ["2026-11-10T00:00:00Z", "2026-11-22T23:00:00Z"])
def test_a_subscription_that_has_ended_is_read_and_has_no_cycles_any_more(end: str) -> None:
    info = subscribed(subscription(), subscription("SUB-B", "2024-06-20", end_timestamp=end))
    last = ("2026-10-20", "2026-11-19") if end < "2026-11-20" else ("2026-11-20", "2026-11-22")
    dated = {
        OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")],
        last: [v1_row("2026-11-21", last[0], SubscriptionId="SUB-B")],
    }
    reading = read(v1_api([v1_row()], dated, info))
    assert "11-21" in days_of(reading)
    assert reading.anchor_days == {"SUB-A": 5}


def test_a_subscription_that_ended_before_the_period_is_not_requested() -> None:
    gone = subscription("SUB-0", "2024-06-20", end_timestamp="2026-10-31T00:00:00Z")
    api = v1_api(
        [v1_row()], {OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")]}, subscribed(subscription(), gone)
    )
    read(api)
    assert ranges(api) == [None, OCTOBER_CYCLE]


def test_a_subscription_without_any_usage_is_not_missed() -> None:
    zone_plan = subscription("SUB-PLAN", "2024-06-20")
    api = v1_api(
        [v1_row("2026-11-05")],
        {OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")]},
        subscribed(subscription(), zone_plan),
    )
    assert read(api).complete_from is None


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
    nobody = v1_row("2026-10-06", "2026-10-05", SubscriptionId=None)
    october = [nobody, v1_row("2026-11-04", "2026-10-05")]
    assert days_of(read(v1_api([v1_row()], {OCTOBER_CYCLE: october}))) == ["11-17", "10-06", "11-04"]
