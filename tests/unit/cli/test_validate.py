"""Budget files: what is accepted, and every error with its place."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.budgets.document import parse_budget
from cloudflare_budgets_cli.app import app
from cloudflare_budgets_cli.budget_files.budget_file import BudgetFiles, read_budget_files
from cloudflare_budgets_cli.budget_files.schema import SCHEMA_ID, budget_file_schema

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "examples" / "budgets").glob("*.yaml"))


def read(folder: Path, text: str, name: str = "budgets.yaml") -> BudgetFiles:
    file = folder / name
    file.write_text(text)
    return read_budget_files([file])


def places(found: BudgetFiles) -> list[tuple[int, int, str]]:
    return [(one.position.line, one.position.column, one.message.partition(", expected")[0])
            for one in found.findings]  # fmt: skip


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_is_valid_for_the_parser_and_the_schema(file: Path) -> None:
    found = read_budget_files([file])
    assert found.findings == ()
    assert all(isinstance(parse_budget(*each), Budget) for each in found.documents.items())
    document = json.loads(json.dumps(yaml.load(file.read_text(), yaml.BaseLoader)))  # noqa: S506 - strings
    jsonschema.validate(document, budget_file_schema())
    assert file.read_text().startswith("# yaml-language-server: $schema=../budgets.schema.json\n# ")


def test_there_is_a_dozen_of_examples() -> None:
    assert len(EXAMPLES) >= 12


def test_the_schema_of_the_examples_is_the_one_that_is_printed() -> None:
    printed = CliRunner().invoke(app, ["schema"]).stdout
    assert (ROOT / "examples" / "budgets.schema.json").read_text() == printed
    assert json.loads(printed)["$id"] == SCHEMA_ID == "urn:cloudflare-budgets:schema:budget-file:1"
    jsonschema.Draft202012Validator.check_schema(json.loads(printed))


def test_every_error_has_its_line_and_column(tmp_path: Path) -> None:
    text = """\
budgets:
  spend:
    limit: $50
    periode: monthly
  workers: {limit: 40 USD, thresholds: ["50%", "80 %"]}
  "two words": {limit: 1 USD}
bugdets: {}
"""
    found = read(tmp_path, text)
    assert places(found) == [
        (3, 12, 'spend: limit: found "$50"'),
        (4, 5, "spend: periode: found an unknown key"),
        (5, 48, 'workers: thresholds[1]: found "80 %"'),
        (6, 3, 'two words: name: found "two words"'),
        (7, 1, "bugdets: found an unknown key"),
    ]
    assert 'did you mean "50 USD"?' in found.findings[0].message
    assert 'did you mean "period"?' in found.findings[1].message
    assert 'did you mean "budgets"?' in found.findings[4].message


def test_an_error_of_a_default_is_reported_where_the_default_stands(tmp_path: Path) -> None:
    found = read(tmp_path, "defaults:\n  period: monthly\nbudgets:\n  spend: {limit: 5 USD}\n")
    assert places(found) == [(2, 11, 'spend: period: found "monthly"')]


def test_json_has_lines_and_columns_too(tmp_path: Path) -> None:
    found = read(tmp_path, '{\n\t"budgets": {"spend": {"limit": 50}}\n}\n', "budgets.json")
    assert places(found) == [(2, 33, "spend: limit: found 50")]


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("budgets: {spend: {limit: 5 USD}", (1, 32), "is not valid"),
        (
            "budgets:\n  spend: {limit: 5 USD}\n  spend: {limit: 6 USD}\n",
            (3, 3),
            'the key "spend" occurs twice',
        ),
        ("budgets: !Ref x\n", (1, 10), "the tag !Ref is not supported"),
        ("a: &a [*a]\n", (1, 4), "expand to too much"),
        ("- limit: 5 USD\n", (1, 1), "expected the keys"),
        ("? [a]\n: b\n", (1, 3), "a key must be a string"),
        ("budgets:\n  spend: 40 USD\n", (2, 10), 'expected an object such as {"limit": "50 USD"}'),
        ("budgets: 7\n", (1, 10), "expected an object with names as its keys"),
        ("accounts: {shop: 12}\n", (1, 18), "32 hex digits"),
        ("prices: {kv_storage: {price: '1'}}\n", (1, 30), "expected an amount and its currency"),
    ],
)
def test_a_wrong_document_says_why_and_where(
    tmp_path: Path, text: str, place: tuple[int, int], reason: str
) -> None:
    [found] = read(tmp_path, text).findings
    assert (found.position.line, found.position.column) == place
    assert reason in found.message


def test_aliases_that_expand_exponentially_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    [found] = read(tmp_path, "\n".join(lines)).findings
    assert "expand to too much" in found.message


def test_dates_and_words_of_yaml_1_1_are_strings(tmp_path: Path) -> None:
    found = read(tmp_path, "budgets:\n  spend: {limit: 5 USD, muted_until: 2026-12-01, description: on}\n")
    assert found.findings == ()
    document = json.loads(found.documents["spend"])
    assert document == {"limit": "5 USD", "muted_until": "2026-12-01", "description": "on"}


def test_aliases_of_accounts_become_ids_and_defaults_fill_gaps(tmp_path: Path) -> None:
    account_id = "023e105f4ecef8ad9ca31a8372d0c353"
    text = f"""\
accounts: {{shop: {account_id}}}
defaults: {{account_id: shop, period: week}}
budgets:
  one: {{limit: 5 USD}}
  two: {{limit: 5 USD, period: day}}
"""
    documents = read(tmp_path, text).documents
    assert json.loads(documents["one"]) == {"account_id": account_id, "period": "week", "limit": "5 USD"}
    assert json.loads(documents["two"])["period"] == "day"


def test_a_folder_is_read_with_all_its_files_and_one_budget_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "spend.json").write_text('{"limit": "50 USD"}')
    (tmp_path / "more.yml").write_text("budgets: {workers: {limit: 5 USD}}")
    (tmp_path / "README.md").write_text("no budgets")
    assert sorted(read_budget_files([tmp_path]).documents) == ["spend", "workers"]


def test_the_same_name_in_two_files_is_an_error(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("budgets: {spend: {limit: 5 USD}}")
    [found] = read_budget_files([tmp_path]).findings
    assert found.file.endswith("b.yaml")
    assert "a.yaml too" in found.message


def test_a_file_that_is_missing_or_not_utf_8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"budgets:\n  caf\xe9: {limit: 5 USD}\n")
    found = read_budget_files([tmp_path / "missing.yaml", tmp_path / "latin.yaml"]).findings
    assert [one.message for one in found] == ["is not UTF-8", "cannot be read: No such file or directory"]
    assert found[0].position.line == 2


def test_the_command_prints_findings_like_a_compiler_and_exits_with_1(tmp_path: Path) -> None:
    file = tmp_path / "budgets.yaml"
    file.write_text("budgets: {spend: {limit: 5}}")
    found = CliRunner().invoke(app, ["validate", str(file)])
    assert found.exit_code == 1
    assert f"{file}:1:26: spend: limit: found 5, expected an amount" in found.stdout
    assert "1 budget in 1 file: 1 error" in found.stdout


def test_the_command_has_json_for_machines(tmp_path: Path) -> None:
    (tmp_path / "budgets.yaml").write_text("budgets: {spend: {limit: 5 USD}}")
    found = CliRunner().invoke(app, ["-o", "json", "validate", str(tmp_path)])
    assert found.exit_code == 0
    assert json.loads(found.stdout)["valid"] is True
    assert json.loads(found.stdout)["budgets"] == ["spend"]
