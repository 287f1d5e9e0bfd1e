from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from local.cloudflare.accounts.account import Account, GivenRows
from local.cloudflare.accounts.examples import CLOSED, EMPTY, ORDINARY, crowded
from local.cloudflare.accounts.self_serve import (
    ANCHOR_31,
    NO_INFO,
    SELF_SERVE,
    TWO_PERIODS,
    TWO_SUBSCRIPTIONS,
    UNCOVERED,
    UNREADABLE,
    self_serve,
)
from local.cloudflare.api.routes import answer
from local.cloudflare.http import Request

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def _ask(account: Account, query: str = "", now: datetime = NOW, path: str = "") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {account.credentials.token}"}
    target = f"/client/v4/accounts/{account.id}/billable-usage{path}{query}"
    reply = answer(Request.of("GET", target, headers.items()), (account,), now)
    return reply.status, json.loads(reply.body, parse_float=Decimal)


def _rows(account: Account, query: str = "", now: datetime = NOW) -> list[dict[str, Any]]:
    status, document = _ask(account, query, now)
    assert status == 200
    rows: list[dict[str, Any]] = document["result"]
    return rows


def _days(rows: list[dict[str, Any]]) -> list[str]:
    return sorted({row["ChargePeriodStart"][:10] for row in rows})


def _cycles(rows: list[dict[str, Any]]) -> set[str]:
    return {row["BillingPeriodStart"][:10] for row in rows}


def test_without_dates_the_current_cycle_is_returned() -> None:
    rows = _rows(SELF_SERVE)

    assert _cycles(rows) == {"2026-11-05"}
    assert (_days(rows)[0], _days(rows)[-1]) == ("2026-11-05", "2026-11-21")


def test_the_envelope_has_null_where_there_are_no_errors() -> None:
    assert _ask(EMPTY) == (200, {"success": True, "errors": None, "messages": None, "result": []})


def test_on_the_first_day_of_a_cycle_no_row_has_arrived_yet() -> None:
    assert _rows(SELF_SERVE, now=datetime(2026, 11, 5, 9, tzinfo=UTC)) == []
    assert _days(_rows(SELF_SERVE, now=datetime(2026, 11, 6, 9, tzinfo=UTC))) == ["2026-11-05"]


@pytest.mark.parametrize("query", ["?from=2026-11-06&to=2026-11-20", "?from=2026-11-06"])
def test_a_range_without_the_anchor_day_gets_nothing(query: str) -> None:
    assert _rows(SELF_SERVE, query) == []


def test_a_range_with_one_anchor_day_gets_the_slice_that_starts_there() -> None:
    whole_cycle = _rows(SELF_SERVE, "?from=2026-10-05&to=2026-11-04")
    across_one = _rows(SELF_SERVE, "?from=2026-10-20&to=2026-11-10")

    assert (_cycles(whole_cycle), len(_days(whole_cycle))) == ({"2026-10-05"}, 31)
    assert (_cycles(across_one), _days(across_one)[0], _days(across_one)[-1]) == (
        {"2026-11-05"},
        "2026-11-05",
        "2026-11-10",
    )


def test_a_range_over_two_anchor_days_gets_one_slice_only() -> None:
    assert _cycles(_rows(SELF_SERVE, "?from=2026-10-05&to=2026-11-20")) == {"2026-10-05"}


def test_a_range_may_end_in_the_future_and_leave_its_last_day_out() -> None:
    exclusive = replace(SELF_SERVE, last_day_included=False)

    assert _rows(SELF_SERVE, "?from=2026-11-05&to=2026-12-04") == _rows(SELF_SERVE)
    assert _days(_rows(exclusive, "?from=2026-11-05&to=2026-11-08"))[-1] == "2026-11-07"
    assert _rows(SELF_SERVE, "?from=2026-11-05") == _rows(SELF_SERVE, "?to=2026-11-30") == _rows(SELF_SERVE)


@pytest.mark.parametrize(
    "query",
    ["?from=&to=", "?from=yesterday", "?to=20261101", "?to=2026-11-01", "?from=2026-11-05&to=2026-11-04"],
)
def test_a_wrong_range_is_refused_with_1183(query: str) -> None:
    status, document = _ask(SELF_SERVE, query)

    assert (status, document["errors"][0]["code"]) == (400, 1183)


