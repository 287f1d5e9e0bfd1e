"""So many accounts on the local AWS: planner, workers, sender and audit, from plan to last mail."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any, cast

import boto3

from benchmarks.scale.cost import Check
from local.aws import LocalAws, deploy
from local.cloudflare.accounts.account import Credentials
from local.cloudflare.accounts.catalog import METRICS
from local.cloudflare.accounts.examples import runaway
from local.cloudflare.limit import RequestLimit
from local.cloudflare.server import LocalCloudflare
from local.demo.watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.cloudflare.accounts.account import Account, Metered

# Functions by what they are called in the table, in its order.
FUNCTIONS = {
    "planner": "plan-checks",
    "worker": "check-account",
    "sender": "send-alerts",
    "audit": "check-budgets",
}
LATENCY = 0.3  # seconds that Cloudflare takes for a request; the local one answers at once
_REPORT = re.compile(r"Duration: ([\d.]+) ms.*Max Memory Used: (\d+) MB")


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a plan came to.

    `seconds` pass from the plan to the last alert, `memory` is the most that each function used in MB, and
    `is_complete` says whether the audit found every account checked and every alert sent.
    """

    accounts: int
    tokens: int
    seconds: float
    requests: int
    refused: int
    alerts: int
    copies: int
    memory: dict[str, int]
    usd_a_month: float
    is_complete: bool


@dataclass(frozen=True, slots=True)
class _Deployment:
    """A deployed stack between a local AWS and a local Cloudflare."""

    aws: LocalAws
    cloudflare: LocalCloudflare
    watcher: Watcher

    def invoke(self, output: str, event: dict[str, str]) -> bool:
        """Invoke a function by the output that names it, and return whether it succeeded."""
        name = self.watcher.stack.outputs[output]
        functions = boto3.client("lambda", **self.aws.connection)
        return "FunctionError" not in functions.invoke(FunctionName=name, Payload=json.dumps(event))


def run(template: Path, count: int, tokens: int, seconds: float) -> Deployed:
    """Check so many accounts of so many tokens, and wait for their alerts for so many seconds at most."""
    limit = RequestLimit()
    accounts = list(_accounts(count, tokens))
    with LocalCloudflare(accounts=accounts, limit=limit) as cloudflare, LocalAws() as aws:
        settings = {"ManyAccounts": "true", "CloudflareApiUrl": cloudflare.url, "FreshUsage": "off"}
        deployment = _Deployment(aws, cloudflare, Watcher(aws, deploy(aws, template, settings)))
        _configure(deployment.watcher, tokens)
        deployment.invoke("CheckBudgetsFunctionName", {"action": "check"})  # lists the accounts of the tokens
        listed, start = len(cloudflare.requests), time.monotonic()
        deployment.invoke("PlanChecksFunctionName", {"action": "plan"})
        found, end = _alerts(deployment, count, start + seconds)
        requests = len(cloudflare.requests) - listed
        is_complete = deployment.invoke("CheckBudgetsFunctionName", {"action": "check"})
        reports = {name: list(_reports(deployment.watcher.log(of))) for name, of in FUNCTIONS.items()}
        return Deployed(
            accounts=count,
            tokens=tokens,
            seconds=end - start,
            requests=requests,
            refused=limit.refused,
            alerts=len(found),
            copies=sum(found.values()) - len(found),
            memory={name: max(memory for _, memory in each) for name, each in reports.items()},
            usd_a_month=_check(deployment, [each for each, _ in reports["worker"]], requests).usd_a_month,
            is_complete=is_complete,
        )


def _accounts(count: int, tokens: int) -> Iterator[Account]:
    example = runaway(datetime.now(UTC))
    source = replace(cast("Metered", example.source), metrics=METRICS[:2])
    for number in range(1, count + 1):
        secret = Credentials(_token(number % tokens), f"owner-{number % tokens}@example.com", "k" * 37)
        yield replace(example, id=f"{number:08x}{number:024x}", source=source, credentials=secret)


def _token(number: int) -> str:
    return f"agency_{number}" + "t" * 32


def _configure(watcher: Watcher, tokens: int) -> None:
    for number in range(tokens):
        token = json.dumps({"token": _token(number), "accounts": ["*"]})
        watcher.store(f"tokens/agency-{number}", token, secret=True)
    watcher.store("budgets/spend", json.dumps({"limit": "50 USD", "account_id": "*"}))


def _alerts(deployment: _Deployment, count: int, deadline: float) -> tuple[Counter[str], float]:
    """Count the messages of each alert until all have come; return also when the last one came."""
    found: Counter[str] = Counter()
    end = time.monotonic()
    while len(found) < count and time.monotonic() < deadline:
        if mails := deployment.watcher.mailbox.read(5):
            found.update(mail.alert["alert_id"] for mail in mails)
            end = time.monotonic()
    return found, end


def _reports(log: list[str]) -> Iterator[tuple[float, int]]:
    """Yield the duration in seconds and the memory in MB of each run of a function."""
    for line in log:
        if found := _REPORT.search(line):
            yield float(found[1]) / 1000, int(found[2])


def _check(deployment: _Deployment, durations: list[float], requests: int) -> Check:
    """Return a check as it was measured here, and as if Cloudflare took its time for each request.

    Each check writes the state and the standing of its account; the first one also writes its days.
    """
    pages = boto3.client("dynamodb", **deployment.aws.connection).get_paginator("scan")
    table = deployment.watcher.stack.outputs["AlertTableName"]
    items = [item for page in pages.paginate(TableName=table) for item in page["Items"]]
    written = [item for item in items if "STANDINGS" in item["pk"]["S"] or item["sk"]["S"] == "NOTES"]
    size = sum(map(_bytes, written)) // len(durations)
    return Check(median(durations) + LATENCY * requests / len(durations), size, size)


def _bytes(item: dict[str, Any]) -> int:
    """Return about how many bytes DynamoDB counts for an item."""
    return sum(len(name) + len(str(next(iter(value.values())))) for name, value in item.items())
