"""The local Slack rejects what Slack rejects, and what would notify everybody."""

from typing import Any

import pytest

from local.slack import refusal_of, rendered

URL = "https://example.com/?a=1&b=2"


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text)}


def header(text: str, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": "header", "text": {"type": kind, "text": text}}


def fields(*texts: str) -> dict[str, Any]:
    return {"type": "section", "fields": [mrkdwn(text) for text in texts]}


def context(*texts: str) -> dict[str, Any]:
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


@pytest.mark.parametrize(
    "block",
    [
        header("x" * 150),
        section("x" * 3000),
        fields(*["x" * 1000] * 10),
        context(*["x"] * 10),
        section("a &amp; b &lt;c&gt; <https://example.com/?a=1&amp;b=2|a link>"),
        {"type": "divider"},
    ],
)
def test_a_block_within_the_limits_is_accepted(block: dict[str, Any]) -> None:
    assert refusal_of({"text": "hello", "blocks": [block]}, (URL,)) is None


@pytest.mark.parametrize(
    "block",
    [
        header("x" * 151),
        header("x", "mrkdwn"),
        header(""),
        section("x" * 3001),
        section(" "),
        {"type": "section"},
        fields(*["x"] * 11),
        fields("x" * 2001),
        context(*["x"] * 11),
        context(),
        section("<!channel>"),
        section("<@U024BE7LH>"),
        section("<https://evil.example|here>"),
        section("a & b"),
        section("a &copy; b"),
        header("<https://example.com/?a=1&amp;b=2|a link>"),
        {**section("x"), "block_id": "x" * 256},
        {"type": "image"},
        "no block",
    ],
)
def test_a_block_beyond_the_limits_or_with_a_mention_is_rejected(block: object) -> None:
    refusal = refusal_of({"text": "hello", "blocks": [block]}, (URL,))
    assert refusal is not None
    assert refusal[0] == "invalid_blocks"


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ([], "invalid_payload"),
        ({"text": "a", "channel": "#general"}, "invalid_payload"),
        ({"text": "<!here>"}, "invalid_payload"),
        ({"blocks": [section("x")]}, "no_text"),
        ({"text": "a", "blocks": [section("x")] * 51}, "invalid_blocks"),
        ({"text": "a", "blocks": [section("x" * 3000)] * 5}, "msg_blocks_too_long"),
    ],
)
def test_a_message_is_rejected_with_the_error_code_of_slack(message: object, word: str) -> None:
    refusal = refusal_of(message, ())
    assert refusal is not None
    assert refusal[0] == word


def test_a_message_is_rendered_as_plain_text() -> None:
    link = "<https://example.com/?a=1&amp;b=2|a link>"
    message = {
        "text": "a",
        "blocks": [header("R&amp;D"), section(f"*41* of 2*3*4\n{link}"), context("&lt;b&gt;")],
    }
    assert rendered(message) == f"R&D\n\n41 of 2*3*4\na link ({URL})\n\n<b>\n"
