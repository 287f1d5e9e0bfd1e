"""What Amazon Q Developer in chat applications is given to show."""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.messages.channels.amazon_q import chat_notification, thread_id
from cloudflare_budgets.messages.message import Action, Message, Section, parse_message
from cloudflare_budgets.messages.notification import Notification
from tests.schemas.chat import checked_notification
from tests.support.documents import crossed, digest, new_metric, period_closed, problem, resolved, spike
from tests.unit.messages.alerts.each_kind import of_a_crossing

SUBJECT = "workers passed 80 %: 41.20 of 50 USD (82 %), 9 days left - Example account"
PING = "<!channel> & <@U1>"
OTHERS: list[Callable[[], dict[str, Any]]] = [spike, new_metric, problem, resolved, period_closed, digest]
ALERT_ID = "5b6e6c46dc6b5b2d4f4e4e2ba6e9d0b1"
BILLING = "https://dash.cloudflare.com/?to=/:account/billing/billable-usage"
# What may stand in angle brackets: our own links, and nothing that anybody wrote.
OWN_LINKS = (f"<{BILLING}|Cloudflare>", f"<{BILLING}|Cloudflare's own figures>")
ADVICE = "Unintended? Stop the loop, cron or deployment."
MESSAGE = parse_message(of_a_crossing().message)
assert MESSAGE


def notify(
    document: dict[str, Any],
    subject: str = SUBJECT,
    body: str = "The text.",
    message: Message | None = MESSAGE,
) -> dict[str, Any]:
    found = chat_notification(Notification(subject, body, document, message))
    checked_notification(found)
    return found


def without_links(text: str) -> str:
    for own in OWN_LINKS:
        text = text.replace(own, "")
    return text


def texts(found: object) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict | list):
        for inner in found.values() if isinstance(found, dict) else found:
            yield from texts(inner)


def test_a_crossed_threshold_is_reported_with_all_that_the_reader_needs() -> None:
    found = notify(crossed())
    assert found == {
        "version": "1.0",
        "source": "custom",
        "id": ALERT_ID,
        "content": {
            "textType": "client-markdown",
            "title": "⚠️ workers passed 80 %: 41.20 of 50 USD (82 %), 9 days left",
            "description": (
                "████████░░  Forecast 57.40 USD (54.59-67.60) · Example account\n"
                "73 % of it: Durable objects requests, 4.10 USD a day since 21 Nov, 3.2 times the usual\n"
                "Passed 80 % (also 50 %)\n"
                "keep the shop's bill flat\n\n"
                f"{OWN_LINKS[0]} · mute in /cloudflare-budgets/budgets/workers · "
                "data through 21 Nov, usage API V2 · alert 5b6e6c46"
            ),
            "nextSteps": [
                ADVICE,
                OWN_LINKS[1],
                'Change or mute ("muted_until") this budget: parameter /cloudflare-budgets/budgets/workers',
            ],
            "keywords": ["Cloudflare", "warning", "workers"],
        },
        "metadata": {
            "threadId": "023e105f4ecef8ad9ca31a8372d0c353/workers/2026-11-01T00:00:00Z",
            "summary": f"⚠️ {SUBJECT}",
            "eventType": "cloudflare-budgets-threshold-crossed",
            "relatedResources": ["Example account", "workers"],
            "additionalContext": {
                "alert_id": ALERT_ID,
                "type": "threshold_crossed",
                "severity": "warning",
                "account_id": "023e105f4ecef8ad9ca31a8372d0c353",
                "budget": "workers",
            },
        },
    }


@pytest.mark.parametrize("kind", OTHERS)
def test_every_kind_is_reported_in_the_documented_form(kind: Callable[[], dict[str, Any]]) -> None:
    found = notify(kind())

    assert found["metadata"]["eventType"] == f"cloudflare-budgets-{kind.__name__.replace('_', '-')}"
    assert ALERT_ID[:8] in found["content"]["description"]


def test_an_alert_that_was_queued_without_a_message_is_reported_by_its_subject_and_its_text() -> None:
    found = notify(crossed(), "A surprise", "First line.\nSecond <line>.", None)

    assert found["content"]["title"] == "⚠️ A surprise"
    assert "First line.\nSecond &lt;line&gt;." in found["content"]["description"]
    assert "nextSteps" not in found["content"]


def test_a_message_published_by_hand_is_reported_too() -> None:
    found = notify({}, "hello", "Is this thing on?", None)

    assert "id" not in found
    assert "Is this thing on?" in found["content"]["description"]


def test_a_message_without_a_subject_has_a_title_all_the_same() -> None:
    assert notify({}, "", "", None)["content"]["title"] == "⚠️ Cloudflare Budgets"


def test_text_of_users_notifies_no_one_in_slack() -> None:
    written = crossed(account={"id": PING, "name": PING}, budget=crossed()["budget"] | {"name": PING})
    message = Message(PING, PING, Decimal(1), (PING,), (Action(PING, PING),), (Section(PING, (PING,)),))
    for told in (message, None):
        found = notify(written, PING, PING, told)
        found["metadata"].pop("threadId")  # this one is not shown

        for text in texts(found):
            assert not re.search("[<>]", without_links(text)), text
        assert "&lt;!channel&gt; &amp; &lt;@U1&gt;" in found["content"]["description"]


