"""The outbox in the alert table in AWS DynamoDB: claim, publish, confirm.

    (absent) --claim--> CLAIMED --confirm--> SENT          (absent) --sent with a higher one--> SUPERSEDED
    CLAIMED, lease over --claim--> CLAIMED by another      CLAIMED --release--> CLAIMED, lease over

No state loses an alert: one that was claimed and not confirmed is pending, and is sent again when its lease
has expired. A duplicate is possible only if a run ends, or does not receive the response, between publish
and confirm.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws.alert_table import alert_items
from cloudflare_budgets.adapters.aws.alert_table.alert_items import (
    CLAIMED,
    OWED,
    SENT,
    SUPERSEDED,
    is_settled,
    read_alert,
    read_lower,
    read_settled,
    row_key,
)
from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.adapters.aws.table import Item, errors_translated, get_items, query, seconds, string
from cloudflare_budgets.domain.alerts.alert import Claim, ClaimState, OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.errors import StateUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import UpdateTypeDef


_LEASE_OVER = "#owed = :owed AND #lease_until < :now"
_LOOKED_UP = ("pk", "sk", "state", "lower")
_MAX_NAMED = 5  # unreadable items that an error lists


class DynamoDbOutbox:
    """Implements `Outbox`.

    Args:
        name: Name of the table.
        lease: How long a claim excludes other runs. It must be longer than the run that claims: the timeout
            of the function and 30 seconds.
        client: Returns the client for DynamoDB.
    """

    def __init__(self, name: str, lease: timedelta, client: "Callable[[], DynamoDBClient]") -> None:
        self._name = name
        self._lease = lease
        self._client = client

    def pending(self, now: datetime) -> Iterator[OutgoingAlert]:
        """List the alerts that were claimed and not sent, and whose lease has expired.

        The index is eventually consistent, so an alert may have been sent a moment ago; its claim fails then.

        Raises:
            StateUnavailableError: DynamoDB failed, or, after all other alerts, some items are not readable.
        """
        alerts, unreadable = [], []
        for item in self._overdue(now):
            try:
                alerts.append(read_alert(item))
            except (LookupError, TypeError, ValueError):
                unreadable.append(f"pk {item['pk']['S']}, sk {item['sk']['S']}")
        yield from alerts
        if unreadable:
            named = "; ".join(unreadable[:_MAX_NAMED])
            fault = f"{len(unreadable)} items contain no readable alert, delete them: {named}"
            raise StateUnavailableError(f"alert table {self._name}: {fault}")

    def _overdue(self, now: datetime) -> Sequence[Item]:
        with errors_translated(self._name):
            return query(
                self._client(),
                self._name,
                IndexName="owed",
                KeyConditionExpression=_LEASE_OVER,
                ExpressionAttributeNames=alert_items.names(_LEASE_OVER),
                ExpressionAttributeValues={":owed": string(OWED), ":now": seconds(now)},
            )

    def is_settled(self, key: AlertKey) -> bool:
        """Return whether an alert was sent, or included in a message that was sent."""
        with errors_translated(self._name):
            answer = self._client().get_item(
                TableName=self._name,
                Key=row_key(key),
                ConsistentRead=True,
                ProjectionExpression="#state",
                ExpressionAttributeNames=alert_items.names("#state"),
            )
            with self._damage_named(key):
                return "Item" in answer and answer["Item"]["state"]["S"] in {SENT, SUPERSEDED}

    def settled(self, keys: Collection[AlertKey]) -> Mapping[AlertKey, Collection[AlertKey]]:
        """Return which of several alerts are settled, each with its recorded lower thresholds."""
        with errors_translated(self._name):
            found = get_items(self._client(), self._name, [row_key(key) for key in keys], _LOOKED_UP)
            return dict(read_settled(item) for item in found if is_settled(item))

    def claim(self, alert: OutgoingAlert, owner: str, now: datetime) -> Claim:
        """Claim an alert for an owner, unless the alert is settled or a lease has not expired."""
        update = alert_items.claiming(self._name, alert, owner, now, self._lease)
        return self._update(update, alert, _claimed, lambda found: _not_claimed(alert, owner, found))

    def store(self, alert: OutgoingAlert, now: datetime) -> Claim:
        """Store an alert as pending, unless it is settled; return what is stored."""
        update = alert_items.storing(self._name, alert, now)
        return self._update(update, alert, _stored, lambda found: _already_stored(alert, found))

    def _update(
        self,
        update: "UpdateTypeDef",
        alert: OutgoingAlert,
        accepted: Callable[[Item], Claim],
        refused: Callable[[Any], Claim],
    ) -> Claim:
        """Update an alert's item, and parse the new item, or the response to a failed condition."""
        with errors_translated(self._name):
            try:
                item = self._client().update_item(**update, ReturnValues="ALL_NEW")["Attributes"]
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                with self._damage_named(alert.key):
                    return refused(error.response)
            with self._damage_named(alert.key):
                return accepted(item)

    @contextmanager
    def _damage_named(self, key: AlertKey) -> Iterator[None]:
        try:
            yield
        except (LookupError, TypeError, ValueError) as error:
            row = f"the item pk {key.partition}, sk {key.sort}"
            fault = f"{row} is damaged, delete it ({type(error).__name__})"
            raise StateUnavailableError(f"alert table {self._name}: {fault}") from error

    def release(self, key: AlertKey, owner: str) -> None:
        """End the lease of an alert that was not sent, if the owner still has it."""
        with errors_translated(self._name):
            try:
                self._client().update_item(**alert_items.releasing(self._name, key, owner))
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise

    def confirm(self, alert: OutgoingAlert, message_id: str, now: datetime) -> None:
        """Record that an alert was sent, and the lower thresholds with it, in one step."""
        with errors_translated(self._name):
            if alert.lower and self._confirmed_with_lower(alert, message_id, now):
                return
            update = alert_items.confirming_alone(self._name, alert, message_id, now)
            self._client().update_item(**update)

    def settle_lower(self, alert: OutgoingAlert) -> None:
        """Record the lower thresholds of an alert that was sent earlier, if it has any."""
        if not alert.lower:
            return
        with errors_translated(self._name):
            self._transact(alert, alert_items.recording_lower(self._name, alert))

    def _confirmed_with_lower(self, alert: OutgoingAlert, message_id: str, now: datetime) -> bool:
        update = alert_items.confirming_with_lower(self._name, alert, message_id, now)
        try:
            self._transact(alert, update)
        except ClientError as error:
            # Another run is writing one of these items. Confirming the alert alone prevents a duplicate;
            # the lower alerts are then not recorded with it, so the next run settles them.
            if error_code(error) != "TransactionCanceledException":
                raise
            return False
        return True

    def _transact(self, alert: OutgoingAlert, update: "UpdateTypeDef") -> None:
        # A transaction has at most 100 actions; a budget has far fewer thresholds.
        lower = [alert_items.superseding(self._name, key, alert.expires) for key in alert.lower]
        self._client().transact_write_items(TransactItems=[{"Update": each} for each in (update, *lower)])


