"""The kill switch, and the Workers that it disables."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.documents import crossed

if TYPE_CHECKING:
    from local.cloudflare.workers import LocalWorkers

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


def event(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of an alert
    alert = json.dumps({**CRITICAL, **changed})
    return {"Records": [{"messageAttributes": {"alert": {"stringValue": alert}}}]}


def is_off(workers: LocalWorkers) -> bool:
    disabled = {"enabled": False, "previews_enabled": False}
    changed = {"shop-api": disabled, "images": disabled}
    routes = copy.deepcopy(ROUTES)
    routes[ZONES[0], "1" * 32]["script"] = None
    routes[ZONES[1], "4" * 32]["script"] = None
    return workers.subdomains == {**SUBDOMAINS, **changed} and workers.routes == routes


def is_as_before(workers: LocalWorkers) -> bool:
    return workers.subdomains == SUBDOMAINS and workers.routes == ROUTES
