"""Items of the alert table: their layout, and the update expressions of claim, publish and confirm."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.domain.alerts.alert import AlertKey, OutgoingAlert

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import UpdateTypeDef


Value = dict[str, Any]  # DynamoDB's spelling: {"S": "text"}
Row = Mapping[str, Any]

CLAIMED, SENT, SUPERSEDED = "CLAIMED", "SENT", "SUPERSEDED"
# The one value of `owed`: a row that has it stands in the index of what is claimed and not yet sent.
OWED = "1"


def text(value: str) -> Value:
    """Spell a text."""
    return {"S": value}


def whole(value: int) -> Value:
    """Spell a whole number."""
    return {"N": str(value)}


def seconds(instant: datetime) -> Value:
    """Spell an instant, in whole seconds since 1970; a part of one is left out."""
    return whole(int(instant.timestamp()))


def sort_keys(keys: Sequence[AlertKey]) -> Value:
    """Spell keys of one partition."""
    return {"L": [text(key.sort) for key in keys]}


def row_key(key: AlertKey) -> dict[str, Value]:
    """Spell a row's key."""
    return {"pk": text(key.partition), "sk": text(key.sort)}


def read_alert(row: Row) -> OutgoingAlert:
    """Read the alert that a claimed row keeps.

    Raises:
        LookupError, TypeError, ValueError: the row is not one that a claim has written.
    """
    partition = row["pk"]["S"]
    return OutgoingAlert(
        key=AlertKey(partition, row["sk"]["S"]),
        subject=row["subject"]["S"],
        body=row["body"]["S"],
        document=row["document"]["S"],
        attributes=json.loads(row["attributes"]["S"]),
        expires=datetime.fromtimestamp(int(row["ttl"]["N"]), UTC),
        lower=tuple(AlertKey(partition, sort) for sort in read_lower(row)),
    )


def read_lower(row: Row) -> Sequence[str]:
    """Read the sort keys that are remembered together with a row; none when it names none."""
    return [key["S"] for key in row["lower"]["L"]] if "lower" in row else []


# What the outbox holds was rendered once: a later claim finds it and leaves it as it is.
_CLAIM = (
    "SET #state = :claimed, #owner = :owner, #lease_until = :lease_until, #owed = :owed,"
    " #first_claimed = if_not_exists(#first_claimed, :now), #alert_id = if_not_exists(#alert_id, :alert_id),"
    " #subject = if_not_exists(#subject, :subject), #body = if_not_exists(#body, :body),"
    " #document = if_not_exists(#document, :document), #attributes = if_not_exists(#attributes, :attributes),"
    " #lower = if_not_exists(#lower, :lower), #ttl = if_not_exists(#ttl, :ttl)"
    " ADD #attempts :one"
)
_CLAIMABLE = "attribute_not_exists(#pk) OR (#state = :claimed AND #lease_until < :now)"
_RELEASE = "SET #lease_until = :over"
_MINE = "#owner = :owner AND #state = :claimed"
# No condition: a message went out, so SENT is true whoever writes it, even of a row that was lost.
_CONFIRM = (
    "SET #state = :sent, #message_id = :message_id, #sent_at = :now, #ttl = if_not_exists(#ttl, :ttl){}"
    " REMOVE #owed{}"
)
_CONFIRM_ALONE = _CONFIRM.format("", ", #lower")
_CONFIRM_WITH_LOWER = _CONFIRM.format(", #lower = :lower", "")
_RECORD_LOWER = (
    "SET #state = if_not_exists(#state, :sent), #ttl = if_not_exists(#ttl, :ttl),"
    " #lower = list_append(if_not_exists(#lower, :none), :lower)"
)
# No condition either: one that fails would cancel the whole transaction, the confirmation with it.
_SUPERSEDE = "SET #state = if_not_exists(#state, :superseded), #ttl = if_not_exists(#ttl, :ttl)"


def names(*expressions: str) -> dict[str, str]:
    """Resolve the names that expressions use: all are aliased, since many are reserved words."""
    return {f"#{name}": name for name in re.findall(r"#(\w+)", " ".join(expressions))}


def claiming(
    table: str, alert: OutgoingAlert, owner: str, now: datetime, lease: timedelta
) -> "UpdateTypeDef":
    """Claim an alert that nobody has claimed, or whose lease is over; a refusal shows the row."""
    values = {
        ":alert_id": text(alert.key.alert_id),
        ":subject": text(alert.subject),
        ":body": text(alert.body),
        ":document": text(alert.document),
        ":attributes": text(json.dumps(dict(alert.attributes))),
        ":lower": sort_keys((*alert.lower, *alert.alongside)),
        ":ttl": seconds(alert.expires),
        ":claimed": text(CLAIMED),
        ":owner": text(owner),
        ":now": seconds(now),
        ":lease_until": seconds(now + lease),
        ":owed": text(OWED),
        ":one": whole(1),
    }
    update = _conditional(_CLAIMABLE, _update(table, alert.key, _CLAIM, values))
    return {**update, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def releasing(table: str, key: AlertKey, owner: str) -> "UpdateTypeDef":
    """End the lease of an alert that an owner has claimed."""
    values = {":owner": text(owner), ":claimed": text(CLAIMED), ":over": whole(0)}
    return _conditional(_MINE, _update(table, key, _RELEASE, values))


def confirming_alone(table: str, alert: OutgoingAlert, message_id: str, now: datetime) -> "UpdateTypeDef":
    """Record that an alert was sent, and that no lower one is recorded with it yet."""
    return _update(table, alert.key, _CONFIRM_ALONE, _sent(alert, message_id, now))


def confirming_with_lower(
    table: str, alert: OutgoingAlert, message_id: str, now: datetime
) -> "UpdateTypeDef":
    """Record that an alert was sent, and which lower ones the same transaction records."""
    values = _sent(alert, message_id, now) | {":lower": sort_keys(alert.lower)}
    return _update(table, alert.key, _CONFIRM_WITH_LOWER, values)


def recording_lower(table: str, alert: OutgoingAlert) -> "UpdateTypeDef":
    """Record which lower ones the same transaction records, of an alert that was sent earlier."""
    values = {
        ":sent": text(SENT),
        ":ttl": seconds(alert.expires),
        ":none": sort_keys(()),
        ":lower": sort_keys(alert.lower),
    }
    return _update(table, alert.key, _RECORD_LOWER, values)


def superseding(table: str, key: AlertKey, expires: datetime) -> "UpdateTypeDef":
    """Record that a higher alert says it all, unless the row says otherwise."""
    return _update(table, key, _SUPERSEDE, {":superseded": text(SUPERSEDED), ":ttl": seconds(expires)})


def _sent(alert: OutgoingAlert, message_id: str, now: datetime) -> dict[str, Value]:
    return {
        ":sent": text(SENT),
        ":message_id": text(message_id),
        ":now": seconds(now),
        ":ttl": seconds(alert.expires),
    }


def _update(table: str, key: AlertKey, expression: str, values: dict[str, Value]) -> "UpdateTypeDef":
    return {
        "TableName": table,
        "Key": row_key(key),
        "UpdateExpression": expression,
        "ExpressionAttributeNames": names(expression),
        "ExpressionAttributeValues": values,
    }


def _conditional(condition: str, update: "UpdateTypeDef") -> "UpdateTypeDef":
    return {
        **update,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names(update["UpdateExpression"], condition),
    }
