"""So many accounts on the local AWS: planner, workers, sender and audit, from plan to last mail."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import boto3

from local.aws import LocalAws, deploy
from local.cloudflare.accounts.account import Credentials
from local.cloudflare.accounts.catalog import METRICS
from local.cloudflare.accounts.examples import runaway
from local.cloudflare.limit import RequestLimit
from local.cloudflare.server import LocalCloudflare
from local.demo.watcher import Watcher

if TYPE_CHECKING:
    from pathlib import Path

    from local.cloudflare.accounts.account import Metered

FUNCTIONS = ("plan-checks", "check-account", "send-alerts", "check-budgets")
_TOKEN = "agency_" + "t" * 33
_MEMORY = re.compile(r"Max Memory Used: (\d+) MB")


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a plan came to; `memory` is that of the largest function in MB."""

    accounts: int
    seconds: float
    requests: int
    alerts: int
    copies: int
    memory: int


def run(template: Path, count: int, seconds: float) -> Deployed:
    """Check so many accounts of one token, and wait for their alerts for so many seconds at most."""
    example, limit = runaway(datetime.now(UTC)), RequestLimit()
    source = replace(cast("Metered", example.source), metrics=METRICS[:2])
    credentials = Credentials(_TOKEN, "owner@example.com", "k" * 37)
    accounts = [
        replace(example, id=f"{number:08x}{number:024x}", source=source, credentials=credentials)
        for number in range(1, count + 1)
    ]
    with LocalCloudflare(accounts=accounts, limit=limit) as cloudflare, LocalAws() as aws:
        settings = {"ManyAccounts": "true", "CloudflareApiUrl": cloudflare.url, "FreshUsage": "off"}
        watcher = Watcher(aws, deploy(aws, template, settings))
        token = json.dumps({"token": _TOKEN, "accounts": ["*"]})
        watcher.store("tokens/agency", token, secret=True)
        watcher.store("budgets/spend", json.dumps({"limit": "50 USD", "account_id": "*"}))
        functions = boto3.client("lambda", **aws.connection)
        lists = json.dumps({"action": "check"})  # lists the accounts of the token
        functions.invoke(FunctionName=watcher.stack.outputs["CheckBudgetsFunctionName"], Payload=lists)
        start = time.monotonic()
        functions.invoke(FunctionName=watcher.stack.outputs["PlanChecksFunctionName"], Payload=b"{}")
        found: Counter[str] = Counter()
        end = start
        while len(found) < count and time.monotonic() - start < seconds:
            if mails := watcher.mailbox.read(5):
                found.update(mail.alert["alert_id"] for mail in mails)
                end = time.monotonic()
        memory = max(_memory(watcher.log(name)) for name in FUNCTIONS)
        extra = sum(found.values()) - len(found)
        return Deployed(count, end - start, len(cloudflare.requests), len(found), extra, memory)


def _memory(log: list[str]) -> int:
    return max((int(found[1]) for line in log if (found := _MEMORY.search(line))), default=0)
