"""SECURITY.md agrees with the template and the code: permissions, secrets, retention and access."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters import heartbeat_ping, slack_webhook
from cloudflare_budgets.adapters.aws import secret_url
from cloudflare_budgets.adapters.aws.report_bucket import LINK_FOR
from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR
from cloudflare_budgets.domain.run.assignment import account_parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.template.conftest import Template

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "SECURITY.md").read_text()

Grant = tuple[str, str, str]


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its header."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def described() -> Iterator[Grant]:
    for role, actions, resources in rows("What it can read and do"):
        for action in re.findall(r"`(.+?)`", actions):
            for resource in re.findall(r"`(.+?)`", resources):
                if resource not in {"PingEnabled", "DigestReport", "ManyAccounts"}:
                    yield role.strip("`"), action, resource


def granted(template: Template) -> Iterator[Grant]:
    for role, properties in template.of_type("AWS::IAM::Role").items():
        for policy in properties.get("Policies", []):
            yield from grants(role, policy)
    for policy in template.of_type("AWS::IAM::Policy").values():
        for role in policy["Roles"]:
            yield from grants(role["Ref"], policy)


def grants(role: str, policy: dict[str, dict[str, list[dict[str, object]]]]) -> Iterator[Grant]:
    for statement in policy["PolicyDocument"]["Statement"]:
        assert statement["Effect"] == "Allow"
        for action in as_list(statement["Action"]):
            for resource in as_list(statement["Resource"]):
                yield role, str(action), named(resource)


def as_list(found: object) -> list[object]:
    return found if isinstance(found, list) else [found]


def named(resource: object) -> str:
    """Return the name of a resource as in the document."""
    match resource:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "Arn"]}:
            return name
        case {"Fn::If": ["CreatesTable", own, _]}:
            return named(own)
        case {"Fn::Sub": [str(text), {"Table": table}]}:
            return text.replace("${Table}", named(table))
        case {"Fn::Join": ["", [_, {"Fn::Select": [1, {"Fn::Split": ["s3://", {"Ref": str(name)}]}]}]]}:
            return name
        case {"Fn::Sub": str(text)}:
            below = re.sub(r"^.*:parameter\$\{ParameterPrefix\}", "<prefix>", text)
            return re.sub(r"^arn:.*:(event-bus/\w+)$", r"\1", re.sub(r"^\$\{(\w+)\.Arn\}", r"\1", below))
    return repr(resource)


def test_each_role_has_exactly_the_documented_permissions(template: Template) -> None:
    assert sorted(described()) == sorted(granted(template))


def test_the_role_of_the_channel_has_no_permissions(template: Template) -> None:
    assert "Policies" not in template.of_type("AWS::IAM::Role")["ChatChannelRole"]


def test_no_resource_has_a_public_address(template: Template) -> None:
    kinds = {resource["Type"] for resource in template.resources.values()}
    assert not {kind for kind in kinds if re.search(r"Api|::Url|LoadBalancer|CloudFront", kind)}


def test_no_secret_is_a_stack_parameter_or_in_the_environment(template: Template) -> None:
    given = {
        *template.source["Parameters"],
        *(
            name
            for function in template.of_type("AWS::Lambda::Function").values()
            for name in function["Environment"]["Variables"]
        ),
    }
    assert not {
        name for name in given if re.search(r"token|secret|key|password|webhook.?url", name, re.IGNORECASE)
    }


def test_every_secret_parameter_is_listed() -> None:
    names = [
        account_parameter("<prefix>", "<account_id>"),
        "<prefix>/tokens/<name>",
        f"<prefix>/{slack_webhook.PARAMETER}",
        "<prefix>/channels/<name>",
        f"<prefix>/{heartbeat_ping.PARAMETER}",
    ]
    listed = [where.strip("`") for _, where, _ in rows("Where secrets live, and how to change them")]
    assert listed == names
    assert f"within {secret_url.CACHED_FOR:.0f} seconds" in TEXT


def test_data_is_stored_for_the_documented_time(template: Template) -> None:
    kept = {where: period for where, _, period in rows("What leaves, and what stays")}
    queues = template.of_type("AWS::SQS::Queue")
    assert queues.pop("JobQueue")["MessageRetentionPeriod"] == 3600
    assert {queue["MessageRetentionPeriod"] // 86400 for queue in queues.values()} == {14}
    assert kept["the queues"] == "14 days; jobs one hour"
    bucket = template.of_type("AWS::S3::Bucket")["ReportBucket"]
    assert f"{bucket['LifecycleConfiguration']['Rules'][0]['ExpirationInDays']} days" == kept["the bucket"]
    logs = template.of_type("AWS::Logs::LogGroup").values()
    assert [group["RetentionInDays"] for group in logs] == [{"Ref": "LogRetentionDays"}] * len(logs)
    assert f"{REMEMBERED_FOR.days} days after" in kept["the table"]
    assert f"for {LINK_FOR.total_seconds() / 3600:.0f} hours at most" in TEXT


def test_the_topics_without_encryption_are_the_documented_ones(template: Template) -> None:
    topics = template.of_type("AWS::SNS::Topic")
    assert {name for name, topic in topics.items() if "KmsMasterKeyId" not in topic} == {
        "OperationsTopic",
        "ChatTopic",
    }


def test_the_supported_version_is_the_current_one() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert rows("Supported versions")[0] == [version.rpartition(".")[0], "yes"]


@pytest.mark.parametrize("path", re.findall(r"`(tests/[\w./]+)`", TEXT))
def test_every_named_test_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_named_stack_parameter_exists(template: Template) -> None:
    words = set(re.findall(r"`([A-Z]\w+)`", TEXT))
    assert words <= {*template.source["Parameters"], *template.resources}


def test_the_document_contains_no_address() -> None:
    assert not re.search(r"@\w|https?://", TEXT)
