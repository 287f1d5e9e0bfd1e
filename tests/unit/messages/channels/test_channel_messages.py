"""What people and machines get in each channel, as readable literals, and the limits of each channel."""

from __future__ import annotations

from cloudflare_budgets.messages.channels.discord import discord_message, discord_text, escaped
from cloudflare_budgets.messages.channels.teams import teams_message
from local.channels.rules import discord_refusal, teams_refusal
from tests.unit.messages.channels.notifications import BAR, BY_HAND, CROSSED, URL, shown_by_teams


def test_a_crossing_in_teams_is_a_card() -> None:
    message = teams_message(CROSSED)
    assert (
        shown_by_teams(message)
        == f"""\
⚠️ workers passed 80 %: 41.20 of 50 USD (82 %), 9 days left
{BAR}
Passed 80 % (also 50 %)
data through 21 Nov, usage API V2 · alert 5b6e6c46
[Cloudflare] {URL}"""
    )
    assert teams_refusal(message) is None


def test_a_manual_message_in_teams_is_its_text() -> None:
    assert shown_by_teams(teams_message(BY_HAND)) == "⚠️ Hello\nIt works.\nReally."


def test_a_crossing_in_discord_is_one_embed() -> None:
    message = discord_message(CROSSED)
    assert message == {
        "embeds": [
            {
                "title": "⚠️ workers passed 80 %: 41.20 of 50 USD (82 %), 9 days left",
                "description": f"{BAR}\nPassed 80 % (also 50 %)\n[Cloudflare]({URL})",
                "color": 0xBF8700,
                "footer": {"text": "data through 21 Nov, usage API V2 · alert 5b6e6c46"},
            }
        ],
        "allowed_mentions": {"parse": []},
    }
    assert discord_refusal(message) is None


def test_markup_in_discord_stays_text() -> None:
    assert escaped("*a* [b](c) <@1> `d`") == "\\*a\\* \\[b\\](c) \\<\\@1\\> \\`d\\`"
    assert discord_text(BY_HAND) == {
        "content": "⚠️ Hello\nIt works.\nReally.",
        "allowed_mentions": {"parse": []},
    }
