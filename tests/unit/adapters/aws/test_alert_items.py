"""AWS refuses an update with a name or value that its expressions do not use; moto lets some pass."""

import re

import pytest

from cloudflare_budgets.adapters.aws.alert_table import alert_items
from tests.support.fakes import LEASE
from tests.support.outgoing import EXPIRES, NOW, key, outgoing

ALERT = outgoing(100, 50, 80)
WRITES = {
    "claiming": alert_items.claiming("alerts", ALERT, "run-1", NOW, LEASE),
    "releasing": alert_items.releasing("alerts", key(100), "run-1"),
    "confirming_alone": alert_items.confirming_alone("alerts", ALERT, "message-1", NOW),
    "confirming_with_lower": alert_items.confirming_with_lower("alerts", ALERT, "message-1", NOW),
    "recording_lower": alert_items.recording_lower("alerts", ALERT),
    "superseding": alert_items.superseding("alerts", key(50), EXPIRES),
}


@pytest.mark.parametrize("write", WRITES)
def test_an_update_brings_the_names_and_values_it_uses_and_no_others(write: str) -> None:
    update = WRITES[write]
    expressions = update["UpdateExpression"] + " " + update.get("ConditionExpression", "")
    assert set(re.findall(r"#\w+", expressions)) == set(update["ExpressionAttributeNames"])
    assert set(re.findall(r":\w+", expressions)) == set(update["ExpressionAttributeValues"])


@pytest.mark.parametrize("write", WRITES)
def test_every_name_is_aliased_since_many_are_reserved_words(write: str) -> None:
    update = WRITES[write]
    expressions = update["UpdateExpression"] + " " + update.get("ConditionExpression", "")
    words = set(re.findall(r"(?<![#:\w])[a-z_]\w*", expressions))
    assert words <= {"if_not_exists", "list_append", "attribute_not_exists"}


@pytest.mark.parametrize(
    "write", ["confirming_alone", "confirming_with_lower", "recording_lower", "superseding"]
)
def test_what_is_part_of_a_transaction_has_no_condition_that_could_cancel_it(write: str) -> None:
    assert "ConditionExpression" not in WRITES[write]


def test_every_claimed_row_is_in_the_index_and_no_sent_one() -> None:
    assert "#owed = :owed" in WRITES["claiming"]["UpdateExpression"]
    for write in ("confirming_alone", "confirming_with_lower"):
        assert re.search(r"REMOVE #owed\b", WRITES[write]["UpdateExpression"])
