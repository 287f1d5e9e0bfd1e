"""docs/cli.md names every command, option, variable and exit code, and no other."""

import re
from pathlib import Path

import pytest
import typer
import yaml

from cloudflare_budgets_cli.app import app
from cloudflare_budgets_cli.budget_files.budget_file import read_budget_files
from cloudflare_budgets_cli.budget_files.schema import budget_file_schema
from cloudflare_budgets_cli.checking.topics import SLACK_URL
from cloudflare_budgets_cli.settings import ExitCode
from tests.unit.repository.pages.documentation import COMMANDS, EVERYTHING, ROOT, blocks, page, rows, section

PAGE = page("cli")


def commands() -> dict[str, set[str]]:
    """Every command with its options as typer knows them."""
    found: dict[str, set[str]] = {}
    waiting = [("", typer.main.get_command(app))]
    while waiting:
        name, command = waiting.pop()
        if children := getattr(command, "commands", {}):
            waiting += [(f"{name} {child}".strip(), each) for child, each in children.items()]
        else:
            found[name] = options_of(command)
    return found


def options_of(command: object) -> set[str]:
    params = getattr(command, "params", [])
    return {option for each in params for option in each.opts if option.startswith("--")} - {"--help"}


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_every_command_is_listed_with_its_options() -> None:
    listed = {
        name: set(quoted(options))
        for names, options in rows(section(PAGE, "## Commands"))
        for name in quoted(names)
    }
    assert listed == commands()


def test_every_global_option_is_listed() -> None:
    listed = {name for names, _ in rows(section(PAGE, "## Global options")) for name in quoted(names)}
    own = {name for name in listed if name.startswith("--")}
    known = options_of(typer.main.get_command(app))
    assert own == known - {"--version", "--install-completion", "--show-completion"}


def test_every_exit_code_is_listed() -> None:
    assert [int(code) for code, _ in rows(section(PAGE, "## Exit codes"))] == list(ExitCode)


def test_the_keys_of_a_budget_file_are_those_of_its_schema() -> None:
    listed = {name for names, _ in rows(section(PAGE, "## Budget files")) for name in quoted(names)}
    assert listed == budget_file_schema()["properties"].keys() - {"$schema"}


def test_the_budget_file_that_is_shown_is_valid(tmp_path: Path) -> None:
    [text] = blocks(PAGE, "yaml")
    file = tmp_path / "budgets.yaml"
    file.write_text(text)
    found = read_budget_files([file])
    assert found.findings == ()
    assert found.documents.keys() == yaml.safe_load(text)["budgets"].keys()


def test_the_variables_are_those_that_are_read() -> None:
    listed = {name for names, _ in rows(section(PAGE, "## Without AWS")) for name in quoted(names)}
    sources = (ROOT / "cli/cloudflare_budgets_cli/cloudflare/access.py").read_text()
    assert listed == {*re.findall(r'"(CLOUDFLARE_[A-Z_]+)"', sources), SLACK_URL}


def documented() -> list[str]:
    """Every command of the documentation, and every one that the command line advises."""
    sources = "\n".join(path.read_text() for path in (ROOT / "cli").rglob("*.py"))
    lines = [*COMMANDS.splitlines(), *re.findall(r"`([^`\n]+)`", EVERYTHING)]
    advised = re.findall(r"cloudflare-budgets (?:[a-z]+ ?)+(?:--?[a-z-]+)*", sources)
    return [line for line in (*lines, *advised) if re.search(r"cloudflare-budgets +[a-z-]", line)]


@pytest.mark.parametrize("line", sorted(set(documented())))
def test_a_documented_command_exists_with_its_options(line: str) -> None:
    known = commands()
    words = re.split(r"[|;&]", line.partition("cloudflare-budgets ")[2])[0].split()
    short = {"-o": "--output", "-q": "--quiet", "-p": "--parameter", "-y": "--yes", "-f": "--follow"}
    names = [" ".join(words[start : start + size]) for size in (2, 1) for start in range(len(words))]
    found = [name for name in names if name in known]
    assert found, f"no command in {line}"
    options = {short.get(word, word).partition("=")[0] for word in words if word.startswith("-")}
    everywhere = options_of(typer.main.get_command(app)) | {"--help"}
    assert options <= known[found[0]] | everywhere, line
