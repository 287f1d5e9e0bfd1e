"""Links, paths, commands and documents on every page work."""

import json
import re
import subprocess
from pathlib import PurePosixPath

import pytest

from cloudflare_budgets.adapters import slack_webhook
from cloudflare_budgets.adapters.aws.accounts.credentials import read_shared_token
from cloudflare_budgets.adapters.channels.settings import parse_channel
from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.budgets.account import SharedToken
from cloudflare_budgets.domain.budgets.budget import Budget, budget_parameter
from cloudflare_budgets.domain.budgets.budgets_object import parse_object
from cloudflare_budgets.domain.budgets.document import parse_budget
from cloudflare_budgets.domain.pricing.price_overrides import parse_prices
from cloudflare_budgets.domain.run.assignment import account_parameter
from cloudflare_budgets.domain.run.request import parse_request
from cloudflare_budgets.messages.reply import reply
from local.aws.translation import source
from tests.support.builders import AS_OF, PREFIX, charge
from tests.support.world import World
from tests.unit.repository.pages.documentation import (
    COMMANDS,
    DOCUMENTS,
    EVERYTHING,
    OTHERS,
    PAGES,
    ROOT,
    blocks,
    page,
)

LAYER = "layers/cloudflare_budgets/cloudflare_budgets/"
LINKS = [
    (name, link)
    for name, text in {**PAGES, **OTHERS}.items()
    for link in re.findall(r"\]\(([^)\s]+)\)", text)
    if "://" not in link
]
PATHS = re.findall(
    r"`((?:layers|functions|examples|local|tests|events|docs|benchmarks|\.ci)/[\w./-]*)`", EVERYTHING
)
SHELL = [(name, text) for name, page_text in PAGES.items() for text in blocks(page_text, "sh")]


def anchor_of(heading: str) -> str:
    """Make the anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize(("name", "link"), LINKS)
def test_every_link_leads_to_a_page_and_a_heading_that_exist(name: str, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = ROOT / PurePosixPath(name).parent / path if path else ROOT / name
    assert target.exists()
    if anchor:
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
        assert anchor in [anchor_of(heading) for heading in headings]


@pytest.mark.parametrize("name", [name for name in PAGES if name != "README.md"])
def test_the_contents_of_a_page_are_its_sections(name: str) -> None:
    text = PAGES[name]
    contents = re.findall(r"^- \[(.+)\]\(#.+\)$", text.partition("\n## ")[0], re.MULTILINE)
    assert not contents or contents == re.findall(r"^## (.+)$", text, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(PATHS)))
def test_every_path_named_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`…/([\w./-]+)`", EVERYTHING))))
def test_every_path_named_inside_the_package_exists(path: str) -> None:
    assert (ROOT / LAYER / path).exists()


@pytest.mark.parametrize("text", DOCUMENTS)
def test_every_document_shown_is_a_budget_prices_an_event_or_a_reply_as_they_are(text: str) -> None:
    document = json.loads(text)
    if "token" in document:
        shared = text.replace("...", "x" * 40)
        assert isinstance(read_shared_token("/shown", shared), SharedToken)
    elif "budgets" in document:
        found = parse_object("s3://bucket/shown", text, "")
        assert (found.failure, found.refusals) == (None, ())
        assert all(isinstance(parse_budget(*each), Budget) for each in found.documents.items())
    elif "accounts" in document:
        world = World()
        world.use(charge(cost="41.2"))
        given = reply(world.run())
        given["accounts"][0]["alerts"][0]["alert_id"] = document["accounts"][0]["alerts"][0]["alert_id"]
        assert document == given
    elif "action" in document:
        parse_request(document, AS_OF)
    elif "type" in document:
        parse_channel("shown", "SecureString", text)
    elif "limit" not in document:
        assert parse_prices(text, shipped_prices()).refusals == ()
    else:
        parsed = parse_budget("shown", text)
        assert isinstance(parsed, Budget), str(parsed)


@pytest.mark.parametrize(("name", "text"), SHELL)
def test_every_command_is_valid_shell(name: str, text: str) -> None:
    checked = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)  # noqa: S607 - the shell of the reader
    assert checked.stderr == "", name


@pytest.mark.parametrize(
    "target",
    sorted(set(re.findall(r"(?:`|^)make ([a-z]+)", EVERYTHING + OTHERS["CONTRIBUTING.md"], re.MULTILINE))),
)
def test_every_make_target_named_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_every_make_target_is_described() -> None:
    makefile = (ROOT / "Makefile").read_text()
    described = re.findall(r"^\| `make ([a-z]+)` \|", page("development"), re.MULTILINE)
    assert sorted(described) == sorted(set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)) - {"help"})


@pytest.mark.parametrize("module", sorted(set(re.findall(r"python -m ([\w.]+)", EVERYTHING))))
def test_every_module_that_a_command_runs_exists(module: str) -> None:
    assert (ROOT / module.replace(".", "/") / "__main__.py").exists()


@pytest.mark.parametrize(
    ("language", "path"),
    [("yaml", "examples/kill_switch/template.yaml"), ("python", "examples/kill_switch/handler.py")],
)
def test_what_is_shown_of_an_example_is_in_it(language: str, path: str) -> None:
    shown = blocks(page("automation"), language)
    assert shown
    assert all(text in (ROOT / path).read_text() for text in shown)


def test_every_parameter_that_a_command_names_is_one_that_is_read() -> None:
    granted = source()["Resources"]["PingPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Resource"]
    known = {
        account_parameter(PREFIX, "YOUR_ACCOUNT_ID"),
        budget_parameter(PREFIX, "spend"),
        f"{PREFIX}/{slack_webhook.PARAMETER}",
        f"{PREFIX}/channels/team",
        f"{PREFIX}/tokens/agency",
        "/kill-switch/cloudflare/token",  # examples/kill_switch/template.yaml
        granted["Fn::Sub"].partition(":parameter")[2].replace("${ParameterPrefix}", PREFIX),
    }
    assert set(re.findall(r"--name (\S+)", COMMANDS)) == known


def test_the_log_that_a_command_reads_is_the_functions() -> None:
    group = source()["Resources"]["CheckBudgetsLogGroup"]["Properties"]["LogGroupName"]["Fn::Sub"]
    assert re.findall(r"aws logs tail (\S+)", COMMANDS) == [
        group.replace("${AWS::StackName}", "cloudflare-budgets")
    ]


def test_every_section_that_an_alarm_names_exists() -> None:
    named = re.findall(r"docs/([a-z-]+\.md)#([a-z-]+)", json.dumps(source()["Resources"]))
    assert named
    for name, anchor in named:
        headings = re.findall(r"^#+ (.+)$", PAGES[f"docs/{name}"], re.MULTILINE)
        assert anchor in [anchor_of(heading) for heading in headings]


def test_every_placeholder_in_a_command_is_an_output_or_explained() -> None:
    placeholders = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", COMMANDS)) - {"UPDATE_DOCS"}
    outputs = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper() for name in source()["Outputs"]}
    queues = {"UNDELIVERED_QUEUE_ARN", "SLACK_QUEUE_ARN"}  # read in the SQS console
    outputs.add("UNDO_FUNCTION_NAME")  # of examples/kill_switch/template.yaml
    variables = {"CLOUDFLARE_API_TOKEN"}  # explained where they are set
    assert placeholders - outputs - queues - variables == {"YOUR_ACCOUNT_ID", "YOUR_CLONE_URL"}
    assert "<" not in COMMANDS  # a shell would read a file