def test_an_anchor_on_the_31st_falls_on_the_last_day_of_a_shorter_month() -> None:
    november = _rows(ANCHOR_31, "?from=2026-10-31&to=2026-11-29", NOW + timedelta(days=10))
    december = _rows(ANCHOR_31, now=NOW + timedelta(days=10))

    assert (_cycles(november), len(_days(november))) == ({"2026-10-31"}, 30)
    assert (_cycles(december), _days(december)) == ({"2026-11-30"}, ["2026-11-30", "2026-12-01"])


@pytest.mark.parametrize(
    ("day", "cycles"),
    [(8, {"2026-10-08"}), (27, {"2026-10-08", "2026-11-08"}), (28, {"2026-11-08"})],
)
def test_for_some_days_the_cycle_before_is_read_too(day: int, cycles: set[str]) -> None:
    rows = _rows(TWO_PERIODS, now=datetime(2026, 11, day, 10, tzinfo=UTC))

    assert _cycles(rows) == cycles
    assert len(rows) == len(
        {(row["ServiceName"], row.get("ZoneId"), row["ChargePeriodStart"]) for row in rows}
    )


def test_two_subscriptions_have_their_own_cycles() -> None:
    rows = _rows(TWO_SUBSCRIPTIONS)

    starts = {(row["SubscriptionId"], row["BillingPeriodStart"][:10]) for row in rows}
    developer, cancelled, second = (one.id for one in TWO_SUBSCRIPTIONS.subscriptions)
    assert starts == {(developer, "2026-11-05"), (second, "2026-11-20")}
    assert _cycles(_rows(TWO_SUBSCRIPTIONS, "?from=2026-11-18&to=2026-11-21")) == {"2026-11-20"}
    january = _rows(TWO_SUBSCRIPTIONS, "?from=2026-01-31&to=2026-02-28")
    assert {row["SubscriptionId"] for row in january} == {developer, cancelled}
    assert _days([row for row in january if row["SubscriptionId"] == cancelled])[-1] == "2026-02-27"


def test_an_account_that_is_not_covered_gets_an_empty_list() -> None:
    assert _rows(UNCOVERED) == []
    assert _ask(UNCOVERED, path="/info")[1]["result"] == {"covered": False, "subscriptions": []}


@pytest.mark.parametrize("path", ["", "/info"])
def test_both_versions_can_be_closed(path: str) -> None:
    status, document = _ask(UNREADABLE, path=path)

    assert (status, document["errors"]) == (403, [{"code": 10000, "message": "Authentication error"}])
    assert not UNREADABLE.v2_open


def test_the_info_lists_subscriptions_and_the_end_of_the_cancelled_one() -> None:
    active, cancelled, _ = _ask(TWO_SUBSCRIPTIONS, path="/info")[1]["result"]["subscriptions"]

    assert active == {
        "id": TWO_SUBSCRIPTIONS.subscriptions[0].id,
        "start_timestamp": "2024-03-05T00:00:00Z",
        "billing_cycle_anchor_timestamp": "2024-03-05T00:00:00Z",
    }
    assert cancelled["end_timestamp"] == "2026-02-28T00:00:00Z"


def test_some_accounts_have_no_info() -> None:
    status, document = _ask(NO_INFO, path="/info")

    assert (status, document["errors"][0]["code"]) == (404, 7003)
    assert _rows(NO_INFO)


@pytest.mark.parametrize("account", [ORDINARY, CLOSED], ids=lambda account: account.name)
def test_accounts_of_version_2_have_version_1_by_calendar_month(account: Account) -> None:
    assert _cycles(_rows(account)) == {"2026-11-01"}


def test_a_crowd_is_as_large_in_version_1() -> None:
    assert len(_rows(crowded(2000))) == 2000


def test_given_rows_are_given_back() -> None:
    previous, current = (
        {"ChargePeriodStart": f"2026-11-0{day}T00:00:00Z", "BilledCost": day} for day in (4, 6)
    )
    given = replace(self_serve("Given", date(2026, 3, 5)), source=GivenRows((previous, current)))

    assert _rows(given) == [previous, current]
    assert _rows(given, "?from=2026-11-05&to=2026-11-07") == [current]
    assert _rows(given, "?from=2026-11-06&to=2026-11-07") == []
