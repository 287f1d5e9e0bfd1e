"""The commands `history`, `show` and `ack` after a live check."""

import json
from pathlib import Path

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets_cli.checking import check as check_command
from cloudflare_budgets_cli.stack.session import Aws
from tests.integration.cli.conftest import AS_OF, Run
from tests.integration.cli.golden import is_golden
from tests.integration.cli.stored.conftest import stored_token


@pytest.mark.usefixtures("checked")
def test_history_lists_what_was_sent_and_show_prints_its_text(run: Run) -> None:
    alerts = json.loads(run("-o", "json", "history", "--budget", "spend").stdout)["alerts"]
    assert {each["budget"] for each in alerts} == {"spend"}
    [crossing] = [each for each in alerts if "over limit" in each["subject"]]
    assert crossing["sent_at"] == "2026-11-22T09:48:00Z"

    shown = run("show", crossing["alert_id"][:8]).stdout
    assert crossing["subject"] in shown
    assert "205.78 of 150 USD" in shown
    document = json.loads(run("-o", "json", "show", crossing["alert_id"]).stdout)
    assert document["alert"]["alert_id"] == crossing["alert_id"]


@pytest.mark.parametrize("columns", ["80", "120"])
@pytest.mark.usefixtures("checked")
def test_the_screen_of_history(run: Run, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("LOGNAME", "ann")
    [first] = json.loads(run("-o", "json", "history", "--budget", "spend").stdout)["alerts"][:1]
    run("ack", first["alert_id"], "--note", "known: the import")
    found = run("history", "--since", "2026-11-01")
    assert is_golden(f"history/{columns}", found.stdout)
    assert max(map(len, found.stdout.splitlines())) <= int(columns)


@pytest.mark.usefixtures("checked")
def test_an_acknowledgement_is_recorded_and_listed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    [alert, *_] = json.loads(run("-o", "json", "history", "--budget", "spend").stdout)["alerts"]
    assert "not acknowledged (--dry-run)" in run("ack", alert["alert_id"], "--dry-run").stderr
    done = run("ack", alert["alert_id"], "--note", "known")
    assert done.exit_code == 0
    assert "acknowledged by ann" in done.stderr
    [found, *_] = json.loads(run("-o", "json", "history", "--budget", "spend").stdout)["alerts"]
    entry = [found[key] for key in ("acknowledged_by", "acknowledged_at", "note")]
    assert entry == ["ann", "2026-11-22T10:00:00Z", "known"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["show", "abc"], "expected at least 4 digits"),
        (["show", "0000"], "there is no sent alert 0000"),
        (["history", "--since", "yesterday"], "--since: found yesterday"),
        (["history", "--state", "missing.db"], "there is no such file"),
    ],
)
def test_what_is_not_found_is_wrong_usage(run: Run, arguments: list[str], reason: str) -> None:
    found = run(*arguments)
    assert found.exit_code == 2
    assert reason in found.stderr


def test_a_state_file_is_read_without_aws(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", stored_token())
    monkeypatch.setattr(Aws, "outputs", {})
    monkeypatch.setattr(check_command, "_now", lambda: AS_OF)
    Path("budgets.yaml").write_text("budgets: {spend: {limit: 150 USD}}")
    run("check", "--state", "state.db", "--notify-command", "true")
    assert "205.78 of 150 USD" in run("status", "--state", "state.db").stdout
    alerts = json.loads(run("-o", "json", "history", "--state", "state.db", "--since", "400d").stdout)
    assert "spend" in {each["budget"] for each in alerts["alerts"]}
    why = run("why", "spend", "--state", "state.db")
    assert "205.78 of 150 USD" in why.stdout, why.output
    assert "Alerts go where `check` sends them: --notify-slack or --notify-command" in why.stdout
    thresholds = json.loads(run("-o", "json", "why", "spend", "--state", "state.db").stdout)["thresholds"]
    passed = [each for each in thresholds if each["state"] == "passed"]
    assert passed
    assert {each["alert_id"] for each in passed} <= {each["alert_id"] for each in alerts["alerts"]}


def test_why_with_a_state_file_reads_the_budgets_of_files(run: Run) -> None:
    Path("ours.yaml").write_text("budgets: {spend: {limit: 150 USD}, new: {limit: 20 USD}}")
    Path("budgets.yaml").write_text("budgets: {spend: {limit: 150 USD}}")
    run("check", "--state", "state.db")
    assert "did you mean spend?" in run("why", "spent", "--state", "state.db").stderr
    found = run("why", "new", "--state", "state.db", "--budgets", "ours.yaml")
    assert "`cloudflare-budgets check --state state.db` evaluates it" in " ".join(found.stdout.split())
    without = run("why", "spend", "--budgets", "ours.yaml")
    assert without.exit_code == 2
    assert "--budgets needs --state FILE" in without.stderr


def test_a_table_without_the_index_is_named(run: Run) -> None:
    deletion = {"Delete": {"IndexName": "sent"}}
    aws_clients.dynamodb().update_table(
        TableName="alerts",
        GlobalSecondaryIndexUpdates=[deletion],  # type: ignore[list-item]
    )
    found = run("history")
    assert found.exit_code == 2, found.stderr
    assert "the table alerts has no index `sent`: update the stack" in found.stderr
