"""The limits of each channel, and the filter of its settings."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.messages.channels.alert_filter import AlertFilter
from cloudflare_budgets.messages.channels.discord import discord_message, discord_text, escaped
from cloudflare_budgets.messages.channels.pagerduty import pagerduty_event
from cloudflare_budgets.messages.channels.teams import teams_message
from cloudflare_budgets.messages.message import Message, Section
from cloudflare_budgets.messages.notification import Notification
from local.channels.rules import discord_refusal, pagerduty_refusal, teams_refusal
from tests.support import documents
from tests.unit.messages.alerts.each_kind import (
    of_a_closed_period,
    of_a_crossing,
    of_a_digest,
    of_a_new_metric,
    of_a_problem,
    of_a_problem_gone,
    of_a_raised_limit,
    of_a_spike,
)
from tests.unit.messages.channels.notifications import BY_HAND, CROSSED, MESSAGE, shown_by_teams
from tests.unit.messages.slack.test_slack_messages import notification_of

if TYPE_CHECKING:
    from collections.abc import Callable


def long(lines: int = 500) -> Notification:
    """An alert that is too long for each channel, with markup in each text."""
    section = Section(
        "*title*", tuple(f"{number} @everyone <!channel> [x](y) `" * 9 for number in range(lines))
    )
    message = Message("\\" * 400, "a" * 300, Decimal(900), ("\\" * 3000,), MESSAGE.actions * 9, (section,))
    return Notification("s", "b", documents.crossed(attempt=2), message)


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
    assert CROSSED.alert_document == documents.crossed()
    assert json.loads(json.dumps(BY_HAND.alert_document)) == {
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
