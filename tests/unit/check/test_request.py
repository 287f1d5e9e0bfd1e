import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.run.request import InvalidRequestError, Request, parse_request
from tests.support.builders import ACCOUNT_ID, AS_OF

EVENTS = Path(__file__).parents[3] / "events"


def test_the_schedule_requests_a_check_as_of_now() -> None:
    assert parse_request({"action": "check"}, AS_OF) == Request(AS_OF)


def test_a_classic_scheduled_event_is_evaluated_by_its_own_time() -> None:
    event = {
        "detail-type": "Scheduled Event",
        "time": "2026-11-21T09:00:00Z",
        "source": "aws.events",
        "detail": {},
    }
    assert parse_request(event, AS_OF) == Request(datetime(2026, 11, 21, 9, tzinfo=UTC))


def test_a_replay_of_one_account_without_sending_can_be_requested() -> None:
    event = {
        "action": "check",
        "account_id": ACCOUNT_ID,
        "as_of": "2026-11-21T10:00:00+02:00",
        "dry_run": True,
    }
    assert parse_request(event, AS_OF) == Request(
        datetime(2026, 11, 21, 8, tzinfo=UTC), ACCOUNT_ID, dry_run=True
    )


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({}, 'action: found nothing, expected "check"'),
        ({"action": "chekc"}, "action"),
        ({"action": "digest", "account_id": ACCOUNT_ID}, "a digest covers every account"),
        ({"action": "check", "dryrun": True}, '"dryrun": found an unknown key'),
        ({"action": "check", "dry_run": "yes"}, "dry_run"),
        ({"action": "check", "as_of": "yesterday"}, "as_of"),
        ({"action": "check", "as_of": "2026-11-21T10:00:00"}, "with its zone"),
        ({"action": "check", "as_of": 1}, "as_of"),
        ({"action": "check", "account_id": "../x"}, "account_id"),
        ({"detail-type": "Scheduled Event", "time": "soon"}, "time"),
    ],
)
def test_a_useless_event_is_refused_with_the_reason(event: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        parse_request(event, AS_OF)
    assert words in str(refused.value)


def test_a_digest_of_one_account_is_refused_word_for_word() -> None:
    with pytest.raises(InvalidRequestError) as refused:
        parse_request({"action": "digest", "account_id": ACCOUNT_ID}, AS_OF)
    assert str(refused.value) == (
        f'event: account_id: found "{ACCOUNT_ID}", expected no account_id: a digest covers every account'
    )


@pytest.mark.parametrize(
    ("as_of", "is_taken"),
    [
        ("1999-12-31T23:59:59Z", False),
        ("2000-01-01T00:00:00Z", True),
        ("2999-12-31T23:59:59Z", True),
        ("3000-01-01T00:00:00Z", False),
    ],
)
def test_a_thousand_years_can_be_evaluated(as_of: str, is_taken: bool) -> None:  # noqa: FBT001 - the case
    event, now = {"action": "check", "as_of": as_of}, datetime.fromisoformat(as_of)
    if is_taken:
        assert parse_request(event, now) == Request(now)
        return
    with pytest.raises(InvalidRequestError, match="an instant of the years 2000 to 2999"):
        parse_request(event, now)


@pytest.mark.parametrize(
    "event", [{"action": "digest", "as_of": ""}, {"detail-type": "Scheduled Event", "time": ""}]
)
@pytest.mark.parametrize(("ahead", "is_taken"), [(0, True), (300, True), (301, False), (86_400, False)])
def test_an_instant_that_has_not_come_yet_is_refused(
    event: dict[str, Any],
    ahead: int,
    is_taken: bool,  # noqa: FBT001 - the case
) -> None:
    instant = AS_OF + timedelta(seconds=ahead)
    key = next(key for key, value in event.items() if value == "")
    asked = {**event, key: instant.isoformat()}
    if is_taken:
        assert parse_request(asked, AS_OF).as_of == instant
        return
    with pytest.raises(InvalidRequestError) as refused:
        parse_request(asked, AS_OF)
    assert f"event: {key}: found " in str(refused.value)
    assert "expected an instant that is not later than now, 2026-11-22T10:00:00Z" in str(refused.value)


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_event_is_one_that_the_function_accepts(path: Path) -> None:
    parse_request(json.loads(path.read_text()), AS_OF)


@given(
    st.dictionaries(
        st.sampled_from(["action", "as_of", "account_id", "dry_run", "time", "x"]), st.text() | st.none()
    )
)
def test_any_event_is_a_request_or_a_refusal(event: dict[str, Any]) -> None:
    with contextlib.suppress(InvalidRequestError):
        parse_request({"action": "check"} | event, AS_OF)
