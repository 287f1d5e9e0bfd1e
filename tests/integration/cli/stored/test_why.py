"""The command `why` after a live check."""

import csv
import io
import json

import pytest

from tests.integration.cli.conftest import Run
from tests.integration.cli.golden import is_golden


@pytest.mark.parametrize("columns", ["80", "120"])
@pytest.mark.usefixtures("checked", "no_function")
def test_why_shows_each_threshold_with_its_alert_and_who_gets_alerts(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    found = run("why", "spend")
    assert found.exit_code == 0, found.output
    assert is_golden(f"why/{columns}", found.stdout)
    assert max(map(len, found.stdout.splitlines())) <= int(columns)


@pytest.mark.usefixtures("checked", "no_function")
def test_a_lower_threshold_names_the_alert_that_includes_it(run: Run) -> None:
    found = json.loads(run("-o", "json", "why", "spend").stdout)
    thresholds = {each["threshold"]: each for each in found["thresholds"]}
    half, whole, twice = (thresholds[name] for name in ("50 %", "100 %", "200 %"))
    assert (half["state"], whole["state"], twice["state"]) == ("passed", "passed", "not passed")
    assert half["alert_id"] == whole["alert_id"] is not None
    assert half["sent_at"] == "2026-11-22T09:48:00Z"
    assert twice["missing"] == "94.22 USD"
    assert twice["alert_id"] is None
    assert found["listeners"] == [{"kind": "email", "name": "you@example.com", "state": "confirmed"}]


@pytest.mark.usefixtures("checked", "no_function")
def test_each_allowance_has_thresholds_of_its_own(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("-o", "csv", "why", "included").stdout)))
    passed = {row["allowance_of"]: row["alert_id"] for row in rows if row["state"] == "passed"}
    assert "workers_standard_requests" in passed
    assert all(passed.values())


def test_why_says_if_no_check_has_evaluated_the_budget(run: Run) -> None:
    assert "No check has evaluated this budget yet" in run("why", "spend").stdout
    missing = run("why", "spent")
    assert missing.exit_code == 2
    assert "did you mean spend?" in missing.stderr
