"""The sources of usage that the stack parameters UsageApi and FreshUsage select."""

from functools import cache

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.cloudflare.usage.auto import AutoUsageSource
from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.ports import FreshUsageSource, UsageSource


def usage_source(usage_api: str, api: CloudflareApi) -> UsageSource:
    """Return the version of the usage API that UsageApi names; `auto` selects per account.

    Only one thread at a time may read from the source.
    """
    match usage_api:
        case "v1":
            return CloudflareUsageV1(api)
        case "v2":
            return CloudflareUsageV2(api)
        case _:
            return AutoUsageSource(CloudflareUsageV2(api), CloudflareUsageV1(api))


@cache
def fresh_source(fresh_usage: str, api_url: str, pacer: Pacer | None = None) -> FreshUsageSource | None:
    """Return the cached source of usage that is not billed yet; `None` if it is `off`.

    `pacer` counts its requests; `None` sends each request at once.

    Raises:
        ValueError: a credential must not be sent to the URL.
    """
    if fresh_usage == "off":
        return None
    # Imported only where it is switched on, so that the cold start of other stacks stays short.
    from cloudflare_budgets.adapters.cloudflare.analytics.source import thread_local_source  # noqa: PLC0415

    return thread_local_source(api_url, pacer)
