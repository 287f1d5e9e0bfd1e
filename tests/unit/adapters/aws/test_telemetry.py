import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from aws_lambda_powertools import Logger

from cloudflare_budgets.adapters.aws import telemetry
from cloudflare_budgets.domain.alerts.decision import decide
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.run.request import Request, run_mode
from cloudflare_budgets.domain.run.result import AccountReport, AlertReport, AlertState, Report
from cloudflare_budgets.messages.alerts.render import render
from tests.support.builders import ACCOUNT_ID, AS_OF, PREFIX, budget, charge, known, usage
from tests.support.logs import lines_logged

SPEND = usage(charge(cost="41.2"), charge("2026-11-20", cost="0"))
KNOWN = known(SPEND, AS_OF)
DECISION = decide([budget()], KNOWN)
ALERTS = render(DECISION, KNOWN, PREFIX)
REPORT = Report(
    AS_OF,
    (
        AccountReport(
            ACCOUNT_ID,
            "v2",
            AS_OF - timedelta(hours=10),
            DECISION.evaluations,
            problems=(Problem("stale_data", ACCOUNT_ID, "old", ACCOUNT_ID),),
        ),
    ),
    resent=1,
)


@pytest.fixture(autouse=True)
def _stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "a-stack")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "CloudflareBudgets")


def emitted(
    request: Request, report: Report, capsys: pytest.CaptureFixture[str], now: datetime = AS_OF
) -> list[dict[str, object]]:
    telemetry.emit_metrics(replace(report, mode=run_mode(request, now)))
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_complete_run_beats_the_heart_and_reports_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    run, account, utilization = emitted(Request(AS_OF), REPORT, capsys)
    figures = ("ChecksCompleted", "AlertsSent", "Problems", "DataAgeHours", "Spend")
    assert [run[name] for name in figures] == [[1.0], [1.0], [1.0], [10.0], [41.2]]
    assert run["service"] == "a-stack"
    assert utilization["BudgetUtilization"] == [82.4]
    assert (utilization["account_id"], utilization["budget"]) == (ACCOUNT_ID, "workers")
    assert (account["account"], account["HighestUtilization"]) == (ACCOUNT_ID, [82.4])


@pytest.mark.parametrize(
    ("setting", "budgets", "metrics"),
    [("auto", 10, 10), ("auto", 11, 0), ("on", 11, 11), ("off", 1, 0)],
)
def test_budgets_have_metrics_while_they_are_few_or_if_the_stack_requests_them(
    setting: str, budgets: int, metrics: int, capsys: pytest.CaptureFixture[str]
) -> None:
    [evaluation] = DECISION.evaluations
    evaluations = tuple(
        replace(evaluation, budget=replace(evaluation.budget, name=f"b{number}")) for number in range(budgets)
    )
    account = replace(REPORT.accounts[0], evaluations=evaluations)
    telemetry.emit_metrics(replace(REPORT, accounts=(account,)), setting)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sum("BudgetUtilization" in line for line in lines) == metrics
    assert sum("HighestUtilization" in line for line in lines) == 1


def test_a_budget_of_many_accounts_counts_once_for_each_account(capsys: pytest.CaptureFixture[str]) -> None:
    accounts = tuple(replace(REPORT.accounts[0], account_id=f"{number:032x}") for number in range(11))
    telemetry.emit_metrics(replace(REPORT, accounts=accounts))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sum("BudgetUtilization" in line for line in lines) == 0
    assert sum("HighestUtilization" in line for line in lines) == 11
    assert lines[0]["Spend"] == [453.2]


def test_an_account_is_named_in_ascii_with_the_beginning_of_its_id(
    capsys: pytest.CaptureFixture[str],
) -> None:
    account = replace(REPORT.accounts[0], account_name="Caf\u00e9 \u682a")
    telemetry.emit_metrics(replace(REPORT, accounts=(account,)))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["account"] for line in lines if "account" in line] == [f"Cafe ? ({ACCOUNT_ID[:8]})"]


def test_the_spend_is_not_a_figure_where_no_budget_counts_the_whole_account(
    capsys: pytest.CaptureFixture[str],
) -> None:
    account = replace(REPORT.accounts[0], evaluations=())
    telemetry.emit_metrics(replace(REPORT, accounts=(account,)))
    assert "Spend" not in json.loads(capsys.readouterr().out.splitlines()[0])


