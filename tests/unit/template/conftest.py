from __future__ import annotations

from typing import Any

import pytest

from local.aws.translation import source, translated


class Template:
    """The template as it is written, and the resources that CloudFormation is given: SAM's own included."""

    def __init__(self) -> None:
        self.source = source()
        self.resources = translated()["Resources"]

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


@pytest.fixture(scope="package")
def template() -> Template:
    return Template()