def _claimed(item: Item) -> Claim:
    return Claim(ClaimState.CLAIMED, read_alert(item), int(item["attempts"]["N"]))


def _stored(item: Item) -> Claim:
    return Claim(ClaimState.CLAIMED, read_alert(item))


def _already_stored(alert: OutgoingAlert, response: Any) -> Claim:  # noqa: ANN401 - botocore gives no type
    item = response["Item"]
    if item["state"]["S"] == CLAIMED:
        return _stored(item)
    recorded = read_lower(item)
    unrecorded = tuple(key for key in alert.lower if key.sort not in recorded)
    return Claim(ClaimState.SETTLED, replace(alert, lower=unrecorded))


def _not_claimed(alert: OutgoingAlert, owner: str, response: Any) -> Claim:  # noqa: ANN401 - botocore gives no type
    item = response["Item"]
    state = item["state"]["S"]
    if state in {SENT, SUPERSEDED}:
        return _already_stored(alert, response)
    if state != CLAIMED:
        raise ValueError(f"unknown state: {state}")
    # If the response to the SDK's first attempt was lost, the second attempt finds the item of the first.
    # Without a second attempt, this owner claimed in an earlier call and may have published since.
    replayed = response["ResponseMetadata"]["RetryAttempts"] > 0
    if replayed and item["owner"]["S"] == owner:
        return _claimed(item)
    return Claim(ClaimState.PENDING, alert)
