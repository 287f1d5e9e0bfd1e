"""DuckDB reads exports with the types that FOCUS 1.3 gives their columns.

https://focus.finops.org/focus-specification/v1-3/
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from cloudflare_budgets_cli.usage.export import FOCUS_COLUMNS
from tests.integration.cli.conftest import Run
from tests.integration.cli.usage.test_export import DAYS, MANDATORY, rows

DECIMALS = {
    *("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"),
    *("PricingQuantity", "ConsumedQuantity"),
}
INSTANTS = {"BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"}
CATEGORIES = {"Usage", "Purchase", "Tax", "Credit", "Adjustment"}


def type_of(column: str) -> str:
    if column in DECIMALS:
        return "DECIMAL(38, 18)"
    if column in INSTANTS:
        return "TIMESTAMPTZ"
    return "BOOLEAN" if column == "x_CostIsEstimated" else "VARCHAR"


@pytest.fixture
def focus(run: Run) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the export in the table `focus`; a value of another type raises an error."""
    assert run("export", *DAYS, "--format", "focus", "--output", "focus.csv").exit_code == 0
    types = ", ".join(f"'{column}': '{type_of(column)}'" for column in FOCUS_COLUMNS)
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        database.execute(
            f"CREATE TABLE focus AS SELECT * FROM read_csv('focus.csv', header = true, columns = {{{types}}})"  # noqa: S608 - names of columns
        )
        yield database


def one(database: duckdb.DuckDBPyConnection, query: str) -> Any:  # noqa: ANN401 - a value of any type
    found = database.execute(query).fetchone()
    assert found is not None
    return found[0]


def test_the_export_has_the_columns_in_their_order(focus: duckdb.DuckDBPyConnection) -> None:
    names = [row[0] for row in focus.execute("DESCRIBE focus").fetchall()]
    assert tuple(names) == FOCUS_COLUMNS
    assert set(names) >= MANDATORY


def test_costs_add_up_to_the_digit(focus: duckdb.DuckDBPyConnection, run: Run) -> None:
    plain = rows(run("export", *DAYS).stdout)
    expected = sum((Decimal(row["cost"]) for row in plain if row["cost"]), Decimal(0))
    assert one(focus, "SELECT sum(BilledCost) FROM focus") == expected
    assert one(focus, "SELECT count(*) FROM focus") == len(plain)


def test_each_charge_is_a_day_within_its_billing_period(focus: duckdb.DuckDBPyConnection) -> None:
    outside = """
        SELECT count(*) FROM focus WHERE NOT (
            BillingPeriodStart <= ChargePeriodStart AND ChargePeriodEnd <= BillingPeriodEnd
            AND ChargePeriodEnd - ChargePeriodStart = INTERVAL 1 DAY
        )
    """
    assert one(focus, outside) == 0
    assert one(focus, "SELECT count(DISTINCT ChargePeriodStart) FROM focus") == 8


def test_values_are_those_that_the_specification_allows(focus: duckdb.DuckDBPyConnection) -> None:
    categories = focus.execute("SELECT DISTINCT ChargeCategory FROM focus").fetchall()
    assert {row[0] for row in categories} <= CATEGORIES
    assert one(focus, "SELECT count(*) FROM focus WHERE ChargeClass IS NOT NULL") == 0
    assert one(focus, "SELECT count(*) FROM focus WHERE length(BillingCurrency) <> 3") == 0
    assert one(focus, "SELECT count(*) FROM focus WHERE EffectiveCost > ListCost") == 0


def test_costs_are_grouped_by_service_as_the_documentation_shows(focus: duckdb.DuckDBPyConnection) -> None:
    services = focus.execute(
        "SELECT ServiceName, sum(BilledCost) FROM focus GROUP BY ServiceName ORDER BY 2 DESC"
    ).fetchall()
    assert len(services) > 1
    assert services[0][1] > 0


@pytest.mark.parametrize("export_format", ["csv", "json"])
def test_the_types_of_other_formats_are_detected(run: Run, export_format: str) -> None:
    name = f"usage.{export_format}"
    assert run("export", *DAYS, "--format", export_format, "--output", name).exit_code == 0
    with duckdb.connect() as database:
        found = database.execute(f"SELECT count(*), sum(cost::DECIMAL(38, 18)) FROM '{name}'").fetchone()  # noqa: S608 - a name of this test
    plain = rows(run("export", *DAYS).stdout)
    expected = sum((Decimal(row["cost"]) for row in plain if row["cost"]), Decimal(0))
    assert found is not None
    assert found[0] == len(plain)
    assert round(found[1], 12) == expected  # DuckDB reads a number of CSV or JSON as a float
