"""The reference lists every parameter, output, key and field that exists, and no other."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local.aws.translation import source
from tests.unit.repository.pages.documentation import ROOT, blocks, page, rows, section

SCHEMAS = ROOT / "layers/cloudflare_budgets/cloudflare_budgets/schemas"
REFERENCE = page("reference")
FORMAT = page("alert-format")


def schema(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text())


def names(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_every_stack_parameter_is_listed_with_its_default() -> None:
    listed = {row[0].strip("`"): row[1].strip("`") for row in rows(section(REFERENCE, "## Stack parameters"))}
    defaults = {name: str(one["Default"]) or "empty" for name, one in source()["Parameters"].items()}
    assert listed == defaults


def test_every_output_is_listed() -> None:
    assert names(section(REFERENCE, "## Stack outputs")) == list(source()["Outputs"])


def test_every_ssm_parameter_that_a_role_may_read_is_listed() -> None:
    listed = {names(row[0])[0] for row in rows(section(REFERENCE, "## SSM parameters"))}
    granted = re.findall(r"parameter\$\{ParameterPrefix\}(/[\w/-]+\w)", json.dumps(source()["Resources"]))
    assert {"/" + name.split("/", 1)[1].split("/<")[0] for name in listed} == set(granted)


def test_every_key_of_a_budget_is_described() -> None:
    described = [names(row[0])[0] for row in rows(section(page("budgets"), "## All keys"))]
    assert described == list(schema("budget")["properties"])


def test_every_key_of_a_price_is_described() -> None:
    text = section(page("costs-and-forecasts"), "## Your own prices")
    properties = schema("prices")["$defs"]["price"]["properties"]
    described = [names(row[0])[0] for row in rows(text)]
    assert sorted(described) == sorted(properties)
    for row in rows(text):
        default = properties[names(row[0])[0]].get("default", "")
        assert row[1].strip("`") == (default if isinstance(default, str) else json.dumps(default))


def test_every_field_of_the_reply_is_shown_and_explained_or_plain() -> None:
    [example] = blocks(section(REFERENCE, "## The reply"), "json")
    explained = {name for row in rows(section(REFERENCE, "## The reply")) for name in names(row[0])}
    assert explained <= set(keys_of(json.loads(example)))


def keys_of(document: object) -> Iterator[str]:
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield key
            yield from keys_of(value)
    elif isinstance(document, list):
        for each in document:
            yield from keys_of(each)


ENVELOPE = set(schema("alert")["$defs"]["envelope"]["properties"])
SECTIONS = {
    "envelope": "## All types",
    "threshold_crossed": "## threshold_crossed",
    "anomaly": "## spike and new_metric",
    "problem": "## problem",
    "resolved": "## resolved",
    "period_closed": "## period_closed",
    "digest": "## digest",
}


@pytest.mark.parametrize(("definition", "heading"), SECTIONS.items())
def test_every_field_of_an_alert_is_described(definition: str, heading: str) -> None:
    described = [name for row in rows(section(FORMAT, heading)) for name in names(row[0])]
    fields = schema("alert")["$defs"][definition]["properties"]
    envelope = set() if definition == "envelope" else ENVELOPE
    assert sorted(described) == sorted(set(fields) - envelope)


@pytest.mark.parametrize(
    "shared", ["budget", "period", "threshold", "forecast", "driver", "allowance", "standing"]
)
def test_every_field_of_a_shared_object_is_described(shared: str) -> None:
    text = section(FORMAT, "## Shared objects")
    paragraph = text.partition(f"**{shared.title()}**")[2].partition("\n\n")[0]
    assert set(schema("alert")["$defs"][shared]["properties"]) <= set(names(paragraph))


def test_every_type_severity_and_reason_is_listed() -> None:
    definitions = schema("alert")["$defs"]
    types = {one["$ref"].rpartition("/")[2] for one in schema("alert")["oneOf"]} - {"truncated"}
    attributes = {
        names(row[0])[0]: set(names(row[1])) for row in rows(section(FORMAT, "## Message attributes"))
    }
    assert attributes["type"] == types
    assert attributes["severity"] == set(definitions["envelope"]["properties"]["severity"]["enum"])
    assert set(definitions["resolved"]["properties"]["reason"]["enum"]) <= set(
        names(section(FORMAT, "## resolved"))
    )
    listed = {names(row[0])[0] for row in rows(section(page("messages"), "## Types"))}
    assert listed == types
