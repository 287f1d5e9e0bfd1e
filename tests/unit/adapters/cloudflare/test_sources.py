"""The sources of usage that the stack parameters select."""

import pytest

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.sources import fresh_source, usage_source
from cloudflare_budgets.adapters.cloudflare.usage.auto import AutoUsageSource
from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2

URL = "https://api.cloudflare.com/client/v4"


@pytest.mark.parametrize(
    ("usage_api", "source"),
    [("v1", CloudflareUsageV1), ("v2", CloudflareUsageV2), ("auto", AutoUsageSource)],
)
def test_usage_api_names_the_version_that_is_read(usage_api: str, source: type) -> None:
    assert type(usage_source(usage_api, CloudflareApi(URL))) is source


def test_automatic_choice_requests_version_2_first() -> None:
    source = usage_source("auto", CloudflareApi(URL))
    assert isinstance(source, AutoUsageSource)
    assert (type(source.first), type(source.second)) == (CloudflareUsageV2, CloudflareUsageV1)


def test_without_fresh_usage_there_is_no_source() -> None:
    assert fresh_source("off", URL) is None


def test_a_warm_function_reads_fresh_usage_through_the_same_connections() -> None:
    source = fresh_source("auto", URL)
    assert source is not None
    assert fresh_source("auto", URL) is source


def test_a_token_is_not_sent_without_encryption() -> None:
    with pytest.raises(ValueError, match="is not the URL of Cloudflare's API"):
        fresh_source("auto", "http://example.com")
