"""Reading Version 1 cycle by cycle; tests name the trap of the API that they are about."""

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.subscription import Subscription
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import (
    AccessDeniedError,
    AccountNotCoveredError,
    AccountUnknownError,
    CloudflareBudgetsError,
    UsageRefusedError,
    UsageUnavailableError,
)
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import ACCOUNT_ID, day
from tests.support.canned_api import (
    CannedApi,
    subscribed,
    v1_api,
    v1_row,
)
from tests.unit.adapters.cloudflare.usage.v1.cycles import (
    NOT_THERE,
    NOVEMBER,
    OCTOBER_CYCLE,
    SINCE_THE_5TH,
    days_of,
    ranges,
    read,
)


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
    known = (Subscription("SUB-A", day("2024-01-05"), day("2024-01-05")),)
    assert read(api) == Reading("v1", [], {"SUB-A": 5}, subscriptions=known)
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
