"""What Cloudflare says about a token: active or not, its expiry, access to analytics.

https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify/
https://developers.cloudflare.com/api/resources/accounts/subresources/tokens/methods/verify/
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cloudflare_budgets.adapters.cloudflare.analytics.client import AnalyticsClient, AnalyticsError, Refusal
from cloudflare_budgets.adapters.cloudflare.analytics.queries import access_query
from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi, account_path
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.domain.budgets.account import Account, ApiToken
from cloudflare_budgets.errors import CloudflareBudgetsError
from cloudflare_budgets.messages.formatting import counted

# From this time before the expiry on, a token is to be replaced.
EXPIRES_SOON = timedelta(days=30)
_ANALYTICS_SECONDS = 10.0
_DATASET = "workersInvocationsAdaptive"


@dataclass(frozen=True, slots=True)
class TokenState:
    """What is known about a token.

    `status` is Cloudflare's: `active`, `disabled`, `expired`; `None` if it cannot be read. `expires_on` is
    `None` for a token that does not expire. `reads_analytics` is `None` where Cloudflare did not answer.
    """

    status: str | None
    expires_on: datetime | None
    reads_analytics: bool | None
    now: datetime

    @property
    def text(self) -> str:
        """The permissions and the expiry, as in `reads analytics, expires 2027-01-31 (in 62 days)`."""
        analytics = {True: "reads analytics", False: "reads no analytics", None: "analytics did not answer"}
        return f"{analytics[self.reads_analytics]}, {self._expiry}"

    @property
    def advice(self) -> str:
        """What to do; empty if nothing is wrong."""
        if self.expires_on and self.expires_on - self.now < EXPIRES_SOON:
            return "create a new token, then store it: cloudflare-budgets account rotate"
        if self.reads_analytics is False:
            return (
                "for alerts within the hour, add the permission Account > Account Analytics > Read to the "
                "token; or set the stack parameter FreshUsage to off"
            )
        return ""

    @property
    def _expiry(self) -> str:
        if self.status is None:
            return "expiry not readable"
        if self.expires_on is None:
            return "no expiry date"
        days = (self.expires_on - self.now).days
        return f"expires {self.expires_on:%Y-%m-%d} (in {counted(days, 'day')})"


def examine_token(account: Account, url: str, now: datetime, pacer: Pacer | None = None) -> TokenState:
    """Return what Cloudflare says about an account's credential, `None` for what is unknown."""
    status, expires_on = _verified(account, CloudflareApi(url, pacer=pacer))
    return TokenState(status, expires_on, _reads_analytics(account, url), now)


def _verified(account: Account, api: CloudflareApi) -> tuple[str | None, datetime | None]:
    if not isinstance(account.credential, ApiToken):
        return None, None
    # The first path knows tokens of a user, the second one those that belong to the account.
    for path in ("/user/tokens/verify", account_path(account.account_id, "tokens/verify")):
        try:
            found = api.get(account.credential, path, {}, _parse, api.deadline())
        except CloudflareBudgetsError:
            continue
        if found[0] is not None:
            return found
    return None, None


def _parse(pieces: Iterator[bytes]) -> tuple[str | None, datetime | None]:
    try:
        result = json.loads(b"".join(pieces))["result"]
        status, expiry = str(result["status"]), result.get("expires_on")
        return status, datetime.fromisoformat(expiry).astimezone(UTC) if expiry else None
    except (LookupError, TypeError, ValueError, AttributeError):
        return None, None


def _reads_analytics(account: Account, url: str) -> bool | None:
    client = AnalyticsClient(url)
    try:
        query = access_query([_DATASET], account.account_id)
        client.account(account.credential, query, client.deadline(_ANALYTICS_SECONDS))
    except AnalyticsError as error:
        return False if error.refusal is Refusal.NOT_PERMITTED else None
    return True
