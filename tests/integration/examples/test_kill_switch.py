"""The kill switch of the examples, against a local API for Workers that has state."""

from __future__ import annotations

import copy
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.cloudflare.workers import TOKEN, LocalWorkers
from tests.support.documents import crossed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

HANDLER = Path(__file__).parents[3] / "examples/kill_switch/handler.py"
SWITCH = "/kill-switch/cloudflare"
ACCOUNT = "a" * 32
ZONES = ("b" * 32, "c" * 32)
SUBDOMAINS = {
    "shop-api": {"enabled": True, "previews_enabled": False},
    "images": {"enabled": False, "previews_enabled": True},
    "payments": {"enabled": True, "previews_enabled": True},
    "other": {"enabled": True, "previews_enabled": True},
}
ROUTES: dict[tuple[str, str], dict[str, Any]] = {
    (ZONES[0], "1" * 32): {"pattern": "example.com/api/*", "script": "shop-api"},
    (ZONES[0], "2" * 32): {"pattern": "example.com/pay/*", "script": "payments"},
    (ZONES[0], "3" * 32): {"pattern": "example.com/health", "script": "shop-api"},
    (ZONES[1], "4" * 32): {"pattern": "example.net/*", "script": "images"},
    (ZONES[1], "5" * 32): {"pattern": "example.net/other", "script": "other"},
}
CRITICAL = crossed(severity="critical", level="over_limit", percent_of_limit="104.2")
UNDO = {"action": "undo"}


@pytest.fixture
def workers() -> Iterator[LocalWorkers]:
    with LocalWorkers(copy.deepcopy(SUBDOMAINS), copy.deepcopy(ROUTES)) as running:
        yield running


@pytest.fixture
def switch(
    workers: LocalWorkers, put_parameter: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    settings = {
        "SWITCH_NAME": SWITCH,
        "TOKEN_NAME": f"{SWITCH}/token",
        "DRY_RUN": "false",
        "WORKERS": "shop-api, images, payments",
        "NEVER_TOUCH": "payments, example.com/health",
        "ACCOUNT_ID": ACCOUNT,
        "ZONE_IDS": ",".join(ZONES),
        "CLOUDFLARE_API_URL": workers.url,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    put_parameter(f"{SWITCH}/token", TOKEN)
    put_parameter(SWITCH, '{"state": "on"}', "String")
    spec = importlib.util.spec_from_file_location("kill_switch", HANDLER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def event(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of an alert
    alert = json.dumps({**CRITICAL, **changed})
    return {"Records": [{"messageAttributes": {"alert": {"stringValue": alert}}}]}


def state(switch: ModuleType) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(switch.ssm.get_parameter(Name=SWITCH)["Parameter"]["Value"])


def is_off(workers: LocalWorkers) -> bool:
    disabled = {"enabled": False, "previews_enabled": False}
    changed = {"shop-api": disabled, "images": disabled}
    routes = copy.deepcopy(ROUTES)
    routes[ZONES[0], "1" * 32]["script"] = None
    routes[ZONES[1], "4" * 32]["script"] = None
    return workers.subdomains == {**SUBDOMAINS, **changed} and workers.routes == routes


def is_as_before(workers: LocalWorkers) -> bool:
    return workers.subdomains == SUBDOMAINS and workers.routes == ROUTES


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


class Crash(BaseException):
    """The process ends."""


def crashing_at(
    switch: ModuleType, number: int, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> list[int]:
    """End the process before or after one of its calls, those to Parameter Store included."""
    made = [0]

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **keys: Any) -> Any:  # noqa: ANN401 - any call
            made[0] += 1
            if made[0] == number and not after:
                raise Crash
            here = made[0]
            try:
                return call(*arguments, **keys)
            finally:
                if here == number:
                    raise Crash

        return wrapped

    monkeypatch.setattr(switch.Cloudflare, "call", counted(switch.Cloudflare.call))
    for name in ("get_parameter", "put_parameter", "delete_parameter"):
        monkeypatch.setattr(switch.ssm, name, counted(getattr(switch.ssm, name)))
    return made


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("events", [[event()], [event(), UNDO]])
def test_a_crash_at_any_call_loses_nothing(
    switch: ModuleType,
    workers: LocalWorkers,
    events: list[dict[str, Any]],
    after: bool,  # noqa: FBT001
) -> None:
    *first, last = events
    number = 0
    while True:
        number += 1
        workers.subdomains, workers.routes = copy.deepcopy(SUBDOMAINS), copy.deepcopy(ROUTES)
        switch.ssm.put_parameter(Name=SWITCH, Value='{"state": "on"}', Overwrite=True)
        for each in first:
            switch.lambda_handler(each, None)
        with pytest.MonkeyPatch.context() as patch:
            made = crashing_at(switch, number, patch, after=after)
            try:
                switch.lambda_handler(last, None)
            except Crash:
                pass
            else:
                break
            assert made[0] >= number
        switch.lambda_handler(last, None)
        assert is_as_before(workers) if last is UNDO else is_off(workers), number
        switch.lambda_handler(UNDO, None)
        assert is_as_before(workers), number
    assert number > 12


def test_a_failure_of_one_worker_does_not_affect_the_others_and_fails_the_run(
    switch: ModuleType, workers: LocalWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKERS", "gone,shop-api,images")
    with pytest.raises(RuntimeError, match="gone: there is no such Worker"):
        switch.lambda_handler(event(), None)
    assert is_off(workers)


def test_a_failed_request_is_repeated_by_the_queue_and_shows_no_token(
    switch: ModuleType, workers: LocalWorkers, capsys: pytest.CaptureFixture[str]
) -> None:
    workers.fails_at = 3
    with pytest.raises(RuntimeError, match="failed: status 500") as failure:
        switch.lambda_handler(event(), None)
    switch.lambda_handler(event(), None)
    assert is_off(workers)
    assert TOKEN not in str(failure.value) + capsys.readouterr().out


def test_a_wrong_token_fails_and_switches_nothing_off(switch: ModuleType, workers: LocalWorkers) -> None:
    switch.ssm.put_parameter(Name=f"{SWITCH}/token", Value="wrong", Overwrite=True)
    with pytest.raises(RuntimeError, match="failed: status 403"):
        switch.lambda_handler(event(), None)
    assert is_as_before(workers)


def test_a_route_that_leads_elsewhere_meanwhile_is_preserved(
    switch: ModuleType, workers: LocalWorkers
) -> None:
    switch.lambda_handler(event(), None)
    workers.routes[ZONES[0], "1" * 32] = {"pattern": "example.com/api/*", "script": "shop-api-v2"}
    del workers.routes[ZONES[1], "4" * 32]
    done = switch.lambda_handler(UNDO, None)
    assert workers.routes[ZONES[0], "1" * 32]["script"] == "shop-api-v2"
    assert {each["worker"]: each["changed_meanwhile"] for each in done} == {
        "images": ["example.net/*"],
        "shop-api": ["example.com/api/*"],
    }


def test_a_route_that_is_added_meanwhile_is_disabled_and_restored_too(
    switch: ModuleType, workers: LocalWorkers
) -> None:
    switch.lambda_handler(event(), None)
    workers.routes[ZONES[1], "6" * 32] = {"pattern": "example.net/new", "script": "shop-api"}
    switch.lambda_handler(event(alert_id="8" * 32), None)
    assert workers.routes[ZONES[1], "6" * 32]["script"] is None
    switch.lambda_handler(UNDO, None)
    assert workers.routes == {
        **ROUTES,
        (ZONES[1], "6" * 32): {"pattern": "example.net/new", "script": "shop-api"},
    }
