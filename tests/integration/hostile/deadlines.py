"""What every hostile behaviour is held against: the right error, in time, without the secret."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi, Limits
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Credential, Secret
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.ports import UsageQuery
from tests.support.canaries import API_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudflare_budgets.domain.usage.charge import Charge
    from cloudflare_budgets.errors import CloudflareBudgetsError

ACCOUNT_ID = "023e105f4ecef8ad9ca31a8372d0c353"
CANARY = API_TOKEN
NOVEMBER = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
LIMITS = Limits(deadline=1.2, head=0.4, connect=0.3, read=0.3, body=1024 * 1024)


@dataclass
class Reader:
    """Reads usage from an address; impatient, and only pretending to sleep."""

    url: str
    token: str = CANARY
    account_id: str = ACCOUNT_ID
    limits: Limits = LIMITS
    credential: Credential | None = None
    waits: list[float] = field(default_factory=list)
    now: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        timing = Clock(now=self.now, sleep=self.waits.append, uniform=lambda _, high: high / 1000)
        self._source = CloudflareUsageV2(CloudflareApi(self.url, self.limits, timing))

    def read(self) -> Sequence[Charge]:
        """Read this November's charges."""
        credential = self.credential or ApiToken(Secret(self.token))
        return self._source.read(Account(self.account_id, credential), UsageQuery(NOVEMBER)).charges

    def is_refused(self, error: type[CloudflareBudgetsError], words: str) -> str:
        """See that reading fails with this error and these words, in time and without the secret."""
        begun = time.monotonic()
        with pytest.raises(error, match=words) as refusal:
            self.read()
        assert time.monotonic() - begun < self.limits.deadline + 1
        assert type(refusal.value) is error
        keeps_quiet(refusal.value, self.token)
        return str(refusal.value)


def keeps_quiet(error: BaseException, secret: str) -> None:
    """Assert that an error and its causes do not contain a secret."""
    seen: BaseException | None = error
    while seen is not None:
        for text in (str(seen), repr(seen), repr(seen.args), *traceback.format_exception(seen)):
            assert secret not in text
            assert secret[:16] not in text
        seen = seen.__cause__ or seen.__context__
