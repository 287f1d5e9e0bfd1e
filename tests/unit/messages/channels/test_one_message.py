"""In Teams and Discord, all that one check finds about an account is one message, like in Slack."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.channels.channel import Channel
from cloudflare_budgets.adapters.channels.discord import DISCORD
from cloudflare_budgets.adapters.channels.pagerduty import PAGERDUTY
from cloudflare_budgets.adapters.channels.teams import TEAMS
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.messages.channels.alert_filter import AlertFilter
from cloudflare_budgets.messages.channels.discord import discord_message, discord_text
from cloudflare_budgets.messages.channels.teams import teams_message
from cloudflare_budgets.messages.message import Section, mention, mentions_json, parse_mentions
from cloudflare_budgets.post_to_channels import Outcome, deliver
from local.channels.rules import discord_refusal, teams_refusal
from tests.unit.messages.channels.notifications import CROSSED, MESSAGE, shown_by_teams

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudflare_budgets.adapters.channels.channel import ChannelType
    from cloudflare_budgets.messages.notification import Notification

OTHERS = (
    mention("1" * 32, "threshold_crossed", "critical", "r2_ops over limit: 5,326 of 100 USD"),
    mention("2" * 32, "spike", "warning", "Spike of D1 rows read: 12 times the usual"),
)
LEADER = replace(CROSSED, mentions=OTHERS)
MENTIONED = replace(CROSSED, mentioned_in="1" * 32)
FILTER = {"severity": frozenset({"critical", "warning"})}


@dataclass
class Posted:
    found: list[Notification] = field(default_factory=list)

    def __call__(self, _channel: Channel, notification: Notification, _left: Callable[[], timedelta]) -> bool:
        self.found.append(notification)
        return True


def outcome(
    kind: ChannelType, notification: Notification, accepted: dict[str, frozenset[str]], posted: Posted
) -> Outcome:
    channel = Channel("/channels/team", kind, Secret("https://example.com"), (), AlertFilter(accepted))
    return deliver(notification, channel, posted, lambda: timedelta(seconds=30))


@pytest.mark.parametrize("kind", [TEAMS, DISCORD])
def test_a_mentioned_alert_is_not_posted_again(kind: ChannelType) -> None:
    posted = Posted()
    assert outcome(kind, LEADER, {}, posted) is Outcome.POSTED
    assert outcome(kind, MENTIONED, {}, posted) is Outcome.MENTIONED
    assert posted.found == [LEADER]


@pytest.mark.parametrize("kind", [TEAMS, DISCORD])
def test_with_a_filter_each_alert_is_posted_and_mentions_none(kind: ChannelType) -> None:
    posted = Posted()
    assert outcome(kind, LEADER, FILTER, posted) is Outcome.POSTED
    assert outcome(kind, MENTIONED, FILTER, posted) is Outcome.POSTED
    assert [each.mentions for each in posted.found] == [(), ()]


def test_an_incident_is_opened_for_each_alert() -> None:
    assert outcome(PAGERDUTY, MENTIONED, {}, Posted()) is Outcome.POSTED


def test_the_other_alerts_are_lines_below_a_title() -> None:
    card = teams_message(LEADER)
    lines = shown_by_teams(card).splitlines()
    at = lines.index("The same check also found")
    assert lines[at + 1 : at + 3] == [
        "🚨 r2_ops over limit: 5,326 of 100 USD",
        "⚠️ Spike of D1 rows read: 12 times the usual",
    ]
    runs = [block["inlines"][0] for block in card["attachments"][0]["content"]["body"]]
    assert [run["text"] for run in runs if run.get("weight") == "Bolder"][-1] == "The same check also found"
    [embed] = discord_message(LEADER)["embeds"]
    assert (
        "\n**The same check also found**\n🚨 r2\\_ops over limit: 5,326 of 100 USD\n⚠️ Spike of D1"
        in (embed["description"])
    )
    assert "r2\\_ops over limit" in discord_text(LEADER)["content"]


@pytest.mark.parametrize("char", ["w", "_", "|", "&"])
def test_every_mention_that_is_published_has_room(char: str) -> None:
    long = Section("Rest", tuple(f"{char * 500} {number}" for number in range(40)))
    many = [mention(f"{number:032}", "spike", "warning", f"{number} {char * 90}") for number in range(40)]
    kept = next(many[:count] for count in range(len(many), 0, -1) if mentions_json(many[:count]))
    parsed = parse_mentions(mentions_json(kept))
    notification = replace(CROSSED, message=replace(MESSAGE, sections=(long,)), mentions=parsed)
    for message, refusal in (
        (teams_message(notification), teams_refusal),
        (discord_message(notification), discord_refusal),
    ):
        assert refusal(message) is None
        text = json.dumps(message, ensure_ascii=False)
        assert all(f"⚠️ {number} " in text for number in range(len(kept)))
