import json
from pathlib import Path

import pytest

from cloudflare_budgets_cli.checking.topics import SLACK_URL
from local.slack import LocalSlack
from tests.integration.cli.conftest import Run
from tests.integration.cli.golden import is_golden

BUDGETS = """\
budgets:
  spend: {limit: 150 USD, thresholds: ["80%", "100%"]}
  requests:
    limit: 9000000000 Requests
    period: billing_period
    scope: {metric_id: [workers_standard_requests]}
"""


@pytest.fixture(autouse=True)
def _budgets(run: Run) -> None:  # noqa: ARG001 - it changes to an empty folder
    Path("budgets.yaml").write_text(BUDGETS)


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_screen_shows_where_each_budget_stands(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    Path("budgets.yaml").write_text(BUDGETS + "  included: {limit: 100% of allowance}\n")
    found = run("check")
    assert found.exit_code == 1
    assert is_golden(f"check/{columns}", found.stdout)
    assert max(map(len, found.stdout.splitlines())) <= int(columns)


def test_budgets_within_their_limits_exit_with_0(run: Run) -> None:
    Path("budgets.yaml").write_text("budgets: {spend: {limit: 100000 USD}}")
    assert run("check").exit_code == 0


def test_the_json_is_the_reply_of_the_function(run: Run) -> None:
    reply = json.loads(run("-o", "json", "check", "budgets.yaml").stdout)
    assert set(reply) == {"as_of", "accounts", "alerts", "problems"}
    assert reply["as_of"] == "2026-11-22T10:00:00Z"
    assert {each["name"] for each in reply["accounts"][0]["budgets"]} == {"spend", "requests"}


def test_invalid_budgets_are_listed_and_nothing_is_read(run: Run) -> None:
    Path("budgets.yaml").write_text("budgets: {spend: {limit: 5}}")
    found = run("check")
    assert found.exit_code == 1
    assert "budgets.yaml:1:26: spend: limit: found 5" in found.stderr


def test_without_budgets_the_command_says_how_to_get_some(run: Run) -> None:
    Path("budgets.yaml").unlink()
    found = run("check")
    assert found.exit_code == 2
    assert "suggest --write budgets.yaml" in found.stderr


def test_a_refused_token_is_out_of_reach(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "x" * 40)
    assert run("check").exit_code == 3


def test_a_command_is_reported_once(run: Run) -> None:
    notify = ("--state", "state.db", "--notify-command", 'echo "$ALERT_SUBJECT" >> sent.txt; cat >> sent.txt')
    assert run("check", *notify).exit_code == 1
    sent = Path("sent.txt").read_text()
    assert "spend over limit" in sent
    assert run("check", *notify).exit_code == 1
    assert Path("sent.txt").read_text() == sent


def test_a_command_that_fails_is_reported_again(run: Run) -> None:
    found = run("check", "--state", "state.db", "--notify-command", "exit 7")
    assert found.exit_code == 3
    assert "exit code 7" in found.stderr
    run("check", "--state", "state.db", "--notify-command", 'echo "$ALERT_JSON" >> sent.txt')
    alerts = [json.loads(line) for line in Path("sent.txt").read_text().splitlines()]
    assert "spend" in [each["budget"]["name"] for each in alerts if each["type"] == "threshold_crossed"]


def test_slack_is_reported_to_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalSlack() as slack:
        monkeypatch.setenv(SLACK_URL, slack.webhook_url)
        assert run("check", "--state", "state.db", "--notify-slack").exit_code == 1
        sent = len(slack.posted)
        assert sent
        run("check", "--state", "state.db", "--notify-slack")
        assert len(slack.posted) == sent


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--notify-command", "true"], "needs --state FILE"),
        (["--state", "s.db", "--notify-slack"], "needs the environment variable SLACK_WEBHOOK_URL"),
        (["--state", "s.db", "--notify-slack", "--notify-command", "true"], "use either"),
    ],
)
def test_contradictory_options_are_wrong_usage(
    run: Run,
    options: list[str],
    reason: str,
) -> None:
    found = run("check", *options)
    assert found.exit_code == 2
    assert reason in found.stderr


def test_a_preview_lists_what_would_have_been_sent_in_order(run: Run) -> None:
    found = json.loads(run("-o", "json", "preview", "--from", "2026-11-18", "--text").stdout)
    assert found["checks"] == 4
    times = [each["at"] for each in found["alerts"]]
    assert times == sorted(times)
    assert "spend over limit" in " ".join(each["subject"] for each in found["alerts"])
    assert all(each["text"] for each in found["alerts"])


def test_a_preview_is_not_evaluated_by_what_arrived_later(run: Run) -> None:
    found = json.loads(run("-o", "json", "preview", "--from", "2026-11-17", "--to", "2026-11-18").stdout)
    assert "over limit" not in " ".join(each["subject"] for each in found["alerts"])


@pytest.mark.parametrize(
    ("options", "reason"),
    [(["--from", "yesterday"], "--from: found yesterday"), (["--from", "2026-12-01"], "later than --to")],
)
def test_a_preview_needs_days(run: Run, options: list[str], reason: str) -> None:
    found = run("preview", *options)
    assert found.exit_code == 2
    assert reason in found.stderr
