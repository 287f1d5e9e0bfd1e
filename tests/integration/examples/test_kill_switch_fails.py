"""The kill switch loses nothing when a call fails or a run is interrupted."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from local.cloudflare.workers import TOKEN, LocalWorkers
from tests.integration.examples.switching import (
    ROUTES,
    SUBDOMAINS,
    SWITCH,
    UNDO,
    ZONES,
    event,
    is_as_before,
    is_off,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


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
