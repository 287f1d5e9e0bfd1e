"""How an account, its resources, its data and its billing page are named in messages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from cloudflare_budgets.domain.primitives.amount import total
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.fresh import Resource
from cloudflare_budgets.messages.formatting import day_text, percent_text
from cloudflare_budgets.messages.mail import plain_ascii

BILLING_PAGE = "https://dash.cloudflare.com/?to=/:account/billing/billable-usage"
# The usage API does not carry fixed plan and seat fees.
NO_FEES = "without fixed fees and tax"
_MAX_NAME = 60
_USERS_SHOWN = 3
_SHORT_ID = 8


class Named(Protocol):
    """An account with the name that Cloudflare returns, if any."""

    @property
    def account_id(self) -> str:
        """Its id."""

    @property
    def account_name(self) -> str | None:
        """Its name."""

    @property
    def is_name_shared(self) -> bool:
        """Whether another watched account has the same name."""


class Dated(Protocol):
    """A result of usage, if there is any usage."""

    @property
    def data_through(self) -> datetime | None:
        """The end of the newest usage."""

    @property
    def source(self) -> str | None:
        """The usage API that provided it."""


def account_name(account: Named) -> str:
    """Name an account, by its id if it has no name, and with its id if its name is not unique."""
    return account_text(account) if account.is_name_shared else _own_name(account)


def _own_name(account: Named) -> str:
    return sanitize(account.account_name or "", _MAX_NAME) or account.account_id


def subject_name(account: Named) -> str:
    """Name an account in ASCII; a name that loses characters gets the beginning of the id."""
    name = _own_name(account)
    if "?" not in plain_ascii(name) or "?" in name:
        return account_name(account)
    kept = " ".join(plain_ascii(name).replace("?", " ").split())
    return " ".join(filter(None, (kept, account.account_id[:_SHORT_ID])))


def distinct_names(accounts: Sequence[Named]) -> Mapping[str, str]:
    """Name accounts by their ids; names that several accounts have get the id or its beginning."""
    counts = Counter(_own_name(account) for account in accounts)
    short = Counter(account.account_id[:_SHORT_ID] for account in accounts)
    names = {}
    for account in accounts:
        name, account_id = _own_name(account), account.account_id
        shown = account_id[:_SHORT_ID] if short[account_id[:_SHORT_ID]] == 1 else account_id
        names[account_id] = name if counts[name] == 1 or name == account_id else f"{name} ({shown})"
    return names


def account_text(account: Named) -> str:
    """Name an account with the beginning of its id: `Example account (023e105f)`."""
    name = _own_name(account)
    return name if name == account.account_id else f"{name} ({account.account_id[:_SHORT_ID]})"


def users_text(resources: Sequence[Resource]) -> str:
    """Name the largest users of a metric: `, Worker shop-api (96 %)`; empty without any."""
    whole = total(resource.quantity for resource in resources)
    shown = [
        f"{each.kind} {sanitize(each.name or each.id, _MAX_NAME)} ({percent_text(each.quantity, whole)})"
        for each in resources[:_USERS_SHOWN]
        if each.quantity * 20 >= whole
    ]
    return "".join(f", {each}" for each in shown)


def data_text(found: Dated, as_of: datetime) -> str:
    """Say how new the data is, and its source: `data through 21 Nov, usage API V2`; else empty."""
    last = through_text(found.data_through, as_of)
    return f"data through {last}, usage API {(found.source or '').upper()}" if last else ""


def through_text(through: datetime | None, as_of: datetime) -> str:
    """Name the last day of data: `21 Nov`, or `today, partial`; empty without data."""
    if through is None:
        return ""
    return "today, partial" if through > as_of else day_text(through - timedelta(microseconds=1))
