"""Reads the subscriptions of an SNS topic."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.run.subscriptions import Subscriptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import SubscriptionTypeDef

_MAIL = frozenset({"email", "email-json"})
# 100 subscriptions each. More than these answer the same question.
_PAGES = 5


@dataclass(frozen=True, slots=True)
class SnsSubscribers:
    """Implements `Subscribers`.

    `address` is the mail address that the stack subscribed: SNS deletes a subscription that is not confirmed
    within two days, and then it waits all the same. Only mail addresses are named: an endpoint of another
    protocol may be a secret URL.
    """

    topic_arn: str
    client: "Callable[[], SNSClient]"
    address: str = ""

    def subscribers(self) -> Subscriptions | None:
        """Read the subscriptions; `None` if they are unknown, which delays no alert."""
        confirmed: Counter[str] = Counter()
        addresses: dict[str, bool] = {self.address: False} if self.address else {}
        token: dict[str, str] = {}
        try:
            for _ in range(_PAGES):
                page = self.client().list_subscriptions_by_topic(TopicArn=self.topic_arn, **token)
                for each in page["Subscriptions"]:
                    _add(each, confirmed, addresses)
                if not page.get("NextToken"):
                    break
                token = {"NextToken": page["NextToken"]}
        except Exception:  # noqa: BLE001 - after any error the subscriptions are unknown
            return None
        waiting = tuple(address for address, is_confirmed in addresses.items() if not is_confirmed)
        return Subscriptions(dict(confirmed), waiting)


def _add(found: "SubscriptionTypeDef", confirmed: Counter[str], addresses: dict[str, bool]) -> None:
    protocol, endpoint = found["Protocol"], found["Endpoint"]
    # A subscription that is not confirmed has the words "PendingConfirmation" instead of an ARN.
    # https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
    is_confirmed = found["SubscriptionArn"].startswith("arn:")
    confirmed[protocol] += is_confirmed
    if protocol in _MAIL:
        addresses[endpoint] = addresses.get(endpoint, False) or is_confirmed
