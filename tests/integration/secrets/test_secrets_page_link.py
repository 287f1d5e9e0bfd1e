"""The link to a digest's page goes into the digest, and nowhere else; the ping's address goes nowhere."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from local.cloudflare.accounts.examples import ORDINARY
from local.cloudflare.server import LocalCloudflare
from tests.integration.hostile.raw_server import RawServer, answer, says
from tests.integration.secrets.leaving import Leaving, load_handler
from tests.support.builders import PREFIX
from tests.support.canaries import API_KEY, API_TOKEN, SLACK_PATH, given_away

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGNATURE = re.compile(r"X-Amz-Signature=([0-9a-f]{64})")


@pytest.fixture
def left(
    table_name: str,
    topic_arn: str,
    put_parameter: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    cold_start: Leaving,
) -> tuple[str, str]:
    """A digest that works: what left of the function, and what was published."""
    where = {"LocationConstraint": "eu-west-1"}
    aws_clients.s3().create_bucket(Bucket="pages", CreateBucketConfiguration=where)  # type: ignore[arg-type]
    account = replace(ORDINARY, credentials=replace(ORDINARY.credentials, token=API_TOKEN, key=API_KEY))
    put_parameter(f"{PREFIX}/accounts/{account.id}/api-token", API_TOKEN)
    put_parameter(f"{PREFIX}/budgets/spend", '{"limit": "1 USD"}', "String")
    collect = cold_start.subscribe(topic_arn)
    settings = {
        "PARAMETER_PREFIX": PREFIX,
        "ALERT_TABLE_NAME": table_name,
        "ALERT_TOPIC_ARN": topic_arn,
        "USAGE_API": "auto",
        "STALE_AFTER_HOURS": "54",
        "REPORT_BUCKET_NAME": "pages",
        "PING_ENABLED": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    failing = answer(SLACK_PATH.encode(), f"Location: /{SLACK_PATH}", status="302 No")
    with (
        LocalCloudflare(accounts=[account], now=datetime.now(UTC)) as cloudflare,
        RawServer(says(failing)) as pinged,
    ):
        put_parameter(f"{PREFIX}/ping-url", f"{pinged.url}/{SLACK_PATH}")
        monkeypatch.setenv("CLOUDFLARE_API_URL", cloudflare.url)
        cold_start.run(load_handler("check_budgets").lambda_handler, {"action": "digest"})
        assert given_away(b"".join(pinged.requests).decode()) == [SLACK_PATH]
    within = cold_start.all_of_it
    cold_start.texts.clear()
    collect()
    return within, cold_start.all_of_it


def test_a_pages_link_is_in_the_digest_and_in_no_log_metric_or_reply(left: tuple[str, str]) -> None:
    within, published = left
    assert '"type":"digest"' in published.replace("\\", "")
    signatures = set(_SIGNATURE.findall(published))
    assert len(signatures) == 1
    assert "run ended" in within
    assert not _SIGNATURE.search(within)
    assert given_away(within, signatures) == []


def test_a_run_whose_ping_fails_shows_no_secret(left: tuple[str, str]) -> None:
    within, published = left
    assert "ping-url" in within
    assert given_away(within + published) == []
