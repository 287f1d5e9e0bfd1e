"""Incidents in PagerDuty: which alert opens one, and which ends it."""

from __future__ import annotations

from typing import Any

import pytest

from cloudflare_budgets.messages.channels.pagerduty import pagerduty_event
from cloudflare_budgets.messages.notification import Notification
from local.channels.rules import pagerduty_refusal
from tests.support import documents
from tests.unit.messages.channels.notifications import BAR, BY_HAND, CROSSED, MESSAGE, URL

ALERT_ID = "5b6e6c46dc6b5b2d4f4e4e2ba6e9d0b1"
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
