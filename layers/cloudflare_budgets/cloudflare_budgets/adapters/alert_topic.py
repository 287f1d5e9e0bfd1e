"""The alert topic in AWS SNS."""

from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.alert_message import AlertMessage, alert_message
from cloudflare_budgets.adapters.aws_clients import error_code
from cloudflare_budgets.domain.outgoing import OutgoingAlert
from cloudflare_budgets.errors import AlertRejectedError, AlertUndeliveredError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sns import SNSClient

# Where SNS says that something in the message itself is wrong.
_CONTENT_FAULTS = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"})
# Errors after which SNS has surely not taken the message. All others leave that open.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors and CommonErrors
_REJECTIONS = _CONTENT_FAULTS | {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "NotFound",
    "ValidationException",
}
_REJECTION_FAMILIES = ("KMS", "Throttl")


class SnsAlertTopic:
    """The topic that every alert is published to.

    `client` must make one attempt only, since a publish whose answer got lost may have arrived.
    """

    def __init__(self, topic_arn: str, client: "Callable[[], SNSClient]") -> None:
        self._topic_arn = topic_arn
        self._client = client

    def confirmed_subscriptions(self) -> int | None:
        """Count who listens; `None` when the topic does not say, so that it keeps no alert back."""
        try:
            answer = self._client().get_topic_attributes(TopicArn=self._topic_arn)
            return int(answer["Attributes"]["SubscriptionsConfirmed"])
        except Exception:  # noqa: BLE001 - whatever went wrong, nobody knows who listens
            return None

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        """Publish once and give the message's id.

        A message that SNS refuses for its content is sent a second time in plain words: an ugly
        alert is better than none, and the refused one made no copy.

        Raises:
            AlertRejectedError: the message was definitely not taken.
            AlertUndeliveredError: it may have been taken.
        """
        message = alert_message(alert, attempt)
        try:
            return self._send(message)
        except _ContentRejectedError:
            return self._send(message.in_plain_words())

    def _send(self, message: AlertMessage) -> str:
        try:
            answer = self._client().publish(
                TopicArn=self._topic_arn,
                Subject=message.subject,
                Message=message.body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": text}
                    for name, text in message.attributes.items()
                },
            )
            message_id = answer["MessageId"]
        except Exception as error:
            raise _translated(error) from error
        if not message_id:
            raise AlertUndeliveredError("the alert topic answered without a message id")
        return message_id


class _ContentRejectedError(AlertRejectedError):
    """SNS finds fault with the message itself."""


def _translated(error: Exception) -> AlertUndeliveredError:
    code = error_code(error)
    if code in _CONTENT_FAULTS:
        return _ContentRejectedError(f"the alert topic refuses the message: {code}")
    if code in _REJECTIONS or code.startswith(_REJECTION_FAMILIES):
        return AlertRejectedError(f"the alert topic takes no message: {code}")
    return AlertUndeliveredError(f"the alert topic may or may not have taken the message: {code}")