def test_the_log_has_the_standing_of_each_budget_and_the_state_of_its_alerts() -> None:
    report = replace(REPORT, alerts=(AlertReport(ALERTS[0], AlertState.ALREADY_SENT),))
    lines = lines_logged(lambda logger: telemetry.log_report(logger, report))
    [spend] = [line["budget"] for line in lines if line["message"] == "budget checked"]
    [alert] = [line["alert"] for line in lines if line["message"] == "alert"]
    assert (spend["name"], spend["level"], spend["percent"]) == ("workers", "threshold_passed", 82.4)
    assert (spend["used"], spend["limit"], spend["crossed"]) == ("41.20 USD", "50 USD", "50%, 80%")
    assert (alert["budget"], alert["state"]) == ("workers", "already_sent")


def test_the_age_of_fresh_usage_is_a_figure_where_analytics_were_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    account = replace(REPORT.accounts[0], fresh_through=AS_OF - timedelta(minutes=12))
    run = emitted(Request(AS_OF), replace(REPORT, accounts=(account,)), capsys)[0]
    assert run["FreshAgeMinutes"] == [12.0]


@pytest.mark.parametrize(
    ("request_", "failures"),
    [(Request(AS_OF), ("account: 503",)), (Request(AS_OF, ACCOUNT_ID), ())],
)
def test_an_incomplete_run_is_no_heartbeat(
    request_: Request, failures: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    run = emitted(request_, Report(AS_OF, REPORT.accounts, own_failures=failures), capsys)[0]
    assert "ChecksCompleted" not in run
    assert "Problems" in run


def test_a_dry_run_proves_nothing_and_emits_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert emitted(Request(AS_OF, dry_run=True), REPORT, capsys) == []


@pytest.mark.parametrize(("hours", "says"), [(-25, False), (-24, True), (24, True), (25, False)])
def test_the_replay_of_another_day_proves_nothing_of_this_one(
    hours: int, capsys: pytest.CaptureFixture[str], *, says: bool
) -> None:
    lines = emitted(Request(AS_OF), REPORT, capsys, AS_OF + timedelta(hours=hours))
    assert bool(lines) is says


def test_alerts_that_are_still_owed_are_counted_once_each(capsys: pytest.CaptureFixture[str]) -> None:
    [first, second, third] = [
        replace(ALERTS[0], key=replace(ALERTS[0].key, sort=f"ALERT#{number}")) for number in range(3)
    ]
    told = (AlertReport(first, AlertState.OWED), AlertReport(second, AlertState.ALREADY_SENT))
    still_pending = frozenset({first.key, second.key, third.key})
    [run] = emitted(Request(AS_OF), Report(AS_OF, alerts=told, still_pending=still_pending), capsys)
    assert run["AlertsPending"] == [2.0]


def test_an_empty_outbox_is_reported_and_an_unknown_number_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert emitted(Request(AS_OF), Report(AS_OF), capsys)[0]["AlertsPending"] == [0.0]
    assert "AlertsPending" not in emitted(Request(AS_OF), Report(AS_OF, still_pending=None), capsys)[0]


def test_every_log_line_carries_the_runs_id() -> None:
    def write(logger: Logger) -> None:
        telemetry.log_report(logger, Report(AS_OF, REPORT.accounts, own_failures=("account: 503",)))
        logging.getLogger("cloudflare_budgets.check").error("from within")

    lines = lines_logged(write)
    assert [line["message"] for line in lines] == [
        "account checked",
        "budget checked",
        "problem",
        "left undone",
        "run ended",
        "from within",
    ]
    assert {line["run_id"] for line in lines} == {"run-1"}
    assert lines[3]["failure"] == "account: 503"


def test_the_libraries_that_print_secrets_stay_quiet_whatever_the_root_logger_says() -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        telemetry.start_logging("run-1")
        for name in ("botocore", "boto3", "urllib3", "http.client"):
            assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)
    finally:
        logging.getLogger().setLevel(logging.WARNING)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("count", [1, 99, 100, 101, 200, 300])
def test_the_metrics_of_any_number_of_accounts_are_emitted_without_a_warning(
    count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    [account] = REPORT.accounts
    accounts = tuple(replace(account, account_id=f"{number:032x}", evaluations=()) for number in range(count))
    lines = emitted(Request(AS_OF), replace(REPORT, accounts=accounts), capsys)
    ages = [age for line in lines for age in line.get("DataAgeHours", [])]  # type: ignore[attr-defined]
    assert len(ages) == count
    assert [line["AlertsSent"] for line in lines if "AlertsSent" in line] == [[1.0]]
