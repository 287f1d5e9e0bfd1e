"""Undo while an alert is being acted on, and an alert while an undo runs: nothing is lost."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.examples.switching import (
    CRITICAL,
    ROUTES,
    SUBDOMAINS,
    SWITCH,
    UNDO,
    event,
    is_as_before,
    is_off,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from local.cloudflare.workers import LocalWorkers

NEXT = event(alert_id="7" * 32)


class Crash(BaseException):
    """The process ends."""


class Interrupted:
    """Runs another event before one call of an event, and may end the first event some calls later."""

    def __init__(self, switch: ModuleType, at: int, other: dict[str, Any], crash_after: int | None) -> None:
        self._switch, self._at, self._other = switch, at, other
        self._crash_at = None if crash_after is None else at + crash_after
        self._is_inside = False
        self.made = 0

    def wrapped(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **keys: Any) -> Any:  # noqa: ANN401 - any call
            if not self._is_inside:
                self.made += 1
                if self.made == self._at:
                    self._is_inside = True
                    self._switch.lambda_handler(self._other, None)
                    self._is_inside = False
                if self.made == self._crash_at:
                    raise Crash
            return call(*arguments, **keys)

        return run


def interrupted(
    switch: ModuleType,
    events: tuple[dict[str, Any], dict[str, Any]],
    at: int,
    crash_after: int | None = None,
) -> bool:
    """Run an event that another one interrupts at a call; return whether it makes so many calls."""
    first, other = events
    running = Interrupted(switch, at, other, crash_after)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(switch.Cloudflare, "call", running.wrapped(switch.Cloudflare.call))
        for name in ("get_parameter", "put_parameter"):
            patch.setattr(switch.ssm, name, running.wrapped(getattr(switch.ssm, name)))
        try:
            switch.lambda_handler(first, None)
        except Crash:
            patch.undo()
            switch.lambda_handler(first, None)  # the queue delivers the alert again
    return running.made >= at


def begin(switch: ModuleType, workers: LocalWorkers, *events: dict[str, Any]) -> None:
    workers.subdomains, workers.routes = copy.deepcopy(SUBDOMAINS), copy.deepcopy(ROUTES)
    switch.ssm.put_parameter(Name=SWITCH, Value='{"state": "on"}', Overwrite=True)
    path = f"{SWITCH}/workers"
    for each in switch.ssm.get_parameters_by_path(Path=path)["Parameters"]:
        switch.ssm.delete_parameter(Name=each["Name"])
    for one in events:
        switch.lambda_handler(one, None)


def stored(switch: ModuleType) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(switch.ssm.get_parameter(Name=SWITCH)["Parameter"]["Value"])


@pytest.mark.parametrize("crash_after", [None, 1, 2, 3])
def test_an_undo_while_its_alert_is_acted_on_restores_everything(
    switch: ModuleType, workers: LocalWorkers, crash_after: int | None
) -> None:
    at, count = 0, 0
    while True:
        at += 1
        begin(switch, workers)
        if not interrupted(switch, (event(), UNDO), at, crash_after):
            break
        if stored(switch).get("undone") == CRITICAL["alert_id"]:
            count += 1
            assert is_as_before(workers), at
        else:  # the undo came before the alert was known
            assert is_off(workers), at
        switch.lambda_handler(UNDO, None)
        assert is_as_before(workers), at
    assert count > 8


@pytest.mark.parametrize("crash_after", [None, 1, 2, 3])
def test_an_alert_while_an_undo_runs_loses_nothing(
    switch: ModuleType, workers: LocalWorkers, crash_after: int | None
) -> None:
    at = 0
    while True:
        at += 1
        begin(switch, workers, event())
        if not interrupted(switch, (UNDO, NEXT), at, crash_after):
            break
        switch.lambda_handler(UNDO, None)
        assert is_as_before(workers), at
    assert at > 8


@pytest.mark.parametrize("crash_after", [None, 1, 2, 3])
def test_an_undo_of_an_earlier_alert_while_the_next_one_is_acted_on_loses_nothing(
    switch: ModuleType, workers: LocalWorkers, crash_after: int | None
) -> None:
    at = 0
    while True:
        at += 1
        begin(switch, workers, event())
        if not interrupted(switch, (NEXT, UNDO), at, crash_after):
            break
        switch.lambda_handler(UNDO, None)
        assert is_as_before(workers), at
    assert at > 8


def test_the_state_is_off_if_an_undo_of_an_earlier_alert_overwrites_it_while_the_next_one_is_acted_on(
    switch: ModuleType, workers: LocalWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The undo has read the state before the next alert wrote it, and writes its own after that."""
    at = 0
    undo = switch.Switch.undo
    while True:
        at += 1
        begin(switch, workers, event())
        stale = stored(switch)
        monkeypatch.setattr(
            switch.Switch, "undo", lambda own, stale=stale: with_first_read(switch, stale, undo, own)
        )
        if not interrupted(switch, (NEXT, UNDO), at):
            break
        assert stored(switch)["state"] == "off" or is_as_before(workers), at
        monkeypatch.setattr(switch.Switch, "undo", undo)
        switch.lambda_handler(UNDO, None)
        assert is_as_before(workers), at
    assert at > 8


def with_first_read(switch: ModuleType, stale: Any, undo: Callable[..., Any], own: Any) -> Any:  # noqa: ANN401 - any JSON
    """Run an undo whose first read of the state returned an earlier value."""
    read, values = vars(switch)["_read"], [stale]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(switch, "_read", lambda name: values.pop() if values else read(name))
        return undo(own)


def test_what_was_disabled_by_hand_long_after_an_undo_stays_disabled(
    switch: ModuleType, workers: LocalWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(switch, workers, event(), UNDO)
    workers.subdomains["shop-api"] = {"enabled": False, "previews_enabled": False}
    now = switch.time.time()
    monkeypatch.setattr(switch.time, "time", lambda: now + 3600)
    switch.lambda_handler(NEXT, None)
    switch.lambda_handler(UNDO, None)
    assert not any(workers.subdomains["shop-api"].values())
