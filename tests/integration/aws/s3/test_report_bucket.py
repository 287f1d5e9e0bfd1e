"""Pages in the report bucket, their signed links, and the errors of S3."""

import re
import urllib.parse
from datetime import UTC, datetime
from typing import Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.report_bucket import LINK_FOR, ReportBucket
from cloudflare_budgets.errors import RetryableError
from cloudflare_budgets.ports import ReportStore
from tests.integration.aws.wire import answered, error, timeout, wire_of

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
PAGE = "<!DOCTYPE html>\n<html><p>Zürich, 5 €</p></html>\n"


@pytest.fixture
def bucket(aws: None) -> ReportStore:  # noqa: ARG001
    """An empty bucket in the clients' region."""
    aws_clients.s3().create_bucket(
        Bucket="reports-of-a-stack", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    return ReportBucket("reports-of-a-stack", lambda: NOW, aws_clients.s3)


def key_of(link: str) -> str:
    return urllib.parse.unquote(urllib.parse.urlsplit(link).path).removeprefix("/")


def parameters_of(link: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))


def test_a_page_is_stored_unchanged_and_displayed_by_the_browser(bucket: ReportStore) -> None:
    key = key_of(bucket.publish(PAGE))
    kept = aws_clients.s3().get_object(Bucket="reports-of-a-stack", Key=key)
    assert kept["Body"].read().decode() == PAGE
    assert kept["ContentType"] == "text/html; charset=utf-8"
    assert kept["CacheControl"] == "private, no-store"
    assert "ContentDisposition" not in kept


def test_the_key_of_a_page_has_the_day_and_a_random_part(bucket: ReportStore) -> None:
    names = {key_of(bucket.publish(PAGE)) for _ in range(20)}
    assert len(names) == 20
    for name in names:
        assert re.fullmatch(r"reports/2026-11-22-[\w-]{22}\.html", name)


def test_a_link_leads_to_the_bucket_in_its_region(bucket: ReportStore) -> None:
    link = urllib.parse.urlsplit(bucket.publish(PAGE))
    assert (link.scheme, link.netloc) == ("https", "reports-of-a-stack.s3.eu-west-1.amazonaws.com")


def test_a_link_in_us_east_1_leads_to_the_bucket(
    aws: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    aws_clients._session.cache_clear()  # noqa: SLF001 - a region is chosen once per process
    fresh = aws_clients.s3.__wrapped__()  # not the one that is kept
    aws_clients._session.cache_clear()  # noqa: SLF001
    fresh.create_bucket(Bucket="reports-of-a-stack")
    link = ReportBucket("reports-of-a-stack", lambda: NOW, lambda: fresh).publish(PAGE)
    assert urllib.parse.urlsplit(link).netloc == "reports-of-a-stack.s3.us-east-1.amazonaws.com"
    assert parameters_of(link)["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"


def test_a_link_is_signed_for_reading_the_page_for_half_a_day(bucket: ReportStore) -> None:
    link = bucket.publish(PAGE)
    asked = parameters_of(link)
    assert asked["X-Amz-Expires"] == str(12 * 60 * 60) == str(int(LINK_FOR.total_seconds()))
    assert asked["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert "/eu-west-1/s3/" in asked["X-Amz-Credential"]


def test_a_missing_bucket_is_reported_with_the_code_of_aws(aws: None) -> None:  # noqa: ARG001
    gone = ReportBucket("nothing-here", lambda: NOW, aws_clients.s3)
    with pytest.raises(RetryableError, match="NoSuchBucket"):
        gone.publish(PAGE)


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "InternalError", "ExpiredToken"])
def test_a_refusal_of_aws_can_be_fixed_by_a_retry(bucket: ReportStore, code: str) -> None:
    with (
        answered(aws_clients.s3(), "PutObject", error(code)),
        pytest.raises(RetryableError, match=code) as raised,
    ):
        bucket.publish(PAGE)
    assert isinstance(raised.value, RetryableError)


def test_an_error_shows_nothing_of_the_page_or_the_request(bucket: ReportStore) -> None:
    def broken(**_: Any) -> None:  # noqa: ANN401 - whatever botocore hands over
        raise ValueError(PAGE)

    events = aws_clients.s3().meta.events
    events.register_first("before-send.s3.PutObject", broken)
    try:
        with pytest.raises(RetryableError, match="ValueError") as raised:
            bucket.publish(PAGE)
    finally:
        events.unregister("before-send.s3.PutObject", broken)
    assert raised.value.__suppress_context__
    assert raised.value.__cause__ is None
    assert "Zürich" not in str(raised.value)


def test_a_request_without_an_answer_is_sent_three_times(bucket: ReportStore, no_backoff: None) -> None:  # noqa: ARG001
    with wire_of(aws_clients.s3()) as wire:
        wire.before["PutObject"] = [timeout()] * 3
        with pytest.raises(RetryableError, match="ReadTimeoutError"):
            bucket.publish(PAGE)
    assert wire.sent == ["PutObject"] * 3
