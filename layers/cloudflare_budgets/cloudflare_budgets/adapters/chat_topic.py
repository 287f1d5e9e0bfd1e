"""The topic in AWS SNS that Amazon Q Developer in chat applications listens to."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws_clients import error_code
from cloudflare_budgets.errors import AlertUndeliveredError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sns import SNSClient


class ChatTopic:
    """Takes custom notifications and nothing else: what is in another form never reaches the channel."""

    def __init__(self, topic_arn: str, client: "Callable[[], SNSClient]") -> None:
        self._topic_arn = topic_arn
        self._client = client

    def publish(self, notification: Mapping[str, Any]) -> str:
        """Publish a custom notification once and give the message's id.

        Raises:
            AlertUndeliveredError: it may not have been taken; whoever calls tries again.
        """
        message = json.dumps(notification, ensure_ascii=False, separators=(",", ":"))
        try:
            return self._client().publish(TopicArn=self._topic_arn, Message=message)["MessageId"]
        except Exception as error:  # noqa: BLE001 - a broken answer surfaces as any exception there is
            code = error_code(error)
        # Out of the handler: what AWS says of a wrong signature repeats the session's token.
        raise AlertUndeliveredError(f"the chat topic did not take the alert: {code}")
