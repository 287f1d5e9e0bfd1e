"""Pages are kept only when asked for, for two weeks, and open for nobody without a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template

RESOURCES = ("ReportBucket", "ReportBucketPolicy", "KeepReportsPolicy")


@pytest.mark.parametrize("name", RESOURCES)
def test_nothing_of_it_is_there_unless_it_is_asked_for(template: Template, name: str) -> None:
    assert template.resources[name]["Condition"] == "KeepsReports"
    assert template.source["Parameters"]["DigestReport"]["Default"] == "false"


def test_the_bucket_is_encrypted_and_private(template: Template) -> None:
    bucket = template.only("AWS::S3::Bucket")

    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_a_page_goes_after_two_weeks_and_no_version_of_it_stays(template: Template) -> None:
    bucket = template.only("AWS::S3::Bucket")

    [rule] = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 14)
    assert "Prefix" not in rule
    assert "VersioningConfiguration" not in bucket


def test_nobody_reads_a_page_in_the_clear(template: Template) -> None:
    [statement] = template.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statement["Resource"]) == 2


def test_the_function_may_keep_pages_and_sign_links_to_them_and_no_more(template: Template) -> None:
    policy = template.of_type("AWS::IAM::Policy")["KeepReportsPolicy"]
    [statement] = policy["PolicyDocument"]["Statement"]

    assert policy["Roles"] == [{"Ref": "CheckBudgetsRole"}]
    assert statement["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert statement["Resource"] == {"Fn::Sub": "${ReportBucket.Arn}/reports/*"}


def test_a_bucket_that_still_holds_pages_does_not_keep_the_stack_from_being_deleted(
    template: Template,
) -> None:
    assert template.resources["ReportBucket"]["DeletionPolicy"] == "Retain"
    assert template.resources["ReportBucket"]["UpdateReplacePolicy"] == "Retain"
