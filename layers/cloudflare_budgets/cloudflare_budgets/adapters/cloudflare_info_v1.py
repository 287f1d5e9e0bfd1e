"""What Version 1 says about an account before its usage: GET /accounts/{account_id}/billable-usage/info.

https://developers.cloudflare.com/api/resources/billing/subresources/usage/
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloudflare_budgets.adapters.cloudflare_answers import read_result
from cloudflare_budgets.adapters.cloudflare_values import WrongValueError, instant_of, shown, text_of
from cloudflare_budgets.errors import AccountNotCoveredError, UsageUnreadableError

_ANSWER = "Cloudflare's answer about the account"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription of an account; its billing cycles begin on the day of the month of `anchor`."""

    id: str
    start: datetime
    anchor: datetime
    end: datetime | None = None


def read_subscriptions(pieces: Iterator[bytes]) -> tuple[Subscription, ...]:
    """Read the body of an answer.

    Raises:
        AccountNotCoveredError: Version 1 does not serve the account.
        SetbackError: it is no JSON, or cut.
        UsageRefusedError: it reports a failure.
        UsageUnreadableError: it breaks a rule.
    """
    result = read_result(pieces, lambda _: None)
    covered = result.get("covered") if isinstance(result, dict) else None
    if not isinstance(result, dict) or type(covered) is not bool:
        raise UsageUnreadableError(f"{_ANSWER} does not say whether the account is covered")
    if not covered:
        raise AccountNotCoveredError(
            "Version 1 of Cloudflare's usage API does not cover this account (`covered` is false) and gives "
            "no rows for it: that is no proof that nothing is used or billed"
        )
    subscriptions = result.get("subscriptions")
    if not isinstance(subscriptions, list):
        raise UsageUnreadableError(f"{_ANSWER} has {shown(subscriptions)} for `subscriptions`")
    return tuple(map(_subscription, subscriptions))


def _subscription(document: Any) -> Subscription:  # noqa: ANN401 - any JSON
    column = "id"
    if not isinstance(document, dict):
        raise UsageUnreadableError(f"{_ANSWER} has {shown(document)} for a subscription")
    try:
        identifier = text_of(document.get(column))
        column = "start_timestamp"
        start = instant_of(document.get(column))
        column = "billing_cycle_anchor_timestamp"
        anchor = instant_of(document.get(column))
        column = "end_timestamp"
        end = None if document.get(column) is None else instant_of(document[column])
    except WrongValueError as error:
        value = shown(document.get(column))
        raise UsageUnreadableError(
            f"{_ANSWER} has a subscription with {column} {value}, but it must be {error}"
        ) from None
    return Subscription(identifier, start, anchor, end)
