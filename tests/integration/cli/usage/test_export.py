import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from cloudflare_budgets.domain.primitives.amount import total
from cloudflare_budgets_cli.budget_files.budget_file import read_budget_files
from tests.integration.cli.conftest import Run

# https://focus.finops.org/focus-specification/v1-3/
MANDATORY = {
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
    "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd",
    "ChargePeriodStart", "ContractedCost", "EffectiveCost", "HostProviderName", "InvoiceIssuerName",
    "ListCost", "PricingQuantity", "PricingUnit", "ServiceCategory", "ServiceName", "ServiceProviderName",
}  # fmt: skip
NULLABLE = {"ChargeClass"}
DAYS = ("--from", "2026-11-08", "--to", "2026-11-15")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_focus_has_every_mandatory_column_and_a_value_in_it(run: Run) -> None:
    found = rows(run("export", *DAYS, "--format", "focus").stdout)
    assert found
    for row in found:
        assert row.keys() >= MANDATORY
        assert all(row[column] for column in MANDATORY - NULLABLE)
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"] < row["BillingPeriodEnd"]
        assert row["x_CostIsEstimated"] in ("true", "false")


def test_the_days_are_those_that_were_requested(run: Run) -> None:
    found = rows(run("export", *DAYS).stdout)
    assert {row["day"] for row in found} == {f"2026-11-{day:02}" for day in range(8, 16)}


def test_every_format_adds_up_to_the_same_cost(run: Run) -> None:
    plain = rows(run("export", *DAYS).stdout)
    as_json = json.loads(run("export", *DAYS, "--format", "json").stdout)
    focus = rows(run("export", *DAYS, "--format", "focus").stdout)
    sums = [
        total(Decimal(row[column]) for row in found if row[column])
        for found, column in ((plain, "cost"), (as_json, "cost"), (focus, "BilledCost"))
    ]
    assert len(set(sums)) == 1
    assert sums[0] > 0


def test_a_file_gets_what_standard_output_would(run: Run) -> None:
    assert run("export", *DAYS, "--output", "usage.csv").exit_code == 0
    assert Path("usage.csv").read_text() == run("export", *DAYS).stdout


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--from", "1 Nov"], "--from: found 1 Nov"),
        (["--from", "2026-11-05", "--to", "2026-11-04"], "later than --to"),
        (["--from", "2020-01-01"], "more than 366 days"),
    ],
)
def test_days_are_checked_before_anything_is_read(run: Run, options: list[str], reason: str) -> None:
    found = run("export", *options)
    assert found.exit_code == 2
    assert reason in found.stderr


def test_suggested_budgets_are_valid_and_can_be_checked(run: Run) -> None:
    assert run("suggest", "--write", "budgets.yaml").exit_code == 0
    found = read_budget_files([Path("budgets.yaml")])
    assert found.findings == ()
    assert {"spend", "included", "day-guard"} <= found.documents.keys()
    assert run("check").exit_code == 1  # the account has a program in a loop


def test_a_suggestion_is_not_raised_by_an_incident(run: Run) -> None:
    document = json.loads(run("-o", "json", "suggest").stdout)
    number, unit = document["budgets"]["spend"]["limit"].split()
    assert unit == "USD"
    assert Decimal(number) < 100  # the account cost more than twice as much in its last three days
    assert "in the last 30 days; 4 unusual days counted in part." in run("suggest").stdout


def test_a_suggestion_overwrites_no_file(run: Run) -> None:
    Path("budgets.yaml").write_text("mine")
    found = run("suggest", "--write", "budgets.yaml")
    assert found.exit_code == 2
    assert Path("budgets.yaml").read_text() == "mine"


def test_the_report_is_the_page_of_the_digest(run: Run) -> None:
    Path("budgets.yaml").write_text("budgets: {spend: {limit: 150 USD}}")
    assert run("report").exit_code == 0
    page = Path("cloudflare-budgets.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "Self-Serve Runaway" in page
