"""The largest alert of each type is kept, sent, and read: nothing is refused for its size for ever."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.aws.alert_table import alert_items
from cloudflare_budgets.adapters.aws.topics import MAX_BYTES, AlertMessage, alert_message
from cloudflare_budgets.domain.alerts.alert import AlertType, Claim, OutgoingAlert
from cloudflare_budgets.messages.size_limits import (
    MAX_BODY,
    MAX_DOCUMENT,
    bounded_json,
    fair_shares,
    json_text,
    size,
    take_while_it_fits,
    truncate,
)
from tests.schemas.alert import checked
from tests.support.builders import charge, day, each_day, price, prices
from tests.support.documents import crossed
from tests.support.fakes import LEASE, FakeOutbox
from tests.support.outgoing import NOW, outgoing
from tests.support.world import World

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_ROW = 400 * 1024
# Four bytes, and twelve where JSON escapes it.
WIDE = "\N{GRINNING FACE}"
HUGE = {
    "description": WIDE * 500,
    "scope": {"metric_id": ["*", *(WIDE * 250 for _ in range(28))]},
    "thresholds": [f"{number}{basis}" for number in range(10, 20) for basis in ("%", "% forecast")],
    "alert_on": ["spike", "new_metric"],
}
NAME = "n" * 61
KV = "kv_read_operations"
ACCOUNT = {"billing_account_name": WIDE * 500}


@dataclass
class KeepingMemory(FakeOutbox):
    """Keeps every alert as it was claimed."""

    claimed: list[OutgoingAlert] = field(default_factory=list)

    def claim(self, alert: OutgoingAlert, owner: str, now: datetime) -> Claim:
        self.claimed.append(alert)
        return super().claim(alert, owner, now)


def huge(limit: str, **more: object) -> str:
    """Write a budget as long as a parameter of the advanced tier may be, in the widest characters."""
    return json.dumps({"limit": limit, **HUGE, **more}, ensure_ascii=False)


def message_size(message: AlertMessage) -> int:
    attributes = sum(len(f"{name}String{text}".encode()) for name, text in message.attributes.items())
    return len(message.subject.encode()) + len(message.body.encode()) + attributes


def row_size(alert: OutgoingAlert) -> int:
    """Count what a claim writes, no less than AWS does."""
    update = alert_items.claiming("alerts", alert, "run-1", NOW, LEASE)
    written = json.dumps([update["Key"], update["ExpressionAttributeValues"]], ensure_ascii=False)
    return len(written.encode())


@pytest.fixture(scope="module")
def largest() -> Sequence[OutgoingAlert]:
    """Let everything happen to budgets that are as large as they can be."""
    crossed, uncrossed = told_of_many_budgets(), told_of_many_budgets(thresholds=["900000%"])
    return [*crossed, *uncrossed, *told_of_a_raised_limit()]


def told_of_many_budgets(**more: object) -> Sequence[OutgoingAlert]:
    memory = KeepingMemory()
    world = World(outbox=memory, prices=prices(price(), price(metric=KV)))
    budgets = {f"{NAME}{count:03}": huge("50 USD", **more) for count in range(45)}
    world.configuration.given_budgets = {**budgets, "mistaken": json.dumps({WIDE * 500: "x" * 3000})}
    world.use(
        *each_day("2026-10-20", "2026-11-20", "1", "1", **ACCOUNT),
        *each_day("2026-11-21", "2026-11-21", "5000", "5000", **ACCOUNT),
        *each_day("2026-11-21", "2026-11-21", "5000", metric=KV, **ACCOUNT),
        *(charge("2026-11-20", "5", metric=f"{count}" + WIDE * 200, **ACCOUNT) for count in range(60)),
    )
    world.run(digest=True)
    world.now = day("2026-12-01") + timedelta(hours=10)
    world.use(*each_day("2026-11-01", "2026-11-30", "1", "1", **ACCOUNT))
    world.run()
    return memory.claimed


def told_of_a_raised_limit() -> Sequence[OutgoingAlert]:
    memory = KeepingMemory()
    world = World(outbox=memory)
    world.use(*each_day("2026-11-01", "2026-11-21", cost="2", **ACCOUNT))
    for limit in ("50 USD", "900 USD"):
        world.configuration.given_budgets = {NAME: huge(limit)}
        world.run()
    return memory.claimed


@pytest.mark.parametrize("kind", AlertType)
def test_the_largest_alert_of_each_type_is_stored_and_sent_whole(
    largest: Sequence[OutgoingAlert], kind: AlertType
) -> None:
    alerts = [alert for alert in largest if alert.attributes["type"] == kind]
    assert alerts
    for alert in alerts:
        message = alert_message(alert, attempt=2)
        assert message_size(message) <= MAX_BYTES
        assert message_size(message.in_ascii()) <= MAX_BYTES
        assert row_size(alert) <= MAX_ROW
        assert "truncated" not in checked(json.loads(message.attributes["alert"]))
        assert message.body == alert.body
        assert f"Alert {json.loads(alert.document)['alert_id']}" in alert.body


LONG = replace(outgoing(), document=json_text({**crossed(), "incomplete": WIDE * 100_000}))


def test_a_document_that_is_too_long_is_sent_as_its_essence() -> None:
    message = alert_message(replace(LONG, body="y" * 300_000), attempt=2)
    document = checked(json.loads(message.attributes["alert"]))
    assert document["truncated"] is True
    assert document["budget"] == {"name": "workers"}
    assert {key: document[key] for key in ("alert_id", "type", "severity", "account")} == {
        key: crossed()[key] for key in ("alert_id", "type", "severity", "account")
    }
    assert document["attempt"] == 2
    assert message_size(message) == MAX_BYTES
    assert message.body.endswith("\n[the rest was too long to send]")
    assert message_size(message.in_ascii()) <= MAX_BYTES


def test_a_document_that_leaves_people_no_room_is_shortened() -> None:
    long = {**crossed(), "incomplete": "x" * 255_000}
    message = alert_message(replace(LONG, document=json_text(long), body="y" * 10_000), attempt=1)
    assert message.body == "y" * 10_000
    assert checked(json.loads(message.attributes["alert"]))["truncated"] is True


def test_a_document_is_written_in_the_bytes_of_its_characters() -> None:
    document = {**crossed(), "incomplete": "東\N{GRINNING FACE}"}
    message = alert_message(replace(LONG, document=json.dumps(document)), attempt=1)
    assert "東\N{GRINNING FACE}" in message.attributes["alert"]
    assert message.in_ascii().attributes["alert"].isascii()


@pytest.mark.parametrize("attempt", [1, 2])
def test_plain_words_say_too_that_they_may_be_a_repeat(attempt: int) -> None:
    subject = alert_message(outgoing(), attempt).in_ascii().subject
    assert subject == "Cloudflare Budgets: an alert" + (" (possible repeat)" if attempt == 2 else "")


@pytest.mark.parametrize("code", [0xD800, 0xDFFF, 0xFFFE, 0xFFFF])
def test_what_no_message_can_carry_is_replaced(code: int) -> None:
    text = f"a{chr(code)}b"
    document = json.dumps({**crossed(), "incomplete": text})
    message = alert_message(replace(LONG, document=document, body=text), attempt=1)
    assert message.body == "a\N{REPLACEMENT CHARACTER}b"
    assert json.loads(message.attributes["alert"])["incomplete"] == "a\N{REPLACEMENT CHARACTER}b"


def test_a_stored_alert_is_bounded_before_it_is_claimed() -> None:
    assert size(bounded_json({**crossed(), "incomplete": "x" * MAX_DOCUMENT})) < 1000
    kept = replace(LONG, document="x" * MAX_DOCUMENT, body="y" * MAX_BODY)
    assert row_size(kept) < MAX_ROW


@given(st.lists(st.integers(0, 50)), st.integers(0, 500))
def test_shares_are_even_and_no_larger_than_wanted(wanted: list[int], total: int) -> None:
    shares = fair_shares(wanted, total)
    assert all(0 <= share <= want for share, want in zip(shares, wanted, strict=True))
    assert sum(shares) == min(total, sum(wanted))
    unserved = [share for share, want in zip(shares, wanted, strict=True) if share < want]
    assert not unserved or max(shares) - min(unserved) <= 1


@given(st.text(st.characters(codec="utf-8")), st.integers(40, 200))
def test_a_text_that_is_cut_fits(text: str, room: int) -> None:
    assert size(truncate(text, room)) <= room
    assert truncate(text, size(text)) == text


def test_of_several_texts_those_that_fit_are_used_and_the_first_in_any_case() -> None:
    assert take_while_it_fits(["aaa", "bbb", "c"], 5) == ["aaa"]
    assert take_while_it_fits(["aaa", "bb", "c"], 5) == ["aaa", "bb"]
    assert take_while_it_fits(["aaaaaa", "b"], 5) == ["aaaaaa"]


def test_an_alert_that_grew_too_long_before_is_sent_by_the_next_sweep() -> None:
    world = World()
    world.outbox.claim(LONG, "run-0", world.now - timedelta(hours=1))
    world.use(*each_day("2026-11-01", "2026-11-21", cost="0.1"))
    assert world.run().resent == 1
    assert world.topic.published[0].alert["truncated"] is True
