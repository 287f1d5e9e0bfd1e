"""The minimum: the calls of a check, without any use of their answers."""

import json
import os
from collections.abc import Iterator
from typing import Any

import certifi
import urllib3

from benchmarks.handlers.aws_calls import (
    parameters,
    query_pending_alerts,
    read_account,
    read_prices,
    read_run,
    send_once,
    write_run,
)
from benchmarks.handlers.calls import with_calls

_HTTP = urllib3.PoolManager(ca_certs=certifi.where())
_PIECE = 65536
_ENDPOINTS = {"v1": "billable-usage", "v2": "billable/usage"}


def _check(event: dict[str, Any], *, parses: bool) -> dict[str, Any]:
    query_pending_alerts()
    [(name, token)] = parameters("accounts").items()
    parameters("budgets")
    read_prices()
    read_run()
    account_id, day = name.removesuffix("/api-token"), event["as_of"][:10]
    read_account(account_id, day[:8])
    pieces = _usage(account_id, token, day)
    size = len(json.loads(b"".join(pieces))["result"]) if parses else sum(len(piece) for piece in pieces)
    state = send_once("floor", f"{size} {'rows' if parses else 'bytes'} were read")
    write_run()
    return {"accounts": [{"alerts": [{"state": state}]}]}


def _usage(account_id: str, token: str, day: str) -> Iterator[bytes]:
    endpoint = _ENDPOINTS[os.environ["USAGE_API"]]
    answer = _HTTP.request(
        "GET",
        f"{os.environ['CLOUDFLARE_API_URL']}/accounts/{account_id}/{endpoint}",
        fields={"from": f"{day[:8]}01", "to": day},
        headers={"Authorization": f"Bearer {token}"},
        preload_content=False,
    )
    yield from answer.stream(_PIECE)
    answer.release_conn()


@with_calls
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Read everything and send one alert."""
    return _check(event, parses=False)


@with_calls
def parsing_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Read everything, parse the usage with `json`, and send one alert."""
    return _check(event, parses=True)
