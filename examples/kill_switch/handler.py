"""Switch named Workers off when a budget reaches its limit, and on again by one command.

The routes of a Worker and its workers.dev address are disabled; the Worker itself is not changed. What was
enabled is recorded before anything is disabled, so every step can be repeated after a crash, and undone.
"""

import functools
import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3

TIMEOUT = 10  # s, for each request to Cloudflare
RECENT = 900  # s, within which runs began that can still be acting on the same alert
NAME = re.compile(r"[A-Za-z0-9_-]{1,63}")

ssm = boto3.client("ssm")


def lambda_handler(event: dict[str, Any], context: object) -> list[dict[str, Any]]:  # noqa: ARG001 - Lambda's
    """Act on alerts from the queue, or undo everything with `{"action": "undo"}`. Both can be repeated.

    Raises:
        RuntimeError: some Worker could not be switched; the queue delivers the alert again.
    """
    switch = Switch(os.environ, Cloudflare(os.environ["CLOUDFLARE_API_URL"], functools.cache(_token)))
    if event.get("action") == "undo":
        return switch.undo()
    done = []
    for record in event["Records"]:
        alert = json.loads(record["messageAttributes"]["alert"]["stringValue"])
        reason = refusal(alert)
        done += [{"alert_id": alert.get("alert_id"), "ignored": reason}] if reason else switch.off(alert)
    print(json.dumps(done))  # noqa: T201 - the log of the function
    return done


def refusal(alert: dict[str, Any]) -> str | None:
    """Return why an alert switches nothing off, or `None`; what the subscription filters is checked again."""
    expected = ("1", "threshold_crossed", "critical")
    if tuple(alert.get(key) for key in ("version", "type", "severity")) != expected:
        return "not a critical crossing"
    if alert.get("threshold", {}).get("basis") != "actual":
        return "the amount is a forecast"
    if alert.get("level", "over_limit") != "over_limit":
        return "it is not known that the limit is reached"
    if alert.get("provisional"):
        return "the limit is reached only with usage that is not billed yet"
    return None


