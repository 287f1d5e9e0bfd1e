"""The memory of alerts in AWS DynamoDB: claim, publish, confirm.

    (absent) --claim--> CLAIMED --confirm--> SENT          (absent) --sent with a higher one--> SUPERSEDED
    CLAIMED, lease over --claim--> CLAIMED by another      CLAIMED --release--> CLAIMED, lease over

An alert is lost in no state: what was claimed and not confirmed is owed, and is sent again when its
lease is over. A copy is made only when a run ends, or does not learn of its success, between a
publish and its confirmation.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws import alert_items as alert_writes
from cloudflare_budgets.adapters.aws.alert_items import (
    CLAIMED,
    OWED,
    SENT,
    SUPERSEDED,
    Row,
    read_alert,
    read_lower,
    row_key,
    seconds,
    text,
)
from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.domain.alerts.alert import AlertKey, Claim, ClaimState, OutgoingAlert
from cloudflare_budgets.errors import StateUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import UpdateTypeDef


_LEASE_OVER = "#owed = :owed AND #lease_until < :now"
_NAMED = 5  # rows that cannot be read


class AlertTable:
    """What was sent and what is owed.

    `lease` is how long a claim keeps others away; it must outlast the run that made it: the
    function's timeout and 30 seconds.
    """

    def __init__(self, name: str, lease: timedelta, client: "Callable[[], DynamoDBClient]") -> None:
        self._name = name
        self._lease = lease
        self._client = client

    def pending(self, now: datetime) -> Iterator[OutgoingAlert]:
        """Find the alerts that some run claimed, whose lease is over, and that were not sent.

        The index lags behind the table, so one may have been sent a moment ago; its claim will tell. A
        row that nobody can read keeps no other alert back; it is told at the end.

        Raises:
            StateUnavailableError: the index could not be read, or, after all others, rows that hold no
                alert that can be read.
        """
        alerts, unreadable = [], []
        for row in self._overdue(now):
            try:
                alerts.append(read_alert(row))
            except (LookupError, TypeError, ValueError):
                unreadable.append(f"pk {row['pk']['S']}, sk {row['sk']['S']}")
        yield from alerts
        if unreadable:
            named = "; ".join(unreadable[:_NAMED])
            fault = f"{len(unreadable)} rows hold no alert that can be read, delete them: {named}"
            raise StateUnavailableError(f"alert table {self._name}: {fault}")

    def _overdue(self, now: datetime) -> Sequence[Row]:
        with self._named_errors():
            pages = self._client().get_paginator("query")
            found = pages.paginate(
                TableName=self._name,
                IndexName="owed",
                KeyConditionExpression=_LEASE_OVER,
                ExpressionAttributeNames=alert_writes.names(_LEASE_OVER),
                ExpressionAttributeValues={":owed": text(OWED), ":now": seconds(now)},
            )
            return [row for page in found for row in page["Items"]]

    def is_settled(self, key: AlertKey) -> bool:
        """Tell whether an alert is settled, without claiming it."""
        with self._named_errors():
            answer = self._client().get_item(
                TableName=self._name,
                Key=row_key(key),
                ConsistentRead=True,
                ProjectionExpression="#state",
                ExpressionAttributeNames=alert_writes.names("#state"),
            )
            return "Item" in answer and answer["Item"]["state"]["S"] in {SENT, SUPERSEDED}

    def claim(self, alert: OutgoingAlert, owner: str, now: datetime) -> Claim:
        """Claim an alert for an owner, unless it is settled or a lease still runs."""
        update = alert_writes.claiming(self._name, alert, owner, now, self._lease)
        with self._named_errors():
            try:
                answer = self._client().update_item(**update, ReturnValues="ALL_NEW")
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                return _not_claimed(alert, owner, error.response)
            return _claimed(answer["Attributes"])

    def release(self, key: AlertKey, owner: str) -> None:
        """Give an alert back that was definitely not sent; one that is another's by now stays so."""
        with self._named_errors():
            try:
                self._client().update_item(**alert_writes.releasing(self._name, key, owner))
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise

    def confirm(self, alert: OutgoingAlert, message_id: str, now: datetime) -> None:
        """Record that an alert was sent, and the lower thresholds with it, in one step."""
        with self._named_errors():
            if alert.lower and self._confirmed_with_lower(alert, message_id, now):
                return
            update = alert_writes.confirming_alone(self._name, alert, message_id, now)
            self._client().update_item(**update)

    def settle_lower(self, alert: OutgoingAlert) -> None:
        """Record the lower thresholds of an alert that was sent earlier; often there are none."""
        if not alert.lower:
            return
        with self._named_errors():
            self._transact(alert, alert_writes.recording_lower(self._name, alert))

    def _confirmed_with_lower(self, alert: OutgoingAlert, message_id: str, now: datetime) -> bool:
        update = alert_writes.confirming_with_lower(self._name, alert, message_id, now)
        try:
            self._transact(alert, update)
        except ClientError as error:
            # Another run writes one of these rows right now. Confirming the alert alone prevents a
            # copy; the lower ones are then not recorded with it, so that the next run settles them.
            if error_code(error) != "TransactionCanceledException":
                raise
            return False
        return True

    def _transact(self, alert: OutgoingAlert, update: "UpdateTypeDef") -> None:
        # At most 100 actions are taken; a budget has far fewer thresholds.
        lower = [alert_writes.superseding(self._name, key, alert.expires) for key in alert.lower]
        self._client().transact_write_items(TransactItems=[{"Update": each} for each in (update, *lower)])

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # a broken answer surfaces as any exception there is
            raise StateUnavailableError(f"alert table {self._name}: {error_code(error)}") from error


def _claimed(row: Row) -> Claim:
    return Claim(ClaimState.CLAIMED, read_alert(row), int(row["attempts"]["N"]))


def _not_claimed(alert: OutgoingAlert, owner: str, response: Any) -> Claim:  # noqa: ANN401 - botocore gives no type
    row = response["Item"]
    state = row["state"]["S"]
    if state in {SENT, SUPERSEDED}:
        recorded = read_lower(row)
        unrecorded = tuple(key for key in alert.lower if key.sort not in recorded)
        return Claim(ClaimState.SETTLED, replace(alert, lower=unrecorded))
    if state != CLAIMED:
        raise ValueError(f"no such state: {state}")
    # When the answer to the SDK's first attempt got lost, its second one finds what that one wrote.
    # Without a second attempt, this owner claimed in an earlier call, and may have published since.
    replayed = response["ResponseMetadata"]["RetryAttempts"] > 0
    if replayed and row["owner"]["S"] == owner:
        return _claimed(row)
    return Claim(ClaimState.PENDING, alert)
