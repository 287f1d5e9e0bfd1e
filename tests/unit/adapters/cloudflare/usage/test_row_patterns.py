"""Rows that are parsed by patterns are the same as rows that are parsed as JSON.

The oracle is the same answer with blanks between its tokens, which no pattern matches.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.cloudflare.usage.answers import read_charges
from cloudflare_budgets.adapters.cloudflare.usage.columns import V1, V2, Columns
from cloudflare_budgets.adapters.cloudflare.usage.row_patterns import order_of, pattern_of, types_of
from cloudflare_budgets.adapters.http.retries import TransientError
from cloudflare_budgets.domain.primitives.json_input import DECODER
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.errors import CloudflareBudgetsError

_ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
_V2: dict[str, Any] = {
    "BillingAccountId": _ACCOUNT,
    "ChargeCategory": "Usage",
    "ChargeClass": None,
    "ChargePeriodStart": "2026-11-01T00:00:00Z",
    "ChargePeriodEnd": "2026-11-02T00:00:00Z",
    "ConsumedQuantity": 12,
    "ConsumedUnit": "Requests",
    "BilledCost": 0.25,
    "ListUnitPrice": 3e-07,
    "BillingCurrency": "USD",
    "x_BillableMetricId": "workers_standard_requests",
    "x_ZoneName": "zone-1.example.com",
}
_V1: dict[str, Any] = {
    "ServiceName": "Workers Standard Requests (First 10M included)",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2026-11-01T00:00:00Z",
    "ChargePeriodEnd": "2026-11-02T00:00:00Z",
    "BillingPeriodStart": "2026-11-01T00:00:00Z",
    "BillingCurrency": "USD",
    "ConsumedUnit": "",
    "PricingUnit": "Count",
    "ConsumedQuantity": 410000,
    "ContractedCost": 0,
    "CumulatedContractedCost": 1.5,
    "SubscriptionId": "5f9f8dcf",
    "ZoneId": "1",
}
_ENOUGH = 600
# Values and columns that a pattern must not match, or must match as JSON does.
_UNUSUAL: tuple[dict[str, Any], ...] = (
    {"ConsumedQuantity": -1},
    {"ConsumedQuantity": -1, "ChargeClass": "Correction"},
    {"BilledCost": -0.5},
    {"BilledCost": None},
    {"BilledCost": "0.5"},
    {"BilledCost": "\uff15"},
    {"BilledCost": "1."},
    {"BilledCost": True},
    {"BilledCost": 1e23},
    {"BilledCost": 123456789012345678901234567890},
    {"ConsumedQuantity": 10**61},
    {"ConsumedQuantity": None},
    {"ChargeCategory": "Tax"},
    {"ChargeCategory": "TAX", "ConsumedQuantity": "no number"},
    {"ChargeCategory": "Tax", "ChargePeriodStart": "never"},
    {"ChargePeriodStart": "2026-11-03T00:00:00Z"},
    {"ChargePeriodStart": "2026-10-31T00:00:00Z"},
    {"ChargePeriodStart": "2026-11-01"},
    {"ConsumedUnit": 'Re"quests\\'},
    {"ConsumedUnit": "Anfragen für Würfel"},
    {"ConsumedUnit": "x" * 1025},
    {"ConsumedUnit": "\ud83d"},
    {"ConsumedUnit": "tab\tulator"},
    {"BillingAccountId": "another"},
    {"x_BillableMetricId": ""},
    {"Tags": {"team": "web"}},
    {"Tags": "x" * 70_000},
    {"UsageId": "1"},
    {"ListUnitPrice": 1e-300},
)


@pytest.mark.parametrize("place", [0, 300, _ENOUGH - 1])
@pytest.mark.parametrize("change", _UNUSUAL, ids=str)
@pytest.mark.parametrize(("row", "version"), [(_V2, V2), (_V1, V1)], ids=["v2", "v1"])
def test_an_unusual_row_is_read_as_from_json(
    row: dict[str, Any], version: Columns, change: dict[str, Any], place: int
) -> None:
    rows = [{**row, "x_ZoneId": str(number)} for number in range(_ENOUGH)]
    rows[place] |= change
    _assert_alike(rows, version)


def test_a_repeated_column_is_refused_in_any_row() -> None:
    rows = [json.dumps(_V2, separators=(",", ":"))] * _ENOUGH
    rows[-1] = rows[-1].replace('"ChargeClass":null', '"ConsumedQuantity":1')
    with pytest.raises(CloudflareBudgetsError, match="occurs twice"):
        read_charges(_pieces(f'{{"success":true,"result":[{",".join(rows)}]}}', 4096), _ACCOUNT)


@pytest.mark.parametrize("behind", ["}", "]", ",", "x", ""])
def test_what_follows_a_row_is_read_as_from_json(behind: str) -> None:
    rows = [json.dumps(_V2, separators=(",", ":"))] * _ENOUGH
    body = f'{{"success":true,"result":[{",".join(rows)}{behind}]}}'
    assert _found(_pieces(body, 4096), V2) == _found(_pieces(body.replace(",", " , "), 4096), V2)


def test_equal_rows_are_separate_charges() -> None:
    assert len(_assert_alike([_V2] * _ENOUGH, V2)) == _ENOUGH


@pytest.mark.parametrize(("row", "version"), [(_V2, V2), (_V1, V1)], ids=["v2", "v1"])
def test_a_pattern_matches_rows_with_other_values(row: dict[str, Any], version: Columns) -> None:
    read = DECODER.decode(json.dumps(row))
    pattern = pattern_of(types_of(read), order_of(version))
    text = json.dumps({**row, "ConsumedQuantity": 5.5e-7}, separators=(",", ":"))
    assert pattern is not None
    found = pattern.match(f"{text},", 0)
    assert found is not None
    assert found.end() == len(text)
    assert found.group(*pattern.numbers)[0] == "5.5e-07"


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "ConsumedQuantity": st.integers(0, 10**25) | st.floats(0, 1e20),
                "BilledCost": st.none() | st.floats(0, 1e6) | st.integers(0, 5),
                "x_ZoneName": st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.none(),
                "ChargePeriodStart": st.sampled_from(["2026-11-01T00:00:00Z", "2026-11-01T12:00:00+01:00"]),
            }
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 5000),
)
def test_any_rows_are_read_as_from_json(changes: list[dict[str, Any]], size: int) -> None:
    rows = [_V2 | changes[number % len(changes)] for number in range(400)]
    _assert_alike(rows, V2, size)


def _assert_alike(rows: Sequence[dict[str, Any]], version: Columns, size: int = 4096) -> list[Charge]:
    document = {"success": True, "result": rows}
    has_surrogate = any("\ud83d" in row["ConsumedUnit"] for row in rows)
    compact, spaced = (
        json.dumps(document, separators=separators, ensure_ascii=has_surrogate).encode()
        for separators in ((",", ":"), (", ", ": "))
    )
    by_pattern, by_json = _found(_split(compact, size), version), _found(_split(spaced, size), version)
    assert by_pattern == by_json
    return by_pattern if isinstance(by_pattern, list) else []


def _found(pieces: Iterator[bytes], version: Columns) -> list[Charge] | str:
    used = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))
    try:
        charges = read_charges(pieces, _ACCOUNT, used, version)
    except (CloudflareBudgetsError, TransientError) as error:
        return str(error)
    assert all(type(charge.consumed_quantity) is Decimal for charge in charges)
    return charges


def _pieces(body: str, size: int) -> Iterator[bytes]:
    return _split(body.encode(), size)


def _split(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))
