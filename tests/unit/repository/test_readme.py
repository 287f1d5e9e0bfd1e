"""What the README says is true."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudflare_budgets.adapters import slack_webhook
from cloudflare_budgets.adapters.aws.report_bucket import LINK_FOR
from cloudflare_budgets.adapters.aws.secret_url import WebhookParameter
from cloudflare_budgets.adapters.cloudflare.api import Limits
from cloudflare_budgets.adapters.http import retries as cloudflare_retries
from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.check.configuration import account_parameter
from cloudflare_budgets.check.delivery import PACE
from cloudflare_budgets.domain.budgets.budget import Budget, budget_parameter
from cloudflare_budgets.domain.budgets.document import parse_budget
from cloudflare_budgets.domain.budgets.fields import DEFAULT_THRESHOLDS
from cloudflare_budgets.domain.data_quality.freshness import NO_DATA_GRACE, STALE_AFTER
from cloudflare_budgets.domain.data_quality.snapshot import RESTATED_DAYS
from cloudflare_budgets.domain.evaluation.remainder import DAYS_FOR_FORECAST
from cloudflare_budgets.domain.pricing.price_overrides import parse_prices
from cloudflare_budgets.domain.primitives.period import SETTLING_TIME
from cloudflare_budgets.domain.run.request import parse_request
from cloudflare_budgets.domain.timeseries.forecast import DAYS_FOR_RANGE
from cloudflare_budgets.messages.alerts.digest_contents import ACCOUNTS_SHOWN, BUDGETS_SHOWN
from cloudflare_budgets.messages.reply import reply
from local.aws.translation import source
from tests.builders import AS_OF, PREFIX, charge
from tests.unit.messages.test_alert_texts import (
    GOLDEN,
    of_a_closed_period,
    of_a_digest,
    of_a_raised_limit,
    of_a_spike,
    without_ids,
)
from tests.unit.messages.test_crossing import MAIL
from tests.unit.world import World

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
DOCUMENTS = [text for language, text in BLOCKS if language == "json"]
COMMANDS = "".join(text for language, text in BLOCKS if language == "sh").replace("\\\n", " ")
PROSE = " ".join(README.split())
TEMPLATE = re.sub(r"!\w+", "", (ROOT / "template.yaml").read_text())


def table(heading: str) -> dict[str, str]:
    """Read a table's first two columns."""
    section = README.partition(heading)[2].partition("\n\n")[2].partition("\n\n")[0]
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in section.splitlines()]
    return {row[0]: row[1] for row in rows[2:]}


@pytest.mark.parametrize("text", DOCUMENTS)
def test_every_document_shown_is_a_budget_prices_an_event_or_a_reply_as_they_are(text: str) -> None:
    document = json.loads(text)
    if "accounts" in document:
        world = World()
        world.use(charge(cost="41.2"))
        told = reply(world.run())
        told["accounts"][0]["alerts"][0]["alert_id"] = document["accounts"][0]["alerts"][0]["alert_id"]
        assert document == told
    elif "action" in document:
        parse_request(document, AS_OF)
    elif "limit" not in document:
        assert parse_prices(text, shipped_prices()).refusals == ()
    else:
        parsed = parse_budget("shown", text)
        assert isinstance(parsed, Budget), str(parsed)


@pytest.mark.parametrize(
    ("subject", "mail"),
    [
        ("workers at 82% of 50 USD (41.20 USD) - Example account", MAIL),
        *(GOLDEN[told] for told in (of_a_spike, of_a_raised_limit, of_a_closed_period, of_a_digest)),
    ],
)
def test_the_mails_shown_are_the_mails_that_are_sent(subject: str, mail: str) -> None:
    shown = {without_ids(text) for language, text in BLOCKS if language == "text"}
    assert mail in shown
    assert f"\nSubject: `{subject}`\n" in README


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make (\w+)", README, re.MULTILINE))))
def test_every_make_target_named_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_every_stack_parameter_is_listed_with_its_default() -> None:
    template: dict[str, Any] = yaml.safe_load(TEMPLATE)
    defaults = {name: str(value["Default"]) or "empty" for name, value in template["Parameters"].items()}
    assert table("## The stack") == defaults


def test_every_output_is_listed() -> None:
    listed = re.findall(r"`(\w+)`", README.partition("\nOutputs: ")[2].partition("\n")[0])
    assert listed == list(yaml.safe_load(TEMPLATE)["Outputs"])


def test_every_key_of_a_budget_is_described() -> None:
    schema = json.loads(
        (ROOT / "layers/cloudflare_budgets/cloudflare_budgets/schemas/budget.schema.json").read_text()
    )
    rows = README.partition("| key | default | meaning |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE) == list(schema["properties"])


@pytest.mark.parametrize(
    "path", re.findall(r"`((?:layers|functions|examples|local|tests|events|docs)/[\w./-]*)`", README)
)
def test_every_path_named_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    ("language", "path"),
    [("yaml", "examples/kill_switch/template.yaml"), ("python", "examples/kill_switch/handler.py")],
)
def test_what_is_shown_of_an_example_is_in_it(language: str, path: str) -> None:
    shown = [text for found, text in BLOCKS if found == language]
    assert shown
    assert all(text in (ROOT / path).read_text() for text in shown)