class Cloudflare:
    """The part of Cloudflare's API that the switch uses; no error contains the token.

    https://developers.cloudflare.com/api/resources/workers/
    """

    def __init__(self, url: str, token: Callable[[], str]) -> None:
        self._url = url
        self._token = token

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - any JSON
        """Return the result of a request; `None` if there is no such object. Raises `RuntimeError`."""
        headers = {"Authorization": f"Bearer {self._token()}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)  # noqa: S310 - the template allows https, and loopback
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 # nosec B310
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            if error.code == 404:  # noqa: PLR2004 - not found
                return None
            fault = f"status {error.code}"
        except (OSError, ValueError, LookupError, TypeError) as error:
            fault = type(error).__name__
        raise RuntimeError(f"{method} {path} failed: {fault}")


class Switch:
    """The switch of some Workers, with its state and its records in Parameter Store."""

    def __init__(self, settings: Any, cloudflare: Cloudflare) -> None:  # noqa: ANN401 - the environment
        self._name = settings["SWITCH_NAME"]
        self._account = settings["ACCOUNT_ID"]
        self._zones = _listed(settings["ZONE_IDS"])
        self._never = frozenset(_listed(settings["NEVER_TOUCH"]))
        self._workers = [name for name in _listed(settings["WORKERS"]) if NAME.fullmatch(name)]
        self._is_dry = settings["DRY_RUN"] != "false"
        self._cloudflare = cloudflare

    def off(self, alert: dict[str, Any]) -> list[dict[str, Any]]:
        """Switch every Worker off, and return what was disabled. A dry run only returns what would be."""
        alert_id = alert["alert_id"]
        if self._is_undone(alert_id):
            # An attempt that ended unexpectedly may have disabled a Worker after the undo.
            self._each(self._workers, self._restore)
            return [{"alert_id": alert_id, "ignored": "it was undone before"}]
        budget, percent = alert["budget"]["name"], alert.get("percent_of_limit")
        state = {"state": "off", "budget": budget, "percent_of_limit": percent, "alert_id": alert_id}
        if not self._is_dry and _read(self._name) != state:
            _write(self._name, state)
        done = self._each(self._workers, lambda worker: self._switch_off(worker, alert_id))
        found = _read(self._name) or {}
        if not self._is_dry and found.get("state") == "on" and found.get("undone") != alert_id:
            _write(self._name, state)  # an undo that did not know this alert has overwritten it
        return done

    def _is_undone(self, alert_id: str) -> bool:
        return bool((_read(self._name) or {}).get("undone") == alert_id)

    def _switch_off(self, worker: str, alert_id: str) -> dict[str, Any]:
        """Disable a Worker, unless the alert is undone; an undo can come at any moment."""
        if not self._is_dry and self._is_undone(alert_id):
            return {"ignored": "it was undone meanwhile"}
        recorded = self._disable(worker)
        if self._is_dry:
            return recorded
        if _read(name := f"{self._name}/workers/{worker}") != recorded:
            _write(name, recorded)  # an undo has restored the Worker before it was disabled
        if self._is_undone(alert_id):
            self._restore(worker)
            return {"ignored": "it was undone meanwhile"}
        return recorded

    def undo(self) -> list[dict[str, Any]]:
        """Restore everything that was recorded, and return what was restored."""
        if not self._is_dry:  # first, so that a run that acts on the alert at the same time reads it
            state = _read(self._name) or {}
            _write(self._name, {"state": "on", "undone": state.get("alert_id", state.get("undone"))})
        path = f"{self._name}/workers"
        pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path)
        names = [each["Name"].removeprefix(f"{path}/") for page in pages for each in page["Parameters"]]
        return self._each(names, self._restore)

    def _each(self, names: list[str], act: Callable[[str], dict[str, Any]]) -> list[dict[str, Any]]:
        done, faults = [], []
        for name in names:
            if name in self._never:
                done.append({"worker": name, "ignored": "it must never be touched"})
                continue
            try:
                done.append({"worker": name, "dry_run": self._is_dry, **act(name)})
            except RuntimeError as error:  # a failure of one Worker must not affect the others
                faults.append(f"{name}: {error}")
        if faults:
            raise RuntimeError("; ".join(faults))
        return done

    def _disable(self, worker: str) -> dict[str, Any]:
        subdomain = self._cloudflare.call("GET", self._subdomain(worker))
        if subdomain is None:
            raise RuntimeError("there is no such Worker")
        found: dict[str, Any] = {"subdomain": subdomain, "routes": list(self._routes_of(worker))}
        if self._is_dry:
            return found
        recorded = self._record(worker, found)
        if subdomain.get("enabled") or subdomain.get("previews_enabled"):
            body = {"enabled": False, "previews_enabled": False}
            self._cloudflare.call("POST", self._subdomain(worker), body)
        for route in found["routes"]:
            # Without a Worker, the route has the same id, and no more general route replaces the route.
            self._cloudflare.call("PUT", _path(route), {"pattern": route["pattern"]})
        return recorded

    def _record(self, worker: str, found: dict[str, Any]) -> dict[str, Any]:
        """Store what is enabled, together with what an earlier attempt recorded and disabled."""
        name = f"{self._name}/workers/{worker}"
        before = _read(name)
        if before is None or _age(before) > RECENT:
            before = {"subdomain": {}, "routes": []}
        known = {route["id"] for route in before["routes"]}
        keys = ("enabled", "previews_enabled")
        earlier = before["subdomain"]
        merged = {
            "subdomain": {key: bool(earlier.get(key) or found["subdomain"].get(key)) for key in keys},
            "routes": before["routes"] + [route for route in found["routes"] if route["id"] not in known],
        }
        if merged != before:
            _write(name, merged)
        return merged

    def _restore(self, worker: str) -> dict[str, Any]:
        """Enable what is recorded, unless it was restored long ago."""
        name = f"{self._name}/workers/{worker}"
        recorded = _read(name)
        if recorded is None or self._is_dry or _age(recorded) > RECENT:
            return recorded or {}
        if any(recorded["subdomain"].values()):
            self._cloudflare.call("POST", self._subdomain(worker), recorded["subdomain"])
        changed = [route["pattern"] for route in recorded["routes"] if not self._restore_route(route, worker)]
        # Last, so that a crash before leaves everything to the next attempt. The record stays, since another
        # alert may disable the Worker now; then it is not marked as restored.
        _write(name, {**recorded, "restored_at": int(time.time())})
        if (_read(self._name) or {}).get("state") == "off":
            _write(name, recorded)
        return {**recorded, "changed_meanwhile": changed}

    def _restore_route(self, route: dict[str, str], worker: str) -> bool:
        """Return whether the route leads to the Worker again; a route that was changed meanwhile stays."""
        now = self._cloudflare.call("GET", _path(route))
        if now is None or now.get("script") not in (None, "", worker) or now["pattern"] != route["pattern"]:
            return False
        self._cloudflare.call("PUT", _path(route), {"pattern": route["pattern"], "script": worker})
        return True

    def _routes_of(self, worker: str) -> Iterator[dict[str, str]]:
        for zone in self._zones:
            for route in self._cloudflare.call("GET", f"/zones/{zone}/workers/routes") or []:
                if route.get("script") == worker and route["pattern"] not in self._never:
                    yield {"zone": zone, "id": route["id"], "pattern": route["pattern"]}

    def _subdomain(self, worker: str) -> str:
        return f"/accounts/{self._account}/workers/scripts/{worker}/subdomain"


def _path(route: dict[str, str]) -> str:
    return f"/zones/{route['zone']}/workers/routes/{route['id']}"


def _age(recorded: dict[str, Any]) -> float:
    """Return how long ago a Worker was restored, in seconds; 0 if it was not."""
    return time.time() - recorded["restored_at"] if "restored_at" in recorded else 0.0


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _token() -> str:
    value: str = ssm.get_parameter(Name=os.environ["TOKEN_NAME"], WithDecryption=True)["Parameter"]["Value"]
    return value.strip()


def _read(name: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return None


def _write(name: str, value: dict[str, Any]) -> None:
    # Intelligent-Tiering: a record of more than 4 KB becomes an advanced parameter of at most 8 KB.
    text = json.dumps(value)
    ssm.put_parameter(Name=name, Value=text, Type="String", Overwrite=True, Tier="Intelligent-Tiering")
