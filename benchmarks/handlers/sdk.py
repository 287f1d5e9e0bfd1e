"""The same check, written in a simple way with Cloudflare's SDK."""

import json
import os
from fnmatch import fnmatch
from functools import cache
from typing import TYPE_CHECKING, Any

from cloudflare import Cloudflare

from benchmarks.handlers.aws_calls import (
    parameters,
    query_pending_alerts,
    read_account,
    read_prices,
    read_run,
    send_once,
    write_run,
    write_standings,
)
from benchmarks.handlers.calls import with_calls

if TYPE_CHECKING:
    from collections.abc import Iterable


@cache
def _cloudflare(token: str) -> Cloudflare:
    return Cloudflare(api_token=token, base_url=os.environ["CLOUDFLARE_API_URL"])


@with_calls
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Compare the usage of the month with every limit, and send one alert per exceeded limit."""
    query_pending_alerts()
    [(name, token)] = parameters("accounts").items()
    budgets = {name: json.loads(text) for name, text in parameters("budgets").items()}
    read_prices()
    read_run()
    account_id, day = name.removesuffix("/api-token"), event["as_of"][:10]
    read_account(account_id, day[:8])
    api = _cloudflare(token).billing.usage
    read = api.get_account_usage_v1 if os.environ["USAGE_API"] == "v1" else api.get_account_usage_v2
    usage = read(account_id=account_id, from_=f"{day[:8]}01", to=day)
    alerts = []
    for name, budget in budgets.items():
        limit, unit = budget["limit"].split()
        used = _used(usage, unit, budget["scope"]["metric_id"])
        if used >= float(limit):
            state = send_once(f"{name} {limit}", f"{name}: {used} of {limit} {unit} used")
            alerts.append({"state": state})
    write_run()
    write_standings()
    return {"accounts": [{"alerts": alerts}]}


def _used(usage: "Iterable[Any]", unit: str, patterns: list[str]) -> float:
    """Add up the rows of a metric. Version 1 names metrics, and Version 2 gives ids and units as well."""
    return sum(
        float(row.consumed_quantity)
        for row in usage
        if getattr(row, "consumed_unit", "") in {unit, ""}
        and any(fnmatch(_metric(row), f"{pattern}*") for pattern in patterns)
    )


def _metric(row: Any) -> str:  # noqa: ANN401 - a row of either version
    found = getattr(row, "x_billable_metric_id", None) or getattr(row, "service_name", "")
    return str(found).lower().replace(" ", "_")
