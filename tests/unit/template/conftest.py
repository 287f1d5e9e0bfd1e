from __future__ import annotations

from typing import Any

import pytest

from local.aws.translation import source, translated


class Template:
    """The template as it is in the repository, and its resources after the translation by SAM."""

    def __init__(self) -> None:
        self.source = source()
        self.resources = translated()["Resources"]

    def of_type(self, kind: str) -> dict[str, Any]:
        """Return the properties of all resources of a type, by logical ID."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def only(self, kind: str) -> dict[str, Any]:
        """Return the properties of the only resource of a type."""
        [properties] = self.of_type(kind).values()
        assert isinstance(properties, dict)
        return properties

    def statements(self, role: str) -> list[dict[str, Any]]:
        """Return every statement of the inline policies of a role."""
        policies = self.of_type("AWS::IAM::Role")[role]["Policies"]
        return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


@pytest.fixture(scope="package")
def template() -> Template:
    return Template()
