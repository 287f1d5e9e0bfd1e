from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from local.cloudflare.accounts.examples import ORDINARY, RATED
from local.cloudflare.accounts.self_serve import SELF_SERVE
from local.cloudflare.api import v1
from local.cloudflare.api.v2 import get_usage
from local.cloudflare.faults.faults import Fault, FaultKind, Switchboard, faults_of_json
from local.cloudflare.faults.registry import broken
from local.cloudflare.http import Reply, Request, Target, failure, success

if TYPE_CHECKING:
    from local.cloudflare.accounts.account import Account

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@cache
def _healthy(account: Account = RATED) -> Reply:
    query = {"from": "2026-11-18", "to": "2026-11-20"}
    return get_usage(Request("GET", "/client/v4", query, {}), account, NOW)


@cache
def _healthy_v1() -> Reply:
    return v1.get_usage(Request("GET", "/client/v4", {}, {}), SELF_SERVE, NOW)


def _broken_rows(
    kind: FaultKind, argument: str | None = None, account: Account = RATED
) -> list[dict[str, Any]]:
    reply = broken(_healthy(account), Fault(kind, argument))
    rows: list[dict[str, Any]] = json.loads(reply.body, parse_float=Decimal)["result"]
    return rows


def _rows(account: Account = RATED) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(_healthy(account).body, parse_float=Decimal)["result"]
    return rows


@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_changes_the_reply(kind: FaultKind) -> None:
    assert broken(_healthy(), Fault(kind)) != _healthy()


@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_changes_an_answer_of_version_1(kind: FaultKind) -> None:
    assert broken(_healthy_v1(), Fault(kind)) != _healthy_v1()


@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_handles_an_answer_without_rows(kind: FaultKind) -> None:
    broken(failure(403, {"message": "no"}), Fault(kind))
    broken(success(b"[]"), Fault(kind))
    broken(v1.get_info(Request("GET", "", {}, {}), SELF_SERVE, NOW), Fault(kind))


def test_only_what_may_be_null_in_version_1_is() -> None:
    row = json.loads(broken(_healthy_v1(), Fault(FaultKind.NULLS)).body)["result"][0]

    assert [column for column, value in row.items() if value is None] == [
        "BillingAccountName",
        "ChargeClass",
        "ChargeDescription",
        "SubscriptionId",
        "ZoneId",
        "ZoneName",
    ]


@pytest.mark.parametrize(
    ("fault", "met"),
    [
        (Fault(FaultKind.SILENCE), {"GET usage", "POST usage", "GET v1"}),
        (Fault(FaultKind.SILENCE, path="billable-usage"), {"GET v1"}),
        (Fault(FaultKind.SILENCE, path="billable/usage"), {"GET usage", "POST usage"}),
        (Fault(FaultKind.SILENCE, path="billable/usage", method="POST"), {"POST usage"}),
        (Fault(FaultKind.SILENCE, account_id="b", method="GET"), set()),
    ],
)
def test_a_fault_can_be_of_one_account_path_and_method(fault: Fault, met: set[str]) -> None:
    targets = {
        "GET usage": Target("GET", "a", "billable/usage"),
        "POST usage": Target("POST", "a", "billable/usage"),
        "GET v1": Target("GET", "a", "billable-usage"),
    }

    assert {name for name, target in targets.items() if fault.meets(target)} == met


def test_a_row_arrives_twice() -> None:
    assert _broken_rows(FaultKind.DUPLICATE_ROW) == [*_rows(), _rows()[0]]


@pytest.mark.parametrize(
    ("kind", "argument", "text"),
    [
        (FaultKind.NOT_A_NUMBER, None, b'"ConsumedQuantity":NaN'),
        (FaultKind.NEGATIVE_QUANTITY, None, b'"ConsumedQuantity":-1'),
        (FaultKind.QUANTITY_AS_TEXT, None, b'"ConsumedQuantity":"12.5"'),
        (FaultKind.FIELD, "ConsumedQuantity=1e-300000000", b'"ConsumedQuantity":1e-300000000'),
        (FaultKind.FIELD, "BilledCost=null", b'"BilledCost":null'),
        (FaultKind.MIXED_CURRENCIES, None, b'"BillingCurrency":"EUR"'),
    ],
)
def test_one_field_of_one_row_becomes_any_text(kind: FaultKind, argument: str | None, text: bytes) -> None:
    assert broken(_healthy(), Fault(kind, argument)).body.count(text) == 1


def test_one_row_lacks_its_cost_among_rows_that_have_it() -> None:
    first, *others = _broken_rows(FaultKind.COST_MISSING)

    assert not any(column.endswith("Cost") for column in first)
    assert all("BilledCost" in row for row in others)


def test_a_field_is_missing_everywhere() -> None:
    assert not any("ConsumedUnit" in row for row in _broken_rows(FaultKind.FIELD_MISSING, "ConsumedUnit"))


def test_a_metric_arrives_in_two_units() -> None:
    *_, last = _broken_rows(FaultKind.MIXED_UNITS)

    assert (last["x_BillableMetricId"], last["ConsumedUnit"]) == ("workers_standard_requests", "Dozens")


def test_a_day_arrives_that_was_not_requested() -> None:
    *_, last = _broken_rows(FaultKind.DAYS_NOT_ASKED_FOR)

    assert (last["ChargePeriodStart"], last["ChargePeriodEnd"]) == (
        "2026-10-09T00:00:00Z",
        "2026-10-10T00:00:00Z",
    )


def test_optional_columns_are_null_and_required_ones_are_not() -> None:
    for row in _broken_rows(FaultKind.NULLS, account=ORDINARY):
        assert row["BilledCost"] is None
        assert row["ConsumedQuantity"] is not None


def test_an_oversized_body_is_still_json() -> None:
    body = broken(_healthy(), Fault(FaultKind.OVERSIZED_BODY)).body

    assert len(body) == 10 * 1024 * 1024
    assert json.loads(body)["success"] is True


def test_the_last_of_two_results_is_empty() -> None:
    assert json.loads(broken(_healthy(), Fault(FaultKind.DUPLICATE_KEYS)).body)["result"] == []


def test_a_deeply_nested_body_exceeds_the_recursion_limit() -> None:
    with pytest.raises(RecursionError):
        json.loads(broken(_healthy(), Fault(FaultKind.DEEP_NESTING)).body)


def test_a_lone_surrogate_parses_and_cannot_be_encoded() -> None:
    name = _broken_rows(FaultKind.LONE_SURROGATE)[0]["BillingAccountName"]

    with pytest.raises(UnicodeEncodeError):
        name.encode()


def test_faults_apply_in_order() -> None:
    board = Switchboard()
    board.switch_on(Fault(FaultKind.SILENCE, times=2), Fault(FaultKind.NO_CONTENT, account_id="a"))

    taken = [board.take(Target("GET", account_id, "billable/usage")) for account_id in "babaa"]
    assert [fault and fault.kind for fault in taken] == [
        "silence",
        "silence",
        None,
        "no_content",
        "no_content",
    ]
    board.switch_off()
    assert board.take(Target("GET", "a")) is None


def test_a_fault_is_read_from_json() -> None:
    document = b'[{"kind": "too_many_requests", "argument": "2", "times": 2}, {"kind": "silence"}]'

    assert faults_of_json(document) == [
        Fault(FaultKind.TOO_MANY_REQUESTS, "2", times=2),
        Fault(FaultKind.SILENCE),
    ]
