"""The command `status` after a live check."""

import csv
import io
import json
from datetime import timedelta

import pytest

from cloudflare_budgets.adapters.aws.alert_table.alert_log import DynamoDbAlertLog
from cloudflare_budgets.errors import StateUnavailableError
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import CommandError, OutputFormat, Settings
from cloudflare_budgets_cli.stack.stored import status as status_commands
from cloudflare_budgets_cli.stack.stored.status import Selection, watch
from tests.integration.cli.conftest import AS_OF, Run
from tests.integration.cli.golden import is_golden
from tests.integration.cli.stored.conftest import BUDGETS


@pytest.mark.parametrize("columns", ["80", "120"])
@pytest.mark.usefixtures("checked", "no_function")
def test_status_shows_the_stored_standing_and_its_age(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    found = run("status")
    assert found.exit_code == 1, found.output
    assert found.stdout.startswith("205.78 of 150 USD so far this month (137 %), forecast ")
    assert "checked 12 minutes ago" in found.stdout
    assert is_golden(f"status/{columns}", found.stdout)
    assert max(map(len, found.stdout.splitlines())) <= int(columns)


@pytest.mark.usefixtures("checked", "no_function")
def test_the_json_of_status_is_the_reply_with_the_time_of_each_account(run: Run) -> None:
    document = json.loads(run("-o", "json", "status").stdout)
    [account] = document["accounts"]
    assert {"as_of", "accounts", "alerts", "problems"} <= document.keys()
    assert account["as_of"] == document["as_of"] == "2026-11-22T09:48:00Z"
    assert account["total"]["name"] == "spend"


@pytest.mark.usefixtures("checked", "no_function")
def test_status_names_who_acknowledged_the_newest_alert(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    assert "acknowledged" not in run("status").stdout
    [alert, *_] = json.loads(run("-o", "json", "history", "--budget", "spend").stdout)["alerts"]
    run("ack", alert["alert_id"], "--note", "known: the import")
    assert "spend: acknowledged by ann: known: the import" in run("status").stdout
    [account] = json.loads(run("-o", "json", "status").stdout)["accounts"]
    found = {each["name"]: each["acknowledged"] for each in account["budgets"]}["spend"]
    at = "2026-11-22T10:00:00Z"
    assert found == {"by": "ann", "at": at, "note": "known: the import", "alert_id": alert["alert_id"]}


@pytest.mark.usefixtures("checked", "no_function")
def test_without_the_index_of_alerts_status_is_shown_without_acknowledgements(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_log: object, _account_id: str, _since: object) -> None:
        raise StateUnavailableError("alert table alerts: ValidationException")

    monkeypatch.setattr(DynamoDbAlertLog, "sent", failing)
    found = run("status")
    assert "205.78 of 150 USD" in found.stdout
    assert "Acknowledgements are not shown: alert table alerts" in found.stderr


@pytest.mark.usefixtures("checked", "no_function")
def test_the_csv_of_status_has_one_row_for_each_budget(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("-o", "csv", "status").stdout)))
    assert {row["name"] for row in rows} == set(BUDGETS)


@pytest.mark.usefixtures("checked", "no_function")
def test_over_leaves_out_budgets_below_a_percentage(run: Run) -> None:
    assert "\n requests " in run("status").stdout
    assert "\n requests " not in run("status", "--over", "50").stdout


@pytest.mark.usefixtures("checked", "no_function")
def test_a_standing_of_the_day_before_yesterday_is_a_finding(run: Run) -> None:
    later = (AS_OF + timedelta(days=2)).isoformat()
    found = run("--as-of", later, "status")
    assert found.exit_code == 1
    assert "failed: the last check was 2 days ago" in found.stdout.replace("\n", " ")


def test_without_a_stored_standing_status_runs_a_dry_check(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    reply = {"as_of": "2026-11-22T10:00:00Z", "accounts": [], "alerts": [], "problems": []}
    monkeypatch.setattr(status_commands, "dry_check", lambda _aws: reply)
    found = run("status")
    assert found.exit_code == 0
    assert "No check has stored a standing yet" in found.stderr


@pytest.mark.usefixtures("checked")
def test_now_runs_a_dry_check(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    reply = {"as_of": "2026-11-22T10:00:00Z", "accounts": [], "alerts": [], "problems": []}
    monkeypatch.setattr(status_commands, "dry_check", lambda _aws: reply)
    assert json.loads(run("-o", "json", "status", "--now").stdout) == reply
    assert run("status", "--now", "--watch").exit_code == 2


@pytest.mark.usefixtures("checked", "no_function")
def test_watch_refreshes_and_ends_with_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise KeyboardInterrupt

    assert watch(Settings(as_of=AS_OF), Selection(), sleep) == 1
    assert waits == [status_commands.WATCH_SECONDS] * 3
    assert "205.78 of 150 USD" in capsys.readouterr().out


@pytest.mark.usefixtures("checked")
def test_watch_shows_an_error_and_goes_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            raise KeyboardInterrupt
        monkeypatch.setattr(status_commands, "_document", fail)

    def fail(_settings: Settings, _selection: Selection, _screen: Screen) -> None:
        raise CommandError("AWS is out of reach")

    assert watch(Settings(as_of=AS_OF), Selection(), sleep) == 1
    shown = capsys.readouterr().out
    assert "205.78 of 150 USD" in shown
    assert "Error: AWS is out of reach" in shown


def test_watch_shows_tables_only(run: Run) -> None:
    assert run("-o", OutputFormat.JSON, "status", "--watch").exit_code == 2
