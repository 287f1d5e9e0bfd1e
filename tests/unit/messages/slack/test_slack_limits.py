"""Whatever anybody writes, Slack takes the message, and nothing in it rings or links."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.messages.message import (
    Action,
    Fact,
    Mention,
    Message,
    Section,
    mention,
    mentions_json,
)
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.slack.blocks import header, line, preformatted, section
from cloudflare_budgets.messages.slack.message import plain_message, slack_message
from local.slack import refusal_of, rendered
from local.slack.server import CLOUDFLARE
from tests.support import documents

NASTY = st.sampled_from(
    ["<!channel>", "<@U024BE7LH>", "<https://evil.example|here>", "&amp;", "&lt;!here&gt;", "```", ""]
)
SHORT = st.one_of(NASTY, st.text(max_size=30))
WRITTEN = st.one_of(SHORT, SHORT.map(lambda found: found * 200), st.just("<&>*`" * 300))
LONG = "x" * 3000
LISTS = st.lists(WRITTEN, max_size=60).map(tuple)
MESSAGES = st.builds(
    Message,
    headline=WRITTEN,
    account=WRITTEN,
    percent=st.none() | st.decimals(-(10**14), 10**14, places=1),
    lead=LISTS,
    actions=st.lists(st.builds(Action, WRITTEN, WRITTEN, st.just("") | WRITTEN), max_size=4).map(tuple),
    sections=st.lists(st.builds(Section, WRITTEN, LISTS), max_size=20).map(tuple),
    facts=st.lists(st.builds(Fact, WRITTEN, WRITTEN), max_size=4).map(tuple),
    footer=st.lists(WRITTEN, max_size=4).map(tuple),
)
ALERTS = st.sampled_from(
    [
        documents.crossed(),
        documents.spike(severity="critical"),
        documents.resolved(attempt=3),
        documents.digest(),
        {},
        {"alert_id": "<!channel>", "severity": 7, "type": None},
    ]
)


def is_accepted(message: dict[str, Any]) -> None:
    assert refusal_of(message, (CLOUDFLARE,)) is None


# What fits into the attribute of an alert.
MENTIONS = (
    st.lists(st.builds(mention, SHORT, SHORT, SHORT, WRITTEN), max_size=60)
    .map(tuple)
    .filter(lambda found: not found or mentions_json(found))
)


@given(MESSAGES, ALERTS, WRITTEN, WRITTEN, MENTIONS)
def test_any_message_is_accepted(
    message: Message, document: dict[str, Any], subject: str, body: str, mentions: tuple[Mention, ...]
) -> None:
    found = slack_message(Notification(subject, body, document, message, mentions))
    is_accepted(found)
    assert not mentions or all(each in rendered(found) for each in ("The same check also found",))
    assert "... and" not in rendered(found).partition("The same check also found")[2]


@given(ALERTS, WRITTEN | st.text(), WRITTEN | st.text(), MENTIONS)
def test_any_text_is_accepted(
    document: dict[str, Any], subject: str, body: str, mentions: tuple[Mention, ...]
) -> None:
    is_accepted(slack_message(Notification(subject, body, document, None, mentions)))
    is_accepted(plain_message(Notification(subject, body, {}, None, mentions)))


@given(
    st.dictionaries(st.text(max_size=9), st.none() | st.integers() | st.text() | st.lists(st.text())),
    st.text(),
)
def test_any_document_is_accepted(changed: dict[str, Any], text: str) -> None:
    for document in (documents.crossed(), documents.spike(), documents.problem(), {}):
        is_accepted(slack_message(Notification(text, text, document | changed, Message(text))))


@given(st.text(max_size=300), st.integers(10, 100))
def test_a_line_is_never_longer_than_it_may_be(text: str, limit: int) -> None:
    assert len(line(text, limit)) <= limit


@given(st.lists(st.text(max_size=80), max_size=80).map("\n".join), st.integers(60, 400))
def test_a_block_of_monospace_is_never_longer_than_it_may_be(text: str, limit: int) -> None:
    assert len(preformatted(text, limit)) <= limit


def test_slack_accepts_3000_characters_in_a_section_and_150_in_a_header() -> None:
    assert section(["x" * 3000])[0]["text"]["text"] == "x" * 3000
    assert section(["x" * 3001])[0]["text"]["text"] == "x" * 2997 + "..."
    assert header("x" * 150)["text"]["text"] == "x" * 150
    assert header("x" * 151)["text"]["text"] == "x" * 147 + "..."


@pytest.mark.parametrize(
    ("message", "longest"),
    [
        (Message(LONG), 147 - len("⚠️ ")),
        (Message("a fact", lead=(LONG,)), 2497),
        (Message("a fact", LONG, Decimal(1)), 117),
        (Message("a fact", LONG), 117),
        (Message("a fact", sections=(Section("title", (LONG,)),)), 597),
        (Message("a fact", sections=(Section(LONG, ("line",)),)), 597),
        (Message("a fact", actions=(Action("", LONG),)), 597),
        (Message("a fact", footer=(LONG,)), 117),
    ],
)
def test_text_of_users_leaves_room_for_the_rest(message: Message, longest: int) -> None:
    text = rendered(slack_message(Notification("a subject", "a text", documents.crossed(), message)))
    assert max(map(len, re.findall(r"x+", text))) == longest
    assert "xxx..." in text


def test_a_notification_is_300_characters_at_most() -> None:
    assert len(plain_message(Notification(LONG, "", {}))["text"].strip()) == 300


def test_a_mention_in_a_budgets_name_stays_text() -> None:
    message = slack_message(Notification("s", "b", documents.crossed(), Message("<!channel> R&D over limit")))
    assert message["blocks"][0]["text"]["text"] == "⚠️ &lt;!channel&gt; R&amp;D over limit"
    assert rendered(message).startswith("⚠️ <!channel> R&D over limit\n")


def test_lines_that_are_too_many_are_counted() -> None:
    message = Message("a fact", sections=(Section("Budgets", ("n" * 99,) * 40),))
    text = rendered(slack_message(Notification("", "", {}, message)))
    shown = text.count("n" * 99)
    assert 20 < shown < 30
    assert f"... and {40 - shown} more\n" in text


def test_a_text_that_is_too_long_preserves_its_beginning_and_counts_the_rest() -> None:
    lines = "\n".join(f"line {count}" for count in range(1, 101))
    block = "```\nline 1\nline 2\nline 3\nline 4\n... and 96 more lines\n```"
    assert [preformatted(lines, limit) for limit in (60, 59)] == [block] * 2
    assert preformatted(lines, 58) == block.replace("line 4\n", "").replace("96", "97")
    assert preformatted("x" * 100, 40) == "```\n" + "x" * 29 + "...\n```"
    assert preformatted("x" * 100 + "\ny", 40) == "```\nxxxxxxxx...\n... and 1 more lines\n```"


def test_a_text_that_just_fits_is_all_there() -> None:
    text = "x" * 15 + "\n" + "y" * 16
    assert preformatted(text, 40) == f"```\n{text}\n```"
    assert preformatted(text + "y", 40).endswith("... and 1 more lines\n```")
