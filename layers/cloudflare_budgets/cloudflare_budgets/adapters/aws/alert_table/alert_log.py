"""The sent alerts by account and time: the index `sent` of the alert table."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.aws.alert_table.alert_items import (
    NO_ACCOUNT,
    SENT,
    names,
    read_alert,
    read_lower,
    read_others,
    row_key,
)
from cloudflare_budgets.adapters.aws.table import Item, errors_translated, query, seconds, string
from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.sent_alert import Acknowledgement, SentAlert

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INDEX = "sent"
_SINCE = "#account_id = :account_id AND #sent_at >= :since"
_ACKNOWLEDGE = "SET #acknowledged = :acknowledged"
_IS_SENT = "#state = :sent"


class DynamoDbAlertLog:
    """Implements `AlertLog`.

    Args:
        name: Name of the table.
        client: Returns the client for DynamoDB.
    """

    def __init__(self, name: str, client: "Callable[[], DynamoDBClient]") -> None:
        self._name = name
        self._client = client

    def sent(self, account_id: str | None, since: datetime) -> Sequence[SentAlert]:
        """List the alerts of an account, or of no single account, newest first.

        The index is eventually consistent: an alert of the last second may be missing.
        """
        with errors_translated(self._name):
            found = query(
                self._client(),
                self._name,
                IndexName=INDEX,
                KeyConditionExpression=_SINCE,
                ExpressionAttributeNames=names(_SINCE),
                ExpressionAttributeValues={
                    ":account_id": string(account_id or NO_ACCOUNT),
                    ":since": seconds(since),
                },
                ScanIndexForward=False,
            )
            return [_read(item) for item in found]

    def message(self, key: AlertKey) -> OutgoingAlert | None:
        """Return an alert as it was sent; `None` if its row has expired."""
        with errors_translated(self._name):
            answer = self._client().get_item(TableName=self._name, Key=row_key(key), ConsistentRead=True)
            return read_alert(answer["Item"]) if "body" in answer.get("Item", {}) else None

    def acknowledge(self, key: AlertKey, acknowledgement: Acknowledgement) -> None:
        """Record who acknowledged an alert that was sent."""
        found = {
            "by": string(acknowledgement.by),
            "at": seconds(acknowledgement.at),
            "note": string(acknowledgement.note),
        }
        with errors_translated(self._name):
            self._client().update_item(
                TableName=self._name,
                Key=row_key(key),
                UpdateExpression=_ACKNOWLEDGE,
                ConditionExpression=_IS_SENT,
                ExpressionAttributeNames=names(_ACKNOWLEDGE, _IS_SENT),
                ExpressionAttributeValues={":acknowledged": {"M": found}, ":sent": string(SENT)},
            )


def _read(item: Item) -> SentAlert:
    partition, account_id = item["pk"]["S"], item["account_id"]["S"]
    own = (AlertKey(partition, sort) for sort in read_lower(item))
    acknowledged = item["acknowledged"]["M"] if "acknowledged" in item else None
    return SentAlert(
        key=AlertKey(partition, item["sk"]["S"]),
        sent_at=_instant(item["sent_at"]),
        # A row that was lost after its claim has no subject.
        subject=item["subject"]["S"] if "subject" in item else "",
        type=item["type"]["S"],
        severity=item["severity"]["S"],
        budget=item["budget"]["S"],
        account_id=None if account_id == NO_ACCOUNT else account_id,
        included=(*own, *read_others(item)),
        acknowledged=_acknowledgement(acknowledged) if acknowledged else None,
    )


def _acknowledgement(item: Item) -> Acknowledgement:
    return Acknowledgement(item["by"]["S"], _instant(item["at"]), item["note"]["S"])


def _instant(value: Item) -> datetime:
    return datetime.fromtimestamp(int(value["N"]), UTC)
