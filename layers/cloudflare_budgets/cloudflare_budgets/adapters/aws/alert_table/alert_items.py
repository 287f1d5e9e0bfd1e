"""Items of the alert table: layout, and the updates of claim, publish and confirm."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.aws.table import Item, Value, integer, primary_key, seconds, string
from cloudflare_budgets.adapters.state_codec import dump_open_alerts, load_open_alerts
from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.open_alert import OpenAlerts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import UpdateTypeDef


CLAIMED, SENT, SUPERSEDED = "CLAIMED", "SENT", "SUPERSEDED"
# The only value of the attribute `owed`; the index of claimed alerts that were not sent is built on it.
OWED = "1"
# The attribute `account_id` of alerts about no single account; the index of sent alerts is built on it.
NO_ACCOUNT = "-"


def sort_keys(keys: Sequence[AlertKey]) -> Value:
    """Serialize keys of one partition."""
    return {"L": [string(key.sort) for key in keys]}


def row_key(key: AlertKey) -> dict[str, Value]:
    """Serialize the primary key of an alert."""
    return primary_key(key.partition, key.sort)


def read_alert(item: Item) -> OutgoingAlert:
    """Parse the alert that a claimed item contains.

    Raises:
        LookupError, TypeError, ValueError: no claim has written the item.
    """
    partition = item["pk"]["S"]
    return OutgoingAlert(
        key=AlertKey(partition, item["sk"]["S"]),
        subject=item["subject"]["S"],
        body=item["body"]["S"],
        document=item["document"]["S"],
        attributes=json.loads(item["attributes"]["S"]),
        expires=datetime.fromtimestamp(int(item["ttl"]["N"]), UTC),
        lower=(*(AlertKey(partition, sort) for sort in read_lower(item)), *read_others(item)),
        opens=_read_opens(item),
    )


def read_lower(item: Item) -> Sequence[str]:
    """Parse the sort keys that were recorded together with an item; empty if the item has none."""
    return [key["S"] for key in item["lower"]["L"]] if "lower" in item else []


def is_settled(item: Item) -> bool:
    """Return whether an item's alert was sent, or included in a message that was sent."""
    return item.get("state") in ({"S": SENT}, {"S": SUPERSEDED})


def read_settled(item: Item) -> tuple[AlertKey, list[AlertKey]]:
    """Parse the key of a settled item, and the lower alerts that were recorded together with it."""
    partition = item["pk"]["S"]
    lower = [AlertKey(partition, sort) for sort in read_lower(item)]
    return AlertKey(partition, item["sk"]["S"]), lower


def read_others(item: Item) -> list[AlertKey]:
    """Parse the keys in other partitions that are settled together with an item."""
    found = item["others"]["L"] if "others" in item else ()
    return [AlertKey(each["M"]["pk"]["S"], each["M"]["sk"]["S"]) for each in found]


def _read_opens(item: Item) -> OpenAlerts | None:
    text = item["opens"]["S"] if "opens" in item else ""
    return load_open_alerts(text) if text else None


# The message was rendered once: a later claim leaves the stored one unchanged.
_CLAIM = (
    "SET #state = :claimed, #owner = :owner, #lease_until = :lease_until, #owed = :owed,"
    " #first_claimed = if_not_exists(#first_claimed, :now), #alert_id = if_not_exists(#alert_id, :alert_id),"
    " #subject = if_not_exists(#subject, :subject), #body = if_not_exists(#body, :body),"
    " #document = if_not_exists(#document, :document), #attributes = if_not_exists(#attributes, :attributes),"
    " #lower = if_not_exists(#lower, :lower), #others = if_not_exists(#others, :others),"
    " #opens = if_not_exists(#opens, :opens), #ttl = if_not_exists(#ttl, :ttl)"
    " ADD #attempts :one"
)
_STORE = _CLAIM.removesuffix(" ADD #attempts :one")
_ABSENT = "attribute_not_exists(#pk)"
_NO_OWNER = "-"  # of an alert that is stored and not claimed yet
_CLAIMABLE = "attribute_not_exists(#pk) OR (#state = :claimed AND #lease_until < :now)"
_RELEASE = "SET #lease_until = :over"
_OWNED = "#owner = :owner AND #state = :claimed"
# Unconditional: the message was sent, so SENT is true whichever run writes it, even if the item was lost.
_CONFIRM = (
    "SET #state = :sent, #message_id = :message_id, #sent_at = :now, #ttl = if_not_exists(#ttl, :ttl),"
    " #account_id = :account_id, #type = :type, #severity = :severity, #budget = :budget{}"
    " REMOVE #owed{}"
)
_CONFIRM_ALONE = _CONFIRM.format("", ", #lower")
_CONFIRM_WITH_LOWER = _CONFIRM.format(", #lower = :lower", "")
_RECORD_LOWER = (
    "SET #state = if_not_exists(#state, :sent), #ttl = if_not_exists(#ttl, :ttl),"
    " #lower = list_append(if_not_exists(#lower, :none), :lower)"
)
# Unconditional too: a failed condition would cancel the whole transaction, including the confirmation.
_SUPERSEDE = "SET #state = if_not_exists(#state, :superseded), #ttl = if_not_exists(#ttl, :ttl)"


