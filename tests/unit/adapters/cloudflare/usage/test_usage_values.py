"""The values in rows of Cloudflare's usage API, column by column."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.rows import RowReader
from cloudflare_budgets.errors import UsageUnreadableError

if TYPE_CHECKING:
    from cloudflare_budgets.domain.usage.charge import Charge

_ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
_SMALLEST: dict[str, object] = {
    "ChargePeriodStart": "2026-11-01T00:00:00Z",
    "ChargePeriodEnd": "2026-11-02T00:00:00Z",
    "ConsumedQuantity": 12,
    "ConsumedUnit": "Requests",
    "x_BillableMetricId": "workers_standard_requests",
}
_TEXTS = (
    "BillingAccountName",
    "BillingCurrency",
    "PricingUnit",
    "RegionId",
    "RegionName",
    "SubAccountId",
    "SubAccountName",
    "x_BillableMetricName",
    "x_ProductFamilyName",
    "x_ZoneId",
    "x_ZoneName",
)
_NUMBERS = (
    "ConsumedQuantity",
    "BilledCost",
    "ContractedCost",
    "EffectiveCost",
    "ListCost",
)
_DAY = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("column", _TEXTS)
def test_every_text_column_is_read_unchanged(column: str) -> None:
    assert getattr(_charge(**{column: " Zoë & Söhne\t"}), _attribute(column)) == " Zoë & Söhne\t"


@pytest.mark.parametrize("column", _NUMBERS)
@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, "0"),
        (150000, "150000"),
        (Decimal("0.000005"), "0.000005"),
        (Decimal("1e3"), "1000"),
        ("12.50", "12.5"),
        ("1e-6", "0.000001"),
        (10**24 - 1, "9" * 24),
    ],
)
def test_every_number_column_accepts_numbers_and_texts_of_numbers(
    column: str, value: object, number: str
) -> None:
    assert getattr(_charge(**{column: value}), _attribute(column)) == Decimal(number)


@pytest.mark.parametrize("column", _NUMBERS)
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "true, but it must be a number"),
        (False, "false, but it must be a number"),
        ("", '"", but it must be a number'),
        ("12 Requests", '"12 Requests", but it must be a number'),
        ("NaN", '"NaN", but it must be a number'),
        ("Infinity", "must be a number"),
        ("0x1F", "must be a number"),
        ("1_000", "must be a number"),
        (" 1", "must be a number"),
        ("\uff11", "must be a number"),
        (["1"], "a list, but it must be a single value"),
        ({"n": 1}, "an object, but it must be a single value"),
        (10**24, "1000000000000000000000000, but it must be a number below 1e24"),
        (-(10**24), "must be a number below 1e24"),
        (Decimal("1e24"), "must be a number below 1e24"),
        (Decimal("1e-61"), "1E-61, but it must be a number below 1e24"),
        (Decimal("1e-300000000"), "must be a number below 1e24"),
        (Decimal("0." + "1" * 61), "at most 60 digits"),
        ("1e999", "must be a number below 1e24"),
    ],
)
def test_every_number_column_refuses_what_cannot_be_summed(column: str, value: object, words: str) -> None:
    with pytest.raises(UsageUnreadableError, match=f"^row 1 of .* has {column} .*{re.escape(words)}"):
        _charge(**{column: value})


def test_true_is_no_number_even_after_one_was() -> None:
    reader = RowReader(_ACCOUNT)
    reader.read(_SMALLEST | {"ConsumedQuantity": 1})
    with pytest.raises(UsageUnreadableError, match=r"row 2 .* has ConsumedQuantity true"):
        reader.read(_SMALLEST | {"ConsumedQuantity": True})


@pytest.mark.parametrize("column", _NUMBERS)
def test_a_correction_may_be_negative(column: str) -> None:
    charge = _charge(ChargeClass="Correction", **{column: Decimal("-1.5")})
    assert getattr(charge, _attribute(column)) == Decimal("-1.5")
    assert charge.is_correction


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (-1, "-1, but it must be at least 0, because the row is not a correction"),
        (Decimal("-0.01"), "-0.01, but it must be at least 0"),
        ("-5", '"-5", but it must be at least 0'),
    ],
)
def test_a_negative_quantity_of_usage_is_refused(value: object, words: str) -> None:
    with pytest.raises(UsageUnreadableError, match=f"^row 1 of .* has ConsumedQuantity {words}"):
        _charge(ConsumedQuantity=value)


def test_what_was_negative_in_a_correction_is_refused_elsewhere() -> None:
    reader = RowReader(_ACCOUNT)
    reader.read(_SMALLEST | {"ChargeClass": "Correction", "ConsumedQuantity": -1})
    with pytest.raises(UsageUnreadableError, match=r"row 2 .* has ConsumedQuantity -1, .* at least 0"):
        reader.read(_SMALLEST | {"ConsumedQuantity": -1})


@pytest.mark.parametrize("column", ["BilledCost", "ContractedCost", "EffectiveCost", "ListCost"])
def test_a_negative_cost_of_usage_is_a_credit(column: str) -> None:
    charge = _charge(ConsumedQuantity=0, **{column: Decimal("-0.01")})
    assert getattr(charge, _attribute(column)) == Decimal("-0.01")
    assert not charge.is_correction


@pytest.mark.parametrize("column", _NUMBERS)
def test_a_number_just_below_the_ceiling_is_read_exactly(column: str) -> None:
    number = Decimal("9" * 24 + "." + "9" * 30)
    assert getattr(_charge(**{column: number}), _attribute(column)) == number
    with pytest.raises(UsageUnreadableError, match="below 1e24 in size"):
        _charge(**{column: Decimal(10) ** 24})


@pytest.mark.parametrize(
    "column", [*_TEXTS, "BillingAccountId", "ChargeClass", "ConsumedUnit", "x_BillableMetricId"]
)
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1, "1, but it must be a text"),
        (True, "true, but it must be a text"),
        (["a"], "a list, but it must be a single value"),
        ("x" * 1025, "but it must be a text of at most 1024 characters"),
        ("half \ud83d", "without lone surrogates"),
    ],
)
def test_every_text_column_refuses_what_is_no_text(column: str, value: object, words: str) -> None:
    with pytest.raises(UsageUnreadableError, match=f"row 1 .* has {column} .*{re.escape(words)}") as refusal:
        _charge(**{column: value})
    assert len(str(refusal.value)) < 300
    str(refusal.value).encode()


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-01T00:00:00Z", _DAY),
        ("2026-11-01t00:00:00z", _DAY),
        ("2026-11-01", _DAY),
        ("2026-11-01T02:00:00+02:00", _DAY),
        ("2026-10-31T19:30:00-04:30", _DAY),
        ("2026-11-01T00:00:00.5Z", _DAY + timedelta(microseconds=500_000)),
        ("2026-11-01T00:00:00.123456789Z", _DAY + timedelta(microseconds=123_456)),
    ],
)
def test_timestamps_are_accepted_in_any_offset_and_held_in_utc(text: str, instant: datetime) -> None:
    charge = _charge(ChargePeriodStart=text)
    assert charge.charge_period_start == instant
    assert charge.charge_period_start.tzinfo is UTC


@pytest.mark.parametrize(
    "column", ["ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "BillingPeriodEnd"]
)
@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2026-11-01T00:00:00",
        "2026-11-01 00:00:00Z",
        "2026-11-01T00:00Z",
        "20261101T000000Z",
        "2026-W44-7",
        "2026-02-30",
        "2026-11-01T25:00:00Z",
        "2026-11-01T00:00:60Z",
        "0001-01-01T00:00:00+14:00",
        "2026-11-01T00:00:00Z\n",
        "\uff12026-11-01",
        1793491200,
        True,
        ["2026-11-01"],
    ],
)
def test_what_is_no_timestamp_is_refused(column: str, value: object) -> None:
    with pytest.raises(
        UsageUnreadableError, match=f"row 1 .* has {column} .*must be a (timestamp|single value)"
    ):
        _charge(**{column: value})


def test_many_different_values_are_not_remembered_forever() -> None:
    reader = RowReader(_ACCOUNT)
    charges = [
        reader.read(_SMALLEST | {"ConsumedQuantity": number, "x_ZoneName": f"{number}.example.com"})
        for number in range(10_000)
    ]
    found = [(charge.consumed_quantity, charge.x_zone_name) for charge in charges if charge]
    assert found == [(Decimal(number), f"{number}.example.com") for number in range(10_000)]


def _charge(**columns: Any) -> Charge:  # noqa: ANN401 - any JSON
    charge = RowReader(_ACCOUNT).read(_SMALLEST | columns)
    assert charge is not None
    return charge


def _attribute(column: str) -> str:
    prefix, name = ("x_", column[2:]) if column.startswith("x_") else ("", column)
    return prefix + re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
