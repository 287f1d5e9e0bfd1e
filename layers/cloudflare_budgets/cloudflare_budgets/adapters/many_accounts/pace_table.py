"""The pace of each token in the alert table, shared by all workers."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.adapters.aws.table import (
    Item,
    Value,
    errors_translated,
    integer,
    primary_key,
    seconds,
)
from cloudflare_budgets.domain.run.pace import TokenPace
from cloudflare_budgets.errors import StateUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Requests that are reserved at once: an account takes one to six, beside those for analytics.
BLOCK = 5
# Requests older than five minutes do not count, and a token is parked for an hour at most.
_EXPIRES_AFTER = timedelta(hours=2)
# Another worker that changes the item at the same time makes an update fail; each failure is one such worker.
_ATTEMPTS = 20
_UPDATE = "SET sent = :sent, parked_until = :parked_until, version = :next, #ttl = :ttl"
_UNCHANGED = "attribute_not_exists(version) OR version = :version"


class PaceTable:
    """Implements `PaceStore`: an item per token, replaced unless another worker changed it.

    Args:
        name: Name of the table.
        clock: Returns the time, from which the expiry of items is counted.
        client: Returns the client for DynamoDB.
    """

    def __init__(
        self, name: str, clock: Callable[[], datetime], client: "Callable[[], DynamoDBClient]"
    ) -> None:
        self._name = name
        self._clock = clock
        self._client = client

    def update(self, token: str, change: Callable[[TokenPace], TokenPace]) -> TokenPace:
        """Replace the pace of a token, and return the earlier one; an equal pace is not written.

        Raises:
            StateUnavailableError: DynamoDB failed, or too many workers changed the pace at the same time.
        """
        key = primary_key(f"TOKEN#{token}", "PACE")
        for _ in range(_ATTEMPTS):
            with errors_translated(self._name):
                answer = self._client().get_item(TableName=self._name, Key=key, ConsistentRead=True)
                item = answer.get("Item", {})
                earlier = _read(item)
                later = change(earlier)
                if later == earlier or self._replace(key, item, later):
                    return earlier
        raise StateUnavailableError(f"alert table {self._name}: the pace of a token changes too often")

    def _replace(self, key: Mapping[str, Value], item: Item, pace: TokenPace) -> bool:
        """Replace an item that was read before; return whether it was still the same."""
        version = int(item["version"]["N"]) if "version" in item else 0
        try:
            self._client().update_item(
                TableName=self._name,
                Key=dict(key),
                UpdateExpression=_UPDATE,
                ConditionExpression=_UNCHANGED,
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues=_values(pace)
                | {
                    ":version": integer(version),
                    ":next": integer(version + 1),
                    ":ttl": seconds(self._clock() + _EXPIRES_AFTER),
                },
            )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _values(pace: TokenPace) -> dict[str, Any]:
    parked = pace.parked_until
    return {
        ":sent": {"M": {str(slot): integer(count) for slot, count in pace.sent.items()}},
        ":parked_until": {"NULL": True} if parked is None else seconds(parked),
    }


def _read(item: Item) -> TokenPace:
    if not item:
        return TokenPace()
    sent = {int(slot): int(count["N"]) for slot, count in item["sent"]["M"].items()}
    parked = item["parked_until"].get("N")
    return TokenPace(sent, datetime.fromtimestamp(int(parked), UTC) if parked else None)
