"""The kill switch of the examples, against a local API for Workers that has state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.examples.switching import (
    CRITICAL,
    SUBDOMAINS,
    SWITCH,
    UNDO,
    event,
    is_as_before,
    is_off,
)

if TYPE_CHECKING:
    from types import ModuleType

    from local.cloudflare.workers import LocalWorkers


def state(switch: ModuleType) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(switch.ssm.get_parameter(Name=SWITCH)["Parameter"]["Value"])


def test_named_workers_are_switched_off_and_nothing_else(switch: ModuleType, workers: LocalWorkers) -> None:
    switch.lambda_handler(event(), None)
    assert is_off(workers)
    assert state(switch)["state"] == "off"
    assert not [request for request in workers.requests if "payments" in request]


def test_one_command_restores_everything(switch: ModuleType, workers: LocalWorkers) -> None:
    switch.lambda_handler(event(), None)
    switch.lambda_handler(UNDO, None)
    assert is_as_before(workers)
    assert state(switch) == {"state": "on", "undone": CRITICAL["alert_id"]}
    switch.lambda_handler(UNDO, None)
    assert is_as_before(workers)


def test_a_repeat_of_an_undone_alert_switches_nothing_off_and_a_new_alert_does(
    switch: ModuleType, workers: LocalWorkers
) -> None:
    switch.lambda_handler(event(), None)
    switch.lambda_handler(UNDO, None)
    [done] = switch.lambda_handler(event(attempt=2), None)
    assert done["ignored"] == "it was undone before"
    assert is_as_before(workers)
    switch.lambda_handler(event(alert_id="7" * 32), None)
    assert is_off(workers)


def test_a_dry_run_changes_nothing_and_says_what_it_would_disable(
    switch: ModuleType, workers: LocalWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRY_RUN", "true")
    shop, images, payments = switch.lambda_handler(event(), None)
    assert is_as_before(workers)
    assert state(switch) == {"state": "on"}
    assert shop["dry_run"]
    assert [route["pattern"] for route in shop["routes"]] == ["example.com/api/*"]
    assert images["subdomain"] == SUBDOMAINS["images"]
    assert payments == {"worker": "payments", "ignored": "it must never be touched"}
    assert {request.partition(" ")[0] for request in workers.requests} == {"GET"}


@pytest.mark.parametrize(
    "changed",
    [
        {"severity": "warning"},
        {"type": "problem"},
        {"type": "spike"},
        {"version": "2"},
        {"level": "unknown"},
        {"level": "threshold_passed"},
        {"threshold": {"percent": "100", "amount": "50", "basis": "forecast"}},
        {
            "provisional": {
                "amount": "60 USD",
                "low": "55 USD",
                "through": "2026-11-22T10:00:00Z",
                "unread": [],
            }
        },
    ],
)
def test_what_is_not_certain_switches_nothing_off(
    switch: ModuleType, workers: LocalWorkers, changed: dict[str, Any]
) -> None:
    [done] = switch.lambda_handler(event(**changed), None)
    assert done["ignored"]
    assert workers.requests == []
    assert state(switch) == {"state": "on"}


def test_an_event_reads_the_token_once(
    switch: ModuleType, workers: LocalWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    get_parameter = switch.ssm.get_parameter

    def recorded(**arguments: Any) -> Any:  # noqa: ANN401 - the reply of Parameter Store
        read.append(arguments["Name"])
        return get_parameter(**arguments)

    monkeypatch.setattr(switch.ssm, "get_parameter", recorded)
    switch.lambda_handler(event(), None)
    assert is_off(workers)
    assert read.count(f"{SWITCH}/token") == 1
