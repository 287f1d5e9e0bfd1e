from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cloudflare_budgets.adapters.aws import telemetry
from cloudflare_budgets.domain.run.subscriptions import Subscriptions
from local.aws.translation import source, translated
from tests.unit.adapters.aws.test_telemetry import REPORT


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


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> set[tuple[str, ...]]:
    """The metrics that a run emits: name and dimensions, in alphabetical order."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "a-stack")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "CloudflareBudgets")
    [account] = REPORT.accounts
    account = replace(account, fresh_through=REPORT.as_of - timedelta(minutes=12))
    telemetry.emit_metrics(replace(REPORT, accounts=(account,), listeners=Subscriptions({"email": 1})))
    written = [
        json.loads(line)["_aws"]["CloudWatchMetrics"][0] for line in capsys.readouterr().out.splitlines()
    ]
    return {
        (metric["Name"], *sorted(each["Dimensions"][0])) for each in written for metric in each["Metrics"]
    }
