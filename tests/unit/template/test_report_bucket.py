"""Pages are stored only if configured, for two weeks, and are readable only with a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template

RESOURCES = ("ReportBucket", "ReportBucketPolicy", "KeepReportsPolicy")


@pytest.mark.parametrize("name", RESOURCES)
def test_the_bucket_and_its_permissions_exist_only_with_digest_reports(template: Template, name: str) -> None:
    assert template.resources[name]["Condition"] == "KeepsReports"
    assert template.source["Parameters"]["DigestReport"]["Default"] == "false"


def test_the_bucket_is_encrypted_and_private(template: Template) -> None:
    bucket = template.only("AWS::S3::Bucket")

    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_a_page_expires_after_two_weeks_without_a_version(template: Template) -> None:
    bucket = template.only("AWS::S3::Bucket")

    [rule] = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 14)
    assert "Prefix" not in rule
    assert "VersioningConfiguration" not in bucket


def test_the_bucket_denies_plain_http(template: Template) -> None:
    [statement] = template.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statement["Resource"]) == 2


def test_the_function_may_only_write_and_read_pages(template: Template) -> None:
    policy = template.of_type("AWS::IAM::Policy")["KeepReportsPolicy"]
    [statement] = policy["PolicyDocument"]["Statement"]

    assert policy["Roles"] == [{"Ref": "CheckBudgetsRole"}]
    assert statement["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert statement["Resource"] == {"Fn::Sub": "${ReportBucket.Arn}/reports/*"}


def test_the_bucket_is_retained_so_that_the_stack_can_be_deleted(
    template: Template,
) -> None:
    assert template.resources["ReportBucket"]["DeletionPolicy"] == "Retain"
    assert template.resources["ReportBucket"]["UpdateReplacePolicy"] == "Retain"
