"""The Terraform example stores the same parameters as `cloudflare-budgets apply`."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

from cloudflare_budgets_cli.budget_files.budget_file import read_budget_files
from tests.unit.repository.hcl_expressions import evaluate
from tests.unit.repository.pages.documentation import ROOT

EXAMPLES = sorted((ROOT / "examples/budgets").glob("*.yaml"))
PREFIX = "/ours"


class Loader(yaml.SafeLoader):
    """Reads dates as texts, as Terraform does."""


Loader.yaml_implicit_resolvers = {
    key: [each for each in found if each[0] != "tag:yaml.org,2002:timestamp"]
    for key, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.fixture(scope="module")
def module() -> Mapping[str, Any]:
    with (ROOT / "examples/terraform/main.tf").open() as file:
        found: Mapping[str, Any] = unquoted(hcl2.load(file))
    return found


def unquoted(node: Any) -> Any:  # noqa: ANN401 - any part of a document
    """Remove the quotes that the parser keeps around names of blocks."""
    if isinstance(node, dict):
        return {key.strip('"'): unquoted(each) for key, each in node.items() if not key.startswith("__")}
    return [unquoted(each) for each in node] if isinstance(node, list) else node


def functions(folder: Path) -> Mapping[str, Any]:
    return {
        "fileset": lambda path, pattern: sorted(each.name for each in Path(path).glob(pattern)),
        "file": lambda path: Path(path).read_text(),
        "yamldecode": lambda text: yaml.load(text, Loader),  # noqa: S506 - it derives from the safe one
        "jsonencode": json.dumps,
        "merge": lambda *maps: {key: value for each in maps for key, value in each.items()},
        "lookup": lambda found, key, default: found.get(key, default),
        "length": len,
        "var": {"prefix": PREFIX, "folder": str(folder)},
    }


def stored(module: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and value of each parameter that Terraform creates for the files of a folder."""
    scope: dict[str, Any] = {**functions(folder), "local": {}}
    for name, expression in module["locals"][0].items():
        scope["local"][name] = evaluate(expression, scope)
    for resource in module["resource"]:
        [block] = resource["aws_ssm_parameter"].values()
        for each in instances(block, scope):
            yield tuple(evaluate(block[field], each) for field in ("name", "type", "value"))


def instances(block: Mapping[str, str], scope: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "count" in block:
        yield from [scope] * evaluate(block["count"], scope)
    else:
        for key, value in evaluate(block["for_each"], scope).items():
            yield {**scope, "each": {"key": key, "value": value}}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_terraform_stores_what_apply_writes(module: Mapping[str, Any], example: Path, tmp_path: Path) -> None:
    shutil.copy(example, tmp_path)
    files = read_budget_files([tmp_path / example.name])
    assert files.findings == ()
    expected = {f"{PREFIX}/budgets/{name}": json.loads(text) for name, text in files.documents.items()}
    if files.prices:
        expected[f"{PREFIX}/prices"] = json.loads(files.prices)
    found = list(stored(module, tmp_path))
    assert {kind for _, kind, _ in found} == {"String"}
    assert {name: json.loads(value) for name, _, value in found} == expected


def test_an_alias_of_another_file_is_resolved(module: Mapping[str, Any], tmp_path: Path) -> None:
    (tmp_path / "accounts.yaml").write_text(f"accounts: {{shop: {'a' * 32}}}")
    (tmp_path / "spend.yaml").write_text("budgets: {spend: {limit: 5 USD, account_id: shop}}")
    files = read_budget_files([tmp_path])
    [(_, _, value)] = stored(module, tmp_path)
    assert json.loads(value) == json.loads(files.documents["spend"])


def test_the_prefix_is_that_of_the_stack(module: Mapping[str, Any]) -> None:
    [default] = [each["prefix"]["default"] for each in module["variable"] if "prefix" in each]
    assert default.strip('"') == "/cloudflare-budgets"
