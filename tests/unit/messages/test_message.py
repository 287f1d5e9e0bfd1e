"""The message of an alert survives its way to a channel, whatever it says."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.messages.message import (
    Action,
    Fact,
    Message,
    Section,
    message_json,
    parse_message,
)
from cloudflare_budgets.messages.size_limits import MAX_MESSAGE, size

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"), max_size=20)
PERCENTS = st.none() | st.decimals(-(10**9), 10**9, places=1)
MESSAGES = st.builds(
    Message,
    headline=TEXTS,
    account=TEXTS,
    percent=PERCENTS,
    lead=st.lists(TEXTS, max_size=3).map(tuple),
    actions=st.lists(st.builds(Action, TEXTS, TEXTS, TEXTS), max_size=3).map(tuple),
    sections=st.lists(st.builds(Section, TEXTS, st.lists(TEXTS, max_size=3).map(tuple)), max_size=3).map(
        tuple
    ),
    facts=st.lists(st.builds(Fact, TEXTS, TEXTS.filter(bool)), max_size=3).map(tuple),
    footer=st.lists(TEXTS, max_size=3).map(tuple),
)


@given(MESSAGES)
def test_a_message_is_read_as_it_was_written(message: Message) -> None:
    assert parse_message(message_json(message)) == message


def test_sections_that_do_not_fit_are_left_out_and_counted() -> None:
    sections = tuple(Section(f"account {number}", ("東" * 300,)) for number in range(100))
    text = message_json(Message("Digest", sections=sections))
    assert size(text) <= MAX_MESSAGE
    found = parse_message(text)
    assert found is not None
    kept = len(found.sections) - 1
    assert kept > 10
    assert found.sections[:kept] == sections[:kept]
    assert found.sections[-1] == Section("", (f"and {100 - kept} more, in the mail",))


def test_a_message_that_is_too_long_without_sections_is_not_published() -> None:
    assert message_json(Message("x" * MAX_MESSAGE)) == ""


WRITTEN = json.loads(message_json(Message("a fact", percent=Decimal("82.4"), actions=(Action("Look"),))))


@pytest.mark.parametrize(
    "changed",
    [
        {"headline": None, "lead": "no list"},
        {"percent": "NaN"},
        {"percent": "1e999999999"},
        {"percent": "many"},
        {"actions": [["one", "two", "three", "four"]]},
        {"sections": [["a title without lines"]]},
        {"facts": [7]},
        {"footer": None},
    ],
)
def test_what_is_not_a_message_is_ignored(changed: dict[str, object]) -> None:
    assert parse_message(json.dumps(WRITTEN)) is not None
    assert parse_message(json.dumps(WRITTEN | changed)) is None


@pytest.mark.parametrize("text", [None, "", "no json", "[]", "7", "{}", "[" * 100_000])
def test_any_other_text_is_refused(text: object) -> None:
    assert parse_message(text) is None


def test_a_message_of_a_later_version_with_more_in_it_is_read() -> None:
    assert parse_message(json.dumps(WRITTEN | {"buttons": []})) == replace(
        Message("a fact"), percent=Decimal("82.4"), actions=(Action("Look"),)
    )
