"""Signs, bars, links and sections of a Slack message."""

import json
import re
from decimal import Decimal

import pytest

from cloudflare_budgets.messages.message import Action, Message, Section
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.slack.message import plain_message, slack_message
from tests.unit.messages.slack.shown import posted


def test_what_may_have_been_posted_before_says_so() -> None:
    message = Message("a fact", footer=("data through 21 Nov",))
    assert "\n\npossible repeat · data through 21 Nov · alert" in posted(message, attempt=2)
    assert "repeat" not in posted(message, attempt=1)


def test_severity_is_a_sign_and_not_a_colour() -> None:
    levels = ("warning", "critical", "info")
    assert [posted(Message("a fact"), severity=level)[0] for level in levels] == [
        "\N{WARNING SIGN}",
        "\N{POLICE CARS REVOLVING LIGHT}",
        "\N{INFORMATION SOURCE}",
    ]


@pytest.mark.parametrize(
    ("percent", "drawn"),
    [
        ("-3", "░░░░░░░░░░"),
        ("0", "░░░░░░░░░░"),
        ("99.9", "█████████░"),
        ("100", "██████████"),
        ("100.1", "██████████▶"),
        ("2000", "██████████▶"),
    ],
)
def test_the_bar_is_full_at_the_limit_and_not_before(percent: str, drawn: str) -> None:
    assert f"\n{drawn}  Shop\n" in posted(Message("a fact", "Shop", Decimal(percent)))


def test_text_from_outside_is_escaped_once() -> None:
    message = Message(
        "R&D <!channel>", "<a>", Decimal(1), ("R&D",), (Action("x", "<b>"),), (Section("&", ("<",)),)
    )
    found = json.dumps(slack_message(Notification("s", "b", {}, message)), ensure_ascii=False)
    assert "&amp;amp;" not in found
    assert not re.search("[<>]", found)
    assert "R&D <!channel>" in posted(message)


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "https://a.example/|<!channel>", "https://a b", "javascript:x", 'https://a"b'],
)
def test_a_link_that_is_not_safe_is_left_out(url: str) -> None:
    assert "Report" not in posted(Message("a fact", actions=(Action("Report", "Report", url),)))


def test_a_link_that_is_too_long_is_left_out() -> None:
    room = 1500 - len("<|Report>")
    url = "https://example.com/".ljust(room, "x")
    for address, is_shown in ((url, True), (f"{url}x", False)):
        message = Message("a fact", actions=(Action("Report", "Report", address),))
        assert (address in str(slack_message(Notification("s", "b", {}, message)))) == is_shown


def test_sections_that_slack_has_no_room_for_are_counted() -> None:
    sections = tuple(Section(f"account {number}", ("x" * 500,)) for number in range(40))
    text = posted(Message("Digest", sections=sections))
    kept = text.count("account ")
    assert 15 < kept < 30
    assert f"\n\n... and {40 - kept} more, in the mail\n" in text


def test_the_plain_message_is_text_alone() -> None:
    assert plain_message(Notification("<b> at 82%", "workers & co\n", {})) == {
        "text": "&lt;b&gt; at 82%\n```\nworkers &amp; co\n```"
    }
