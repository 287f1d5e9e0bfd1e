"""What the README says is true."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudflare_budgets.adapters.shipped_prices import shipped_prices
from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.budget_document import parse_budget
from cloudflare_budgets.domain.price_document import parse_prices
from cloudflare_budgets.domain.report import reply
from cloudflare_budgets.domain.request import parse_request
from tests.builders import AS_OF, charge
from tests.unit.test_crossing_alert import MAIL
from tests.unit.test_mails import (
    GOLDEN,
    of_a_closed_period,
    of_a_digest,
    of_a_raised_limit,
    of_a_spike,
    without_ids,
)
from tests.unit.world import World

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
DOCUMENTS = [text for language, text in BLOCKS if language == "json"]
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
