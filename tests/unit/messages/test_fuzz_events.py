"""Events, parameters and alerts that are nearly right: each is used, or refused with a typed error."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.aws.accounts.credentials import read_account
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, InvalidAccount
from cloudflare_budgets.domain.run.request import InvalidRequestError, parse_request
from cloudflare_budgets.messages.channels.amazon_q import chat_notification
from cloudflare_budgets.messages.message import Action, Message, message_json
from cloudflare_budgets.messages.notification import (
    InvalidNotificationError,
    Notification,
    read_notifications,
)
from cloudflare_budgets.messages.slack.message import slack_message
from tests.support import documents
from tests.support.builders import ACCOUNT_ID, AS_OF, each_day
from tests.support.fuzzing import FUZZED, anything, nearly
from tests.support.world import World

pytestmark = pytest.mark.fuzz
_EVENTS = (
    {"action": "check", "account_id": ACCOUNT_ID, "as_of": "2026-11-22T10:00:00Z", "dry_run": True},
    {"action": "digest"},
    {"detail-type": "Scheduled Event", "time": "2026-11-22T10:00:00Z", "detail": {}, "source": "aws.events"},
)
_ALERTS = tuple(
    make()
    for make in (
        documents.crossed,
        documents.spike,
        documents.new_metric,
        documents.problem,
        documents.resolved,
        documents.period_closed,
        documents.digest,
    )
)
_MESSAGE = message_json(
    Message("a fact", "an account", Decimal("82.4"), ("a cause",), (Action("Look", "look"),))
)
_NOTIFICATIONS = tuple(
    {
        "Records": [
            {
                "Sns": {
                    "Subject": "workers at 82.4% of 50 USD",
                    "Message": "text",
                    "Timestamp": "2026-11-22T10:00:00.000Z",
                    "MessageAttributes": {
                        "alert": {"Type": "String", "Value": json.dumps(alert)},
                        "message": {"Type": "String", "Value": _MESSAGE},
                    },
                }
            }
        ]
    }
    for alert in _ALERTS
)
_QUEUED = tuple(
    {"Records": [{"body": json.dumps(record["Sns"])} for record in event["Records"]]}
    for event in _NOTIFICATIONS
)


@FUZZED
@given(nearly(_EVENTS) | anything)
def test_an_event_is_a_request_or_refused(event: Any) -> None:  # noqa: ANN401 - any JSON
    try:
        request = parse_request(event, AS_OF)
    except InvalidRequestError as refusal:
        str(refusal).encode()
        return
    world = World()
    world.use(*each_day("2026-11-01", "2026-11-21", "1", "3"))
    assert (
        world.run(
            **{name: getattr(request, name) for name in ("as_of", "account_id", "dry_run", "digest")}
        ).failures
        == ()
    )


@pytest.mark.parametrize(
    "instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z"]
)
def test_no_instant_at_the_edge_of_the_calendar_is_requested(instant: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"as_of: found .*, expected an instant of the years 2000"):
        parse_request({"action": "check", "as_of": instant}, AS_OF)


@pytest.mark.parametrize("event", [None, [], "check", 7])
def test_an_event_that_is_no_object_is_refused(event: object) -> None:
    with pytest.raises(InvalidRequestError, match="expected an object such as"):
        parse_request(event, AS_OF)


def test_no_key_of_an_event_breaks_the_log() -> None:
    with pytest.raises(InvalidRequestError, match=r'"\?\?": found an unknown key'):
        parse_request({"action": "check", "\ud800\n": 1}, AS_OF)


_SECRETS = st.text(st.characters(codec="utf-8"), max_size=60) | st.from_regex(
    r"[A-Za-z0-9_-]{15,60}[\s\"]?", fullmatch=True
)


@FUZZED
@given(
    st.sampled_from((ACCOUNT_ID, ACCOUNT_ID.upper(), "", "x")) | st.text(max_size=40),
    st.sampled_from(("api-token", "api-token/", "")) | st.text(max_size=10),
    st.sampled_from(("SecureString", "String")),
    _SECRETS | nearly(({"email": "a@example.com", "api_key": "k" * 37},)).map(json.dumps),
)
def test_an_account_is_usable_in_a_header_or_refused_without_its_secret(
    account_id: str, rest: str, kind: str, value: str
) -> None:
    found = read_account("/p/accounts", f"/p/accounts/{account_id}/{rest}", kind, value)
    if isinstance(found, Account):
        assert found.account_id == ACCOUNT_ID
        secret = (
            found.credential.token if isinstance(found.credential, ApiToken) else found.credential.api_key
        )
        revealed = secret.reveal()
        assert revealed.isascii()
        assert revealed.isprintable()
        assert " " not in revealed
        assert revealed not in repr(found)
        return
    assert isinstance(found, InvalidAccount)
    if len(value.strip()) >= 15 and value.strip() not in account_id:
        assert value.strip() not in f"{found.reason}{found!r}"


@FUZZED
@given(nearly((*_NOTIFICATIONS, *_QUEUED)) | anything)
def test_a_notification_is_shown_or_refused(event: Any) -> None:  # noqa: ANN401 - any JSON
    try:
        notifications = read_notifications(event)
    except InvalidNotificationError:
        return
    for each in notifications:
        _is_shown(each)
        json.dumps(chat_notification(each), ensure_ascii=False).encode()


@FUZZED
@given(nearly(_ALERTS), st.text(max_size=300), st.text(max_size=5000))
def test_an_alert_of_any_later_version_is_shown(document: Any, subject: str, body: str) -> None:  # noqa: ANN401 - any JSON
    if isinstance(document, dict):
        _is_shown(Notification(subject, body, document))
        _is_shown(Notification(subject, body, document, Message(subject, lead=(body,))))


def _is_shown(notification: Notification) -> None:
    message = slack_message(notification)
    assert message["text"]
    assert 0 < len(message["blocks"]) <= 50
    assert len(json.dumps(message["blocks"], ensure_ascii=False).encode()) < 40_000
