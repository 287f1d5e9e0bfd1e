"""What people and machines get in each channel, as readable literals, and the limits of each channel."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.messages.channels.alert_filter import AlertFilter
from cloudflare_budgets.messages.channels.alert_json import alert_document
from cloudflare_budgets.messages.channels.discord import discord_message, discord_text, escaped
from cloudflare_budgets.messages.channels.pagerduty import pagerduty_event
from cloudflare_budgets.messages.channels.teams import teams_message
from cloudflare_budgets.messages.message import Action, Message, Section
from cloudflare_budgets.messages.notification import Notification
from local.channels.rules import discord_refusal, pagerduty_refusal, teams_refusal
from tests.support import documents
from tests.unit.messages.alerts.test_alert_texts import (
    of_a_closed_period,
    of_a_crossing,
    of_a_digest,
    of_a_new_metric,
    of_a_problem,
    of_a_problem_gone,
    of_a_raised_limit,
    of_a_spike,
)
from tests.unit.messages.slack.test_slack_messages import notification_of

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "https://dash.cloudflare.com/?to=/:account/billing/billable-usage"
MESSAGE = Message(
    "workers passed 80 %: 41.20 of 50 USD (82 %), 9 days left",
    "Example account",
    Decimal("82.4"),
    ("Forecast 57.40 USD (56.56-67.60)", "Passed 80 % (also 50 %)"),
    (
        Action("Open Cloudflare", "Cloudflare", URL),
        Action("Mute it", "mute in /cloudflare-budgets/budgets/x"),
    ),
    footer=("data through 21 Nov, usage API V2",),
)
CROSSED = Notification("workers at 82%", "the text of the mail", documents.crossed(), MESSAGE)
BY_HAND = Notification("Hello", "It works.\nReally.", {})
ALERT_ID = "5b6e6c46dc6b5b2d4f4e4e2ba6e9d0b1"
BAR = "████████░░  Forecast 57.40 USD (56.56-67.60) · Example account"


def long(lines: int = 500) -> Notification:
    """An alert that is too long for each channel, with markup in each text."""
    section = Section(
        "*title*", tuple(f"{number} @everyone <!channel> [x](y) `" * 9 for number in range(lines))
    )
    message = Message("\\" * 400, "a" * 300, Decimal(900), ("\\" * 3000,), MESSAGE.actions * 9, (section,))
    return Notification("s", "b", documents.crossed(attempt=2), message)


def shown_by_teams(message: dict[str, Any]) -> str:
    [attachment] = message["attachments"]
    card = attachment["content"]
    lines = ["".join(run["text"] for run in block["inlines"]) for block in card["body"]]
    return "\n".join([*lines, *(f"[{action['title']}] {action['url']}" for action in card["actions"])])


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


INCIDENT = f"cf/{documents.crossed()['account']['id']}/workers/2026-11-01T00:00:00Z"


def test_a_crossing_opens_the_incident_of_its_budget_and_period() -> None:
    event = pagerduty_event(CROSSED)
    assert event == {
        "event_action": "trigger",
        "dedup_key": INCIDENT,
        "client": "Cloudflare Budgets",
        "links": [{"href": URL, "text": "Open Cloudflare"}],
        "payload": {
            "summary": "workers passed 80 %: 41.20 of 50 USD (82 %), 9 days left",
            "source": "Example account",
            "severity": "warning",
            "component": "workers",
            "class": "threshold_crossed",
            "custom_details": {
                "message": f"{BAR}\nPassed 80 % (also 50 %)",
                "data": "data through 21 Nov, usage API V2 · alert 5b6e6c46",
                "account_id": documents.crossed()["account"]["id"],
                "alert_id": ALERT_ID,
            },
        },
    }


def dedup_key(**changed: Any) -> str:  # noqa: ANN401 - any part of an alert
    event = pagerduty_event(Notification("s", "b", documents.crossed(**changed), MESSAGE))
    assert event is not None
    return str(event["dedup_key"])


def test_a_higher_threshold_is_the_same_incident_and_another_budget_or_period_is_not() -> None:
    higher = {"percent": "100", "amount": "50", "basis": "actual"}
    budget = documents.crossed()["budget"]
    others = [
        dedup_key(period={"start": "2026-12-01T00:00:00Z", "end": "2027-01-01T00:00:00Z"}),
        dedup_key(budget=budget | {"name": "images"}),
        dedup_key(budget=budget | {"allowance_of": "kv_reads"}),
        dedup_key(budget=budget | {"allowance_of": "kv_" * 200}),
        dedup_key(type="spike"),
    ]
    assert dedup_key(threshold=higher, severity="critical", alert_id="1" * 32) == INCIDENT
    assert len({INCIDENT, *others}) == 6
    assert max(map(len, others)) <= 255


def test_the_end_of_a_crossing_ends_the_incident_of_its_budget_and_period() -> None:
    document = documents.resolved()
    assert document["standing"]["period"]["start"] == "2026-11-01T00:00:00Z"
    event = pagerduty_event(Notification("s", "b", document, MESSAGE))
    crossed = dedup_key(budget=document["standing"]["budget"], period=document["standing"]["period"])
    assert event == {"event_action": "resolve", "dedup_key": crossed}


def test_the_end_of_an_alert_ends_its_incident() -> None:
    document = documents.crossed(type="resolved", resolves="f" * 32, severity="info", alert_id="0" * 32)
    event = pagerduty_event(Notification("s", "b", document, MESSAGE))
    assert event == {"event_action": "resolve", "dedup_key": "f" * 32}


def test_the_end_of_an_alert_that_is_not_named_ends_no_incident() -> None:
    cut = {"version": "1", "alert_id": ALERT_ID, "type": "resolved", "severity": "info", "truncated": True}
    assert pagerduty_event(Notification("s", "b", cut, MESSAGE)) is None


@pytest.mark.parametrize("kind", ["digest", "period_closed"])
def test_what_needs_no_action_opens_no_incident(kind: str) -> None:
    assert pagerduty_event(Notification("s", "b", documents.crossed(type=kind), MESSAGE)) is None


def test_an_unknown_severity_and_a_message_by_hand_are_information() -> None:
    for notification in (BY_HAND, Notification("s", "b", documents.crossed(severity="fatal"))):
        event = pagerduty_event(notification)
        assert event is not None
        assert event["payload"]["severity"] == "info"
        assert pagerduty_refusal({"routing_key": "a" * 32, **event}) is None


@pytest.mark.parametrize("notification", [CROSSED, BY_HAND, long(), long(3), Notification("", "", {})])
def test_every_message_is_within_the_limits_of_its_channel(notification: Notification) -> None:
    assert teams_refusal(teams_message(notification)) is None
    assert discord_refusal(discord_message(notification)) is None
    assert discord_refusal(discord_text(notification)) is None
    event = pagerduty_event(notification)
    assert event is not None
    assert pagerduty_refusal({"routing_key": "a" * 32, **event}) is None


@pytest.mark.parametrize(
    "alert",
    [
        of_a_crossing,
        of_a_spike,
        of_a_new_metric,
        of_a_problem,
        of_a_raised_limit,
        of_a_problem_gone,
        of_a_closed_period,
        of_a_digest,
    ],
)
def test_every_type_of_alert_is_within_the_limits_of_each_channel(alert: Callable[[], Any]) -> None:
    notification = notification_of(alert())
    assert notification.message is not None
    card, embed = teams_message(notification), discord_message(notification)
    assert teams_refusal(card) is None
    assert discord_refusal(embed) is None
    headline = notification.message.headline
    assert headline in shown_by_teams(card)
    assert escaped(headline)[:200] in embed["embeds"][0]["title"]
    event = pagerduty_event(notification)
    assert event is None or pagerduty_refusal({"routing_key": "a" * 32, **event}) is None


def test_lines_that_do_not_fit_are_counted() -> None:
    assert "more, in the mail" in shown_by_teams(teams_message(long()))
    assert "more, in the mail" in discord_message(long())["embeds"][0]["description"]


def test_machines_get_the_document_and_of_a_message_by_hand_its_parts() -> None:
    assert alert_document(CROSSED) == documents.crossed()
    assert json.loads(json.dumps(alert_document(BY_HAND))) == {
        "type": "message",
        "subject": "Hello",
        "text": "It works.\nReally.",
    }


@pytest.mark.parametrize(
    ("accepted", "matches"),
    [
        ({}, True),
        ({"severity": {"warning"}}, True),
        ({"severity": {"critical"}}, False),
        ({"severity": {"warning"}, "budget": {"r2", "workers"}, "type": {"threshold_crossed"}}, True),
        ({"severity": {"warning"}, "budget": {"r2"}}, False),
        ({"account_id": {"another"}}, False),
        ({"account_id": {documents.crossed()["account"]["id"]}}, True),
    ],
)
def test_all_keys_of_a_filter_must_match(accepted: dict[str, set[str]], matches: bool) -> None:  # noqa: FBT001
    chosen = AlertFilter({key: frozenset(values) for key, values in accepted.items()})
    assert chosen.matches(documents.crossed()) is matches
    assert chosen.matches({})


@pytest.mark.parametrize(("budget", "matches"), [("workers", True), ("reads", True), ("kv", False)])
def test_a_filter_finds_each_budget_of_a_message(budget: str, *, matches: bool) -> None:
    also = [{"type": "spike", "budget": "reads", "threshold": None, "alert_id": "1" * 32}, {"budget": None}]
    chosen = AlertFilter({"budget": frozenset({budget})})
    assert chosen.matches(documents.crossed(also=also)) is matches


def test_where_alerts_are_ended_a_filter_of_severities_does_not_exclude_their_ends() -> None:
    critical = {"severity": frozenset({"critical"})}
    end = documents.crossed(type="resolved", resolves="f" * 32, severity="info")
    assert AlertFilter(critical, ends_alerts=True).matches(end)
    assert not AlertFilter(critical, ends_alerts=True).matches(documents.crossed())
    assert not AlertFilter({**critical, "budget": frozenset({"r2"})}, ends_alerts=True).matches(end)
    assert not AlertFilter(critical).matches(end)