def test_a_long_list_is_cut_and_says_how_much_is_missing() -> None:
    many = Section("Budgets", tuple(f"budget {number} {'x' * 60}" for number in range(200)))

    description = notify(digest(), message=Message("Digest", sections=(many,)))["content"]["description"]

    assert len(description) <= 3000
    assert re.search(r"\.\.\. and \d+ more", description)
    assert description.endswith(ALERT_ID[:8])


def test_a_long_text_is_cut_within_its_monospace_block() -> None:
    description = notify({}, "hello", "\n".join("line" * 10 for _ in range(400)), None)["content"][
        "description"
    ]

    assert description.count("```") == 2
    assert re.search(r"\.\.\. and \d+ more( lines)?\n", description)


def test_an_info_contains_no_action() -> None:
    found = notify(resolved())

    assert "nextSteps" not in found["content"]
    assert found["metadata"]["additionalContext"]["budget"] == "workers"


# ---- Threads ----


def test_a_budget_has_one_thread_a_period() -> None:
    later = crossed(threshold={"percent": "100", "amount": "50", "basis": "actual"}, severity="critical")
    next_month = {"start": "2026-12-01T00:00:00Z", "end": "2027-01-01T00:00:00Z", "estimated_end": False}

    assert thread_id(crossed()) == thread_id(later) == thread_id(resolved())
    assert thread_id(crossed()) != thread_id(crossed(period=next_month))
    assert thread_id(crossed()) != thread_id(crossed(account={"id": "another", "name": None}))


def test_an_episode_of_a_metric_has_one_thread() -> None:
    assert thread_id(spike()) == thread_id(spike(day="2026-11-22T00:00:00Z"))
    assert thread_id(spike()) != thread_id(spike(since="2026-11-10T00:00:00Z"))
    assert thread_id(spike()).endswith("/r2_class_a_operations/2026-11-20T00:00:00Z")


def test_episodes_of_different_zones_have_different_threads() -> None:
    of_budget = spike()["budget"]
    first, second = (spike(budget={**of_budget, "scope": {"zone": [zone]}}) for zone in "ab")
    assert len({thread_id(spike()), thread_id(first), thread_id(second)}) == 3


def test_a_problem_has_one_thread_however_long_it_lasts() -> None:
    other = problem(problem={"kind": "invalid_budget", "subject": "another", "message": "m"})

    gone = {"kind": "invalid_budget", "subject": "/cloudflare-budgets/budgets/mistaken"}

    assert thread_id(problem()) == thread_id(problem(day="2026-11-23T00:00:00Z"))
    assert thread_id(problem()) == thread_id(resolved(account=None, problem=gone, standing=None))
    assert thread_id(problem()) != thread_id(other)


def test_all_digests_are_one_thread_and_all_closings_of_an_account() -> None:
    assert thread_id(digest()) == "-/digest"
    assert thread_id(period_closed()) == "023e105f4ecef8ad9ca31a8372d0c353/period_closed"


def test_a_thread_of_a_very_long_name_is_still_its_own() -> None:
    first, second = (crossed(budget=crossed()["budget"] | {"name": "x" * 500 + end}) for end in "ab")

    assert len(thread_id(first)) <= 200
    assert thread_id(first) != thread_id(second)


def test_a_thread_is_named_in_full_up_to_200_characters() -> None:
    room = 200 - len(thread_id(crossed(budget=crossed()["budget"] | {"name": ""})))
    fits, too_long = (crossed(budget=crossed()["budget"] | {"name": "x" * each}) for each in (room, room + 1))
    assert "x" * room in thread_id(fits)
    assert re.fullmatch("[0-9a-f]{64}", thread_id(too_long))


def test_names_and_steps_leave_room_for_the_rest() -> None:
    long = notify(crossed(budget=crossed()["budget"] | {"name": "x" * 500}, type="t" * 500))
    assert long["content"]["keywords"][-1] == "x" * 97 + "..."
    assert len(long["content"]["title"]) <= 150
    assert long["metadata"]["eventType"] == "cloudflare-budgets-" + "t" * 80


# ---- Whatever comes ----

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
KEYS = sorted({key for kind in (crossed, *OTHERS) for key in kind()})


@given(
    base=st.sampled_from([crossed, *OTHERS]),
    changes=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4),
    subject=st.text(max_size=300),
    body=st.text(max_size=4000),
)
def test_any_answer_is_reported_in_the_documented_form(
    base: Callable[[], dict[str, Any]], changes: dict[str, Any], subject: str, body: str
) -> None:
    for message in (MESSAGE, Message(subject, body, lead=(body,)), None):
        found = notify(json.loads(json.dumps(base() | changes)), subject, body, message)

        for text in texts(found["content"]):
            assert not re.search("[<>]", without_links(text)), text
