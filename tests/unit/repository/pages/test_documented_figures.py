"""Figures in the documentation are those of the code and of the template."""

import re
from datetime import timedelta

import pytest

from cloudflare_budgets.adapters import slack_webhook
from cloudflare_budgets.adapters.aws.report_bucket import LINK_FOR
from cloudflare_budgets.adapters.cloudflare.api import RETRIES, Limits
from cloudflare_budgets.check.delivery import PACE
from cloudflare_budgets.domain.budgets.thresholds import DEFAULT_THRESHOLDS
from cloudflare_budgets.domain.data_quality.freshness import NO_DATA_GRACE, STALE_AFTER
from cloudflare_budgets.domain.data_quality.snapshot import RESTATED_DAYS
from cloudflare_budgets.domain.evaluation.forecast.remainder import DAYS_FOR_FORECAST
from cloudflare_budgets.domain.primitives.period import SETTLING_TIME
from cloudflare_budgets.domain.timeseries.forecast import DAYS_FOR_RANGE
from cloudflare_budgets.messages.alerts.digest_contents import ACCOUNTS_SHOWN, BUDGETS_SHOWN
from cloudflare_budgets_cli.stack.install.guided import ANSWERS
from local.aws.translation import source
from tests.unit.repository.pages.documentation import COMMANDS, PROSE, ROOT, commands, page

STACK = source()["Resources"]
ALARMS = [each for each in STACK.values() if each["Type"] == "AWS::CloudWatch::Alarm"]
EVERYBODYS = sum("Condition" not in alarm for alarm in ALARMS)
SLACK_QUEUE = STACK["SlackQueue"]["Properties"]
WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        ("alerts at {}, {} and {} %", [text.rstrip("%") for text in DEFAULT_THRESHOLDS]),
        (
            "up to {} requests within {:.0f} seconds, a `Retry-After`",
            [WORDS[RETRIES.max_requests], Limits().deadline],
        ),
        (
            "are retried up to {} times within a minute, and then again every {} minutes",
            [WORDS[slack_webhook.MAX_REQUESTS], WORDS[SLACK_QUEUE["VisibilityTimeout"] // 60]],
        ),
        ("each alert is retried every {} minutes", [WORDS[SLACK_QUEUE["VisibilityTimeout"] // 60]]),
        ("ended more than {:.0f} hours ago (`StaleAfterHours`), a budget below", [STALE_AFTER / HOUR]),
        ("usage older than {:.0f} hours does not prove", [STALE_AFTER / HOUR]),
        ("A period is evaluated for {:.0f} hours after its end", [SETTLING_TIME / HOUR]),
        ("the alert is still sent, for {:.0f} hours", [SETTLING_TIME / HOUR]),
        ("stays `unknown` for the {:.0f} hours in which it is evaluated", [SETTLING_TIME / HOUR]),
        ("The last {} days may be restated", [WORDS[RESTATED_DAYS]]),
        ("nothing for {} days of a period, then `no_data`", [WORDS[NO_DATA_GRACE.days]]),
        ("There is no forecast before {} complete days", [WORDS[DAYS_FOR_FORECAST]]),
        ("There is no range and no alert before {}.", [WORDS[DAYS_FOR_RANGE]]),
        ("fewer than {} days are complete | no alert on a forecast", [WORDS[DAYS_FOR_RANGE]]),
        ("sends at most {} messages a second", [WORDS[timedelta(seconds=1) // PACE]]),
        ("lists up to {} budgets of an account", [BUDGETS_SHOWN]),
        ("divided among up to {} accounts", [ACCOUNTS_SHOWN]),
        ("can open the page, for {:.0f} hours at most", [LINK_FOR / HOUR]),
        ("the {} alarms cost 10 cents each", [EVERYBODYS]),
        ("That is {:.2f} USD at most", [EVERYBODYS * 0.10 + 8 * 0.30 + 3.00]),
    ],
)
def test_figures_are_those_of_the_code(words: str, figures: list[object]) -> None:
    assert words.format(*figures) in PROSE


def test_slack_is_retried_for_half_a_day() -> None:
    tries, seconds = SLACK_QUEUE["RedrivePolicy"]["maxReceiveCount"], SLACK_QUEUE["VisibilityTimeout"]
    assert tries * seconds == timedelta(hours=12).total_seconds()
    assert "for half a day" in page("slack").replace("\n", " ")


def test_what_outlives_the_stack_is_listed_and_nothing_else_does() -> None:
    kept = {name for name, each in STACK.items() if each.get("DeletionPolicy") == "Retain"}
    assert kept == {"AlertTable", "ReportBucket"}
    removal = commands(page("operations").partition("## Remove")[2].partition("\n## ")[0])
    assert {"ALERT_TABLE_NAME", "REPORT_BUCKET_NAME"} <= set(re.findall(r"[A-Z_]{5,}", removal))


def test_the_table_is_deleted_only_once_its_protection_is_gone() -> None:
    table = "--table-name ALERT_TABLE_NAME\n"
    assert (
        f"aws dynamodb update-table --no-deletion-protection-enabled {table}"
        f"aws dynamodb wait table-exists {table}"
        f"aws dynamodb delete-table {table}"
    ) in COMMANDS
    assert "answer `y` to each" in PROSE


def test_the_answers_of_a_deployment_go_where_git_does_not_look() -> None:
    answers = str(ANSWERS)
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert f"{answers.partition('/')[0]}/" in ignored
    assert f".venv/bin/sam delete --config-file {answers}\n" in COMMANDS
    # SAM keeps those of an example beside its template.
    assert "examples/*/samconfig.toml" in ignored
