"""The floor: the calls of a check, and nothing done with their answers."""

import os
from typing import Any

import urllib3

from benchmarks.aws_calls import (
    note_run,
    own_prices,
    parameters,
    recall,
    recall_run,
    sweep,
    tell_once,
)

_HTTP = urllib3.PoolManager()
_PIECE = 65536


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Read everything, decide nothing, tell once."""
    sweep()
    [(name, token)] = parameters("accounts").items()
    parameters("budgets")
    own_prices()
    recall_run()
    account_id, day = name.removesuffix("/api-token"), event["as_of"][:10]
    recall(account_id, day[:8])
    answer = _HTTP.request(
        "GET",
        f"{os.environ['CLOUDFLARE_API_URL']}/accounts/{account_id}/billable/usage",
        fields={"from": f"{day[:8]}01", "to": day},
        headers={"Authorization": f"Bearer {token}"},
        preload_content=False,
    )
    size = sum(len(piece) for piece in answer.stream(_PIECE))
    answer.release_conn()
    state = tell_once("floor", f"{size} bytes were read")
    note_run()
    return {"accounts": [{"alerts": [{"state": state}]}]}
