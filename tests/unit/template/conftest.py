from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

_FILE = Path(__file__).resolve().parents[3] / "template.yaml"


class Template:
    """The template as it is written, and the resources that CloudFormation is given: SAM's own included."""

    def __init__(self) -> None:
        self.source: dict[str, Any] = yaml_parse(_FILE.read_text())
        self.resources = _translated(yaml_parse(_FILE.read_text()))["Resources"]

    def of_type(self, kind: str) -> dict[str, Any]:
        """Properties by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def only(self, kind: str) -> dict[str, Any]:
        """Properties of the one resource of that type."""
        [properties] = self.of_type(kind).values()
        assert isinstance(properties, dict)
        return properties

    def statements(self, role: str) -> list[dict[str, Any]]:
        """Every statement of the role's own policies."""
        policies = self.of_type("AWS::IAM::Role")[role]["Policies"]
        return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def _translated(source: dict[str, Any]) -> dict[str, Any]:
    # SAM translates what was packaged; these stand for the addresses that packaging puts in.
    for resource in source["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/function"
    source["Resources"]["CloudflareBudgetsLayer"]["Properties"]["ContentUri"] = "s3://bucket/layer"
    with mock.patch.dict(os.environ, AWS_DEFAULT_REGION="us-east-1"):
        translated: dict[str, Any] = transform(source, {}, SimpleNamespace(load=dict))
    return translated


@pytest.fixture(scope="package")
def template() -> Template:
    return Template()
