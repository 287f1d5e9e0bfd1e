"""What Amazon Q Developer in chat applications is given to show."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.messages.amazon_q import chat_notification, thread_id
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.slack.message import slack_message
from tests.chat_schema import checked_notification
from tests.documents import crossed, digest, driver, new_metric, period_closed, problem, resolved, spike

SENT = datetime(2026, 11, 22, 10, tzinfo=UTC)
SUBJECT = "workers at 82% of 50 USD (41.20 USD) - Example account"
PING = "<!channel> & <@U1>"
OTHERS: list[Callable[[], dict[str, Any]]] = [spike, new_metric, problem, resolved, period_closed, digest]
ALERT_ID = "5b6e6c46dc6b5b2d4f4e4e2ba6e9d0b1"
LOOK_AT_IT = (
    "Look at the first metric: is that usage meant? If not, stop its cause (a loop, a cron, a deployment of "
    "the last days)."
)
CHANGE_IT = "Change or silence the budget: its parameter in AWS Parameter Store ends in /budgets/workers"
# What may stand in angle brackets: our own link, and nothing that anybody wrote.
OWN_LINK = "<https://dash.cloudflare.com/?to=/:account/billing/billable-usage|Cloudflare's own figures>"


def notify(document: dict[str, Any], subject: str = SUBJECT, body: str = "The text.") -> dict[str, Any]:
    found = chat_notification(Notification(subject, body, document, SENT))
    checked_notification(found)
    return found


def texts(found: object) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict | list):
        for inner in found.values() if isinstance(found, dict) else found:
            yield from texts(inner)


def test_a_crossed_threshold_is_told_with_all_that_the_reader_needs() -> None:
    found = notify(crossed())
    description = found["content"].pop("description")

    assert description.startswith("*41.20 USD* of 50 USD\n████████░░ 82.4%\n\n*Forecast*  57.40 USD")
    assert "\n• 73.1% Durable objects requests: 30.10 USD" in description
    assert f" · {OWN_LINK} · " in description
    assert description.endswith(ALERT_ID)
    assert found == {
        "version": "1.0",
        "source": "custom",
        "id": ALERT_ID,
        "content": {
            "textType": "client-markdown",
            "title": "⚠️ workers at 82% of 50 USD",
            "nextSteps": [LOOK_AT_IT, CHANGE_IT],
            "keywords": ["Cloudflare", "warning", "workers"],
        },
        "metadata": {
            "threadId": "023e105f4ecef8ad9ca31a8372d0c353/workers/2026-11-01T00:00:00Z",
            "summary": "⚠️ workers at 82% of 50 USD (41.20 USD) - Example account",
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


def test_the_look_is_that_of_the_webhooks_messages() -> None:
    blocks = slack_message(crossed(), SUBJECT, "The text.", SENT)["blocks"]
    sections = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    [footer] = [block["elements"][0]["text"] for block in blocks if block["type"] == "context"]

    assert notify(crossed())["content"]["description"] == "\n\n".join([*sections, footer])


@pytest.mark.parametrize("kind", OTHERS)
def test_every_kind_is_told_in_the_documented_form(kind: Callable[[], dict[str, Any]]) -> None:
    found = notify(kind())

    assert found["metadata"]["eventType"] == f"cloudflare-budgets-{kind.__name__.replace('_', '-')}"
    assert ALERT_ID in found["content"]["description"]


def test_a_kind_of_a_later_version_is_told_by_its_subject_and_its_text() -> None:
    found = notify(crossed(type="surprise"), "A surprise", "First line.\nSecond <line>.")

    assert found["content"]["title"] == "⚠️ A surprise"
    assert "First line.\nSecond &lt;line&gt;." in found["content"]["description"]


def test_a_message_published_by_hand_is_told_too() -> None:
    found = notify({}, "hello", "Is this thing on?")

    assert "id" not in found
    assert "Is this thing on?" in found["content"]["description"]


def test_a_message_without_a_subject_has_a_title_all_the_same() -> None:
    assert notify({}, "", "")["content"]["title"] == "⚠️ Cloudflare Budgets"


def test_nobody_is_called_by_what_somebody_wrote() -> None:
    written = crossed(
        account={"id": PING, "name": PING},
        budget=crossed()["budget"] | {"name": PING, "description": PING},
        drivers=[driver(PING, "41.2", "100")],
        incomplete=PING,
    )
    for document in (written, problem(problem={"kind": "k", "subject": PING, "message": PING})):
        found = notify(document, PING, PING)
        found["metadata"].pop("threadId")  # this one is not shown

        for text in texts(found):
            assert not re.search("[<>]", text.replace(OWN_LINK, "")), text
        assert "&lt;!channel&gt; &amp; &lt;@U1&gt;" in found["content"]["description"]


def test_a_long_list_is_cut_and_says_how_much_is_missing() -> None:
    many = [driver(f"Metric {number} {'x' * 60}", "1", "1") for number in range(200)]

    description = notify(crossed(drivers=many))["content"]["description"]

    assert len(description) <= 3000
    assert re.search(r"\.\.\. and \d+ more", description)
    assert description.endswith(ALERT_ID)


def test_a_long_text_is_cut_within_its_monospace_block() -> None:
    description = notify({}, "hello", "\n".join("line" * 10 for _ in range(400)))["content"]["description"]

    assert description.count("```") == 2
    assert re.search(r"\.\.\. and \d+ more( lines)?\n", description)


def test_an_info_asks_nobody_to_do_anything() -> None:
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
    assert long["content"]["nextSteps"][-1].endswith("/budgets/" + "x" * 97 + "...")
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
def test_whatever_comes_is_told_in_the_documented_form(
    base: Callable[[], dict[str, Any]], changes: dict[str, Any], subject: str, body: str
) -> None:
    found = notify(json.loads(json.dumps(base() | changes)), subject, body)

    for text in texts(found["content"]):
        assert not re.search("[<>]", text.replace(OWN_LINK, "")), text