def names(*expressions: str) -> dict[str, str]:
    """Resolve the names in expressions. All are aliased because many are reserved words."""
    return {f"#{name}": name for name in re.findall(r"#(\w+)", " ".join(expressions))}


def claiming(
    table: str, alert: OutgoingAlert, owner: str, now: datetime, lease: timedelta
) -> "UpdateTypeDef":
    """Claim an alert without a lease, or with an expired one; a failure returns the item."""
    values = {
        **_stored(alert, now),
        ":owner": string(owner),
        ":lease_until": seconds(now + lease),
        ":one": integer(1),
    }
    update = _conditional(_CLAIMABLE, _update(table, alert.key, _CLAIM, values))
    return {**update, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def storing(table: str, alert: OutgoingAlert, now: datetime) -> "UpdateTypeDef":
    """Store an alert that is not stored, without an attempt: it can be claimed at once."""
    values = {**_stored(alert, now), ":owner": string(_NO_OWNER), ":lease_until": integer(0)}
    update = _conditional(_ABSENT, _update(table, alert.key, _STORE, values))
    return {**update, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def _stored(alert: OutgoingAlert, now: datetime) -> dict[str, Value]:
    keys = (*alert.lower, *alert.alongside)
    return {
        ":alert_id": string(alert.key.alert_id),
        ":subject": string(alert.subject),
        ":body": string(alert.body),
        ":document": string(alert.document),
        ":attributes": string(json.dumps(dict(alert.attributes))),
        ":lower": sort_keys([key for key in keys if key.partition == alert.key.partition]),
        ":others": {"L": [{"M": row_key(key)} for key in keys if key.partition != alert.key.partition]},
        ":opens": string(dump_open_alerts(alert.opens) if alert.opens is not None else ""),
        ":ttl": seconds(alert.expires),
        ":claimed": string(CLAIMED),
        ":now": seconds(now),
        ":owed": string(OWED),
    }


def releasing(table: str, key: AlertKey, owner: str) -> "UpdateTypeDef":
    """End the lease of an alert that an owner has claimed."""
    values = {":owner": string(owner), ":claimed": string(CLAIMED), ":over": integer(0)}
    return _conditional(_OWNED, _update(table, key, _RELEASE, values))


def confirming_alone(table: str, alert: OutgoingAlert, message_id: str, now: datetime) -> "UpdateTypeDef":
    """Record that an alert was sent, and that no lower alert is recorded with it yet."""
    return _update(table, alert.key, _CONFIRM_ALONE, _sent(alert, message_id, now))


def confirming_with_lower(
    table: str, alert: OutgoingAlert, message_id: str, now: datetime
) -> "UpdateTypeDef":
    """Record that an alert was sent, and which lower alerts the same transaction records."""
    values = _sent(alert, message_id, now) | {":lower": sort_keys(_own(alert))}
    return _update(table, alert.key, _CONFIRM_WITH_LOWER, values)


def recording_lower(table: str, alert: OutgoingAlert) -> "UpdateTypeDef":
    """Record which lower alerts the transaction records for an alert that was sent earlier."""
    values = {
        ":sent": string(SENT),
        ":ttl": seconds(alert.expires),
        ":none": sort_keys(()),
        ":lower": sort_keys(_own(alert)),
    }
    return _update(table, alert.key, _RECORD_LOWER, values)


def _own(alert: OutgoingAlert) -> list[AlertKey]:
    return [key for key in alert.lower if key.partition == alert.key.partition]


def superseding(table: str, key: AlertKey, expires: datetime) -> "UpdateTypeDef":
    """Record that the message of a higher alert includes this one, unless it has a state."""
    return _update(table, key, _SUPERSEDE, {":superseded": string(SUPERSEDED), ":ttl": seconds(expires)})


def _sent(alert: OutgoingAlert, message_id: str, now: datetime) -> dict[str, Value]:
    found = alert.attributes
    return {
        ":account_id": string(found.get("account_id") or NO_ACCOUNT),
        **{f":{name}": string(found.get(name, "")) for name in ("type", "severity", "budget")},
        ":sent": string(SENT),
        ":message_id": string(message_id),
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