def test_every_parameter_that_a_command_names_is_one_that_is_read() -> None:
    granted = source()["Resources"]["PingPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Resource"]
    known = {
        account_parameter(PREFIX, "YOUR_ACCOUNT_ID"),
        budget_parameter(PREFIX, "spend"),
        WebhookParameter(PREFIX, lambda: pytest.fail("nothing is read here")).name,
        granted["Fn::Sub"].partition(":parameter")[2].replace("${ParameterPrefix}", PREFIX),
    }
    assert set(re.findall(r"--name (\S+)", COMMANDS)) == known


def test_every_command_speaks_of_what_there_is() -> None:
    placeholders = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", COMMANDS))
    outputs = {
        re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper() for name in yaml.safe_load(TEMPLATE)["Outputs"]
    }
    assert placeholders - outputs == {"YOUR_ACCOUNT_ID", "YOUR_CLONE_URL"}
    assert "<" not in COMMANDS  # a shell would take it for a file


STACK = source()["Resources"]
EVERYBODYS = sum(
    each["Type"] == "AWS::CloudWatch::Alarm" and "Condition" not in each for each in STACK.values()
)
SLACK_QUEUE = STACK["SlackQueue"]["Properties"]
WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        ("tells at {}, {} and {} %", [text.rstrip("%") for text in DEFAULT_THRESHOLDS]),
        (
            "up to {} requests within {:.0f} seconds, a `Retry-After`",
            [WORDS[cloudflare_retries.MAX_REQUESTS], Limits().deadline],
        ),
        (
            "is tried up to {} times within a minute, and so again every {} minutes",
            [WORDS[slack_webhook.MAX_REQUESTS], WORDS[SLACK_QUEUE["VisibilityTimeout"] // 60]],
        ),
        ("ended more than {:.0f} hours ago, a budget below", [STALE_AFTER / timedelta(hours=1)]),
        ("| `StaleAfterHours` | `{:.0f}` |", [STALE_AFTER / timedelta(hours=1)]),
        ("A period is judged for {:.0f} hours after its end", [SETTLING_TIME / timedelta(hours=1)]),
        ("the alert comes all the same, for {:.0f} hours", [SETTLING_TIME / timedelta(hours=1)]),
        ("The last {} days may be restated", [WORDS[RESTATED_DAYS]]),
        ("nothing for {} days of a period, then `no_data`", [WORDS[NO_DATA_GRACE.days]]),
        ("There is none before {} complete days", [WORDS[DAYS_FOR_FORECAST]]),
        ("fewer than {} days are complete | nothing is told of a forecast", [WORDS[DAYS_FOR_RANGE]]),
        ("At most {} messages a second leave a run", [WORDS[timedelta(seconds=1) // PACE]]),
        ("Of an account it tells of up to {} budgets", [BUDGETS_SHOWN]),
        ("shared out evenly over up to {} accounts", [ACCOUNTS_SHOWN]),
        ("can open it, for {:.0f} hours at most", [LINK_FOR / timedelta(hours=1)]),
        ("That is {:.2f} USD at most", [EVERYBODYS * 0.10 + 6 * 0.30 + 3.00]),
    ],
)
def test_figures_are_those_of_the_code(words: str, figures: list[object]) -> None:
    assert words.format(*figures) in PROSE


def test_slack_is_tried_for_half_a_day() -> None:
    tries, seconds = SLACK_QUEUE["RedrivePolicy"]["maxReceiveCount"], SLACK_QUEUE["VisibilityTimeout"]
    assert tries * seconds == timedelta(hours=12).total_seconds()
    assert "for half a day" in PROSE


def test_what_outlives_the_stack_is_listed_and_nothing_else_does() -> None:
    kept = {name for name, each in STACK.items() if each.get("DeletionPolicy") == "Retain"}
    assert kept == {"AlertTable", "ReportBucket"}
    assert {"ALERT_TABLE_NAME", "REPORT_BUCKET_NAME"} <= set(re.findall(r"[A-Z_]{5,}", COMMANDS))


def test_the_table_is_deleted_only_once_its_protection_is_gone() -> None:
    table = "--table-name ALERT_TABLE_NAME\n"
    assert (
        f"aws dynamodb update-table --no-deletion-protection-enabled {table}"
        f"aws dynamodb wait table-exists {table}"
        f"aws dynamodb delete-table {table}"
    ) in COMMANDS
    assert "answer `y` to each" in PROSE


def test_the_answers_of_a_deployment_go_where_git_does_not_look() -> None:
    makefile = (ROOT / "Makefile").read_text()
    [answers] = re.findall(r"sam deploy --guided --config-file (\S+)", makefile)
    recipe = makefile.partition(f"\n{answers}:\n")[2].partition("\n\n")[0]
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert f"{answers.partition('/')[0]}/" in ignored
    assert "cp samconfig.toml $@" in recipe
    assert f".venv/bin/sam delete --config-file {answers}\n" in COMMANDS
    # SAM keeps those of an example beside its template.
    assert "examples/*/samconfig.toml" in ignored
