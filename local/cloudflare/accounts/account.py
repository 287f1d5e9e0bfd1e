"""An account of the local Cloudflare: credentials, products, and each version's reply."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum, auto
from typing import TYPE_CHECKING, TypeAlias

from local.cloudflare.accounts.catalog import CATEGORIES, METRICS
from local.cloudflare.accounts.reporting import Reporting
from local.cloudflare.accounts.subscriptions import Subscription

if TYPE_CHECKING:
    from datetime import datetime

    from local.cloudflare.accounts.catalog import Metric
    from local.cloudflare.http import Row


class V1Access(StrEnum):
    """Whether Version 1 serves an account."""

    OPEN = auto()
    NOT_COVERED = auto()  # covered is false, and the list is empty
    FORBIDDEN = auto()  # 403, code 10000


class V2Post(StrEnum):
    """What POST does where Version 2 is open."""

    COSTS = auto()  # serves usage, and rated rows if the query requests costs
    NO_COSTS = auto()  # accepts the query for costs and answers without them
    NO_METRIC = auto()  # 400: refuses the field `Metric`
    FORBIDDEN = auto()  # 403
    NOT_ALLOWED = auto()  # 405


@dataclass(frozen=True, slots=True)
class V1:
    """What an account's answers of Version 1 look like.

    Where `has_info` is false, the info endpoint is not found. For `previous_cycle_days` after a cycle has
    begun, an undated answer holds the one before as well. `prices_storage` is false where stored amounts
    above the allowance are shown at no cost, as was seen on an account whose bill charged for them.
    """

    access: V1Access = V1Access.OPEN
    has_info: bool = True
    previous_cycle_days: int = 0
    numbers_as_text: bool = False
    names_account: bool = True
    prices_storage: bool = True


_LONG_AGO = date(2020, 1, 1)
_OPEN = V1()
_AT_ONCE = Reporting()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Both ways in: an API token, and the older pair of e-mail address and key.

    The token belongs to a user or, with `is_of_account`, to the account. Without `expires_on`, it does not
    expire.
    """

    token: str
    email: str
    key: str
    expires_on: datetime | None = None
    is_of_account: bool = False

    @classmethod
    def of(cls, account_id: str) -> Credentials:
        """Derive credentials in Cloudflare's formats: a token of 40 characters, a key of 37."""
        digest = hashlib.sha256(account_id.encode()).hexdigest()
        return cls(
            token=f"local_{digest[:34]}", email=f"owner-{account_id[:4]}@example.com", key=digest[-37:]
        )


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone and its share, in percent, of what the account's zone products use."""

    id: str
    name: str
    percent: int


@dataclass(frozen=True, slots=True)
class Surge:
    """From `since` until `until`, one metric runs `factor` times as fast; not at all at 0."""

    metric_id: str
    since: datetime
    factor: int
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Metered:
    """Usage that follows from a seed: each day of each metric is the same in every request."""

    seed: str
    scale: Decimal = Decimal(1)
    metrics: tuple[Metric, ...] = METRICS
    zones: tuple[Zone, ...] = ()
    surges: tuple[Surge, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenRows:
    """Exactly these rows, those of the requested days; always those without a readable day.

    Every endpoint sends them as they are: give them the columns of the endpoint in use.
    """

    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many rows in a calendar month, split by zone and spread over the days that have begun."""

    rows_per_month: int


Source: TypeAlias = Metered | GivenRows | Crowd


@dataclass(frozen=True, slots=True)
class Analytics:
    """How the GraphQL Analytics API treats an account.

    `permitted` and `names_permitted` are the token's permissions. `closed_datasets` are not in the plan;
    a query that names one of the `unknown_fields` is refused. `unbilled_percent` of traffic is counted and
    never billed. The last `delay_minutes` are not counted yet. The settings list the confidence intervals of
    `confident_datasets`, with the parts of a field's path joined by `joins_fields_by`.
    """

    permitted: bool = True
    names_permitted: bool = True
    closed_datasets: frozenset[str] = frozenset()
    unknown_fields: frozenset[str] = frozenset()
    is_rate_limited: bool = False
    unbilled_percent: int = 0
    delay_minutes: int = 5
    confident_datasets: frozenset[str] = frozenset()
    joins_fields_by: str = "_"


_COUNTED = Analytics()


@dataclass(frozen=True, slots=True)
class Account:
    """An account, what it uses and what Cloudflare lets it see.

    `rated` rows carry costs even in Version 2's GET, which does not give them yet. `v2_open` is false for
    the many accounts that Cloudflare has not let in. Whether the last day of a range belongs to it is
    undocumented in both versions' GET, so both exist. Usage that no subscription bills is not reported.
    """

    id: str
    name: str
    credentials: Credentials
    source: Source
    subscriptions: tuple[Subscription, ...]
    rated: bool = False
    v2_open: bool = True
    last_day_included: bool = True
    v2_post: V2Post = V2Post.COSTS
    v1: V1 = _OPEN
    reporting: Reporting = _AT_ONCE
    analytics: Analytics = _COUNTED


def account(account_id: str, name: str, source: Source) -> Account:
    """Make an account with credentials of its own, billed by calendar month."""
    subscriptions = tuple(_calendar_subscription(account_id, category) for category in CATEGORIES)
    return Account(account_id, name, Credentials.of(account_id), source, subscriptions)


def _calendar_subscription(account_id: str, category: str) -> Subscription:
    identifier = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{account_id}/{category}"))
    return Subscription(identifier, f"{category} Subscription", (category,), _LONG_AGO)
