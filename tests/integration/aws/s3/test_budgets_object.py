"""The object with budgets in S3."""

import json
from typing import Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.accounts.budgets_object import MAX_BYTES, BudgetsObject
from tests.integration.aws.wire import answered, error, timeout, wire_of

BUCKET, KEY = "budgets-of-us", "team/budgets.json"
URL = f"s3://{BUCKET}/{KEY}"


@pytest.fixture(autouse=True)
def _bucket(aws: None) -> None:  # noqa: ARG001
    region: Any = {"LocationConstraint": "eu-west-1"}
    aws_clients.s3().create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)


def put(body: bytes) -> Any:  # noqa: ANN401 - boto3's answer
    return aws_clients.s3().put_object(Bucket=BUCKET, Key=KEY, Body=body)


def test_budgets_are_read_with_the_version_of_the_object() -> None:
    aws_clients.s3().put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    version = put(json.dumps({"budgets": {"spend": {"limit": "50 USD"}}}).encode())["VersionId"]
    found = BudgetsObject(URL, aws_clients.s3).read()
    assert (found.url, found.version, found.failure) == (URL, version, None)
    assert found.documents == {"spend": '{"limit": "50 USD"}'}


def test_without_versions_the_entity_tag_identifies_the_content() -> None:
    tag = put(b'{"budgets": {}}')["ETag"].strip('"')
    assert BudgetsObject(URL, aws_clients.s3).read().version == tag


def test_an_object_that_does_not_exist_is_a_failure() -> None:
    assert BudgetsObject(URL, aws_clients.s3).read().failure == f"cannot read {URL}: NoSuchKey"


def test_an_object_without_the_permission_to_read_it_says_what_that_can_mean() -> None:
    with answered(aws_clients.s3(), "GetObject", error("AccessDenied")):
        failure = BudgetsObject(URL, aws_clients.s3).read().failure
    assert failure == (
        f"cannot read {URL}: AccessDenied; it does not exist, or the bucket or its key denies access"
    )


def test_an_object_that_s3_does_not_send_is_a_failure(no_backoff: None) -> None:  # noqa: ARG001
    with wire_of(aws_clients.s3()) as wire:
        wire.before["GetObject"] = [timeout()] * 3
        assert BudgetsObject(URL, aws_clients.s3).read().failure == f"cannot read {URL}: ReadTimeoutError"


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"\xff{}", "it is not UTF-8"), (b" " * (MAX_BYTES + 1), f"it is larger than {MAX_BYTES} bytes")],
)
def test_an_object_that_is_not_such_a_file_is_a_failure(body: bytes, reason: str) -> None:
    put(body)
    assert BudgetsObject(URL, aws_clients.s3).read().failure == f"cannot read {URL}: {reason}"


@pytest.mark.parametrize("url", ["", "budgets.json", "s3://bucket", "https://bucket/key"])
def test_a_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected s3://bucket/key"):
        BudgetsObject(url, aws_clients.s3)
