import csv
import json
from decimal import Decimal

import pytest

from cloudflare_budgets_cli.settings import Grouping
from tests.integration.cli.conftest import Run
from tests.integration.cli.golden import is_golden


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_screen_shows_the_total_and_a_row_per_metric(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    found = run("usage")
    assert found.exit_code == 0
    assert is_golden(f"usage/{columns}", found.stdout)
    assert max(map(len, found.stdout.splitlines())) <= int(columns)


@pytest.mark.parametrize("grouping", list(Grouping))
def test_every_grouping_adds_up_to_the_total(run: Run, grouping: Grouping) -> None:
    document = json.loads(run("-o", "json", "usage", "--by", grouping).stdout)
    number, unit = document["total"].split()
    assert unit == "USD"
    assert sum(Decimal(line["cost"]) for line in document["lines"] if line["cost"]) == Decimal(number)


def test_csv_has_the_same_lines_as_json(run: Run) -> None:
    document = json.loads(run("-o", "json", "usage").stdout)
    rows = list(csv.DictReader(run("-o", "csv", "usage").stdout.splitlines()))
    assert rows == [{key: value or "" for key, value in line.items()} for line in document["lines"]]


def test_the_last_days_replace_the_billing_period(run: Run) -> None:
    document = json.loads(run("-o", "json", "usage", "--days", "7").stdout)
    assert document["period"] == {"start": "2026-11-16T00:00:00Z", "end": "2026-11-23T00:00:00Z"}


def test_metrics_are_listed_with_those_in_use_first(run: Run) -> None:
    metrics = json.loads(run("-o", "json", "usage", "--metrics").stdout)["metrics"]
    states = [each["is_used"] for each in metrics]
    assert states == sorted(states, reverse=True)
    assert "workers_standard_requests" in [each["metric_id"] for each in metrics]


def test_a_cloudflare_that_refuses_the_token_is_out_of_reach(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "x" * 40)
    found = run("usage")
    assert found.exit_code == 3
    assert "x" * 8 not in found.output


def test_the_only_account_of_a_token_need_not_be_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    named = run("-o", "json", "usage")
    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID")
    assert run("-o", "json", "usage").stdout == named.stdout


def test_a_cloudflare_that_does_not_answer_is_out_of_reach(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_URL", "http://127.0.0.1:9/client/v4")
    found = run("usage")
    assert found.exit_code == 3
    assert "Cloudflare" in found.output


def test_the_demo_starts_its_own_cloudflare(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    assert "Self-Serve Runaway" in run("--demo", "usage").stdout
