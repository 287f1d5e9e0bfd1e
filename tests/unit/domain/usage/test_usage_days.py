"""The sums of an account's rows by series, unit and day."""

from datetime import timedelta
from decimal import Decimal

from cloudflare_budgets.domain.usage.usage import gross_days
from tests.support.builders import charge, day, usage

_FIRST, _SECOND = day("2026-11-01"), day("2026-11-02")


def test_rows_of_a_day_are_added_up_by_unit_without_corrections() -> None:
    row = charge(consumed_quantity=Decimal(5), consumed_unit="Requests", charge_period_start=_FIRST)
    found = usage(
        row,
        row._replace(charge_period_start=_FIRST + timedelta(hours=23)),
        row._replace(charge_period_start=_SECOND, consumed_quantity=Decimal("0.5")),
        row._replace(consumed_unit="GB-month"),
        row._replace(charge_class="Correction", consumed_quantity=Decimal(-3)),
    )
    assert list(found.days.values()) == [
        {
            "Requests": {_FIRST: Decimal(10), _SECOND: Decimal("0.5")},
            "GB-month": {_FIRST: Decimal(5)},
        }
    ]


def test_each_series_has_the_sums_of_its_own_rows() -> None:
    found = usage(charge(x_zone_id="a"), charge(x_zone_id="a"), charge(x_zone_id="b"))
    assert [series.zone_id for series in found.days] == ["a", "b"]
    assert found.days == {series: gross_days(rows) for series, rows in found.series.items()}
