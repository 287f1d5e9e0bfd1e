"""A process that has loaded the handler, and lets each run be a child that may die at any instant.

It reads an order a line, in JSON, and answers each with a run's end: `complete`, `incomplete` or `killed`.
"""

import json
import os
import signal
import sys
import time
from datetime import datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.check.delivery import Delivery
from cloudflare_budgets.errors import RunFailedError
from tests.integration.crashes.stage import Context, load_handler

ENDS = {0: "complete", 1: "incomplete", -signal.SIGALRM: "killed"}


def main() -> None:
    """Carry out orders until there are no more."""
    handler = load_handler()
    for client in (aws_clients.ssm, aws_clients.dynamodb, aws_clients.sns):
        client()  # so that a run's time is that of its calls
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run(handler, json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{ENDS[os.waitstatus_to_exitcode(status)]}\n")
        sys.stdout.flush()


def _run(handler: ModuleType, order: dict[str, Any]) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdin, sys.stdout):
        os.dup2(nowhere, stream.fileno())
    os.environ["ALERT_TABLE_NAME"] = order["table"]
    now, begun = datetime.fromisoformat(order["now"]), time.monotonic()
    handler._now = lambda: now + timedelta(seconds=time.monotonic() - begun)  # type: ignore[attr-defined]  # noqa: SLF001
    handler.Delivery = partial(Delivery, sleep=lambda _: None)  # type: ignore[attr-defined]
    # This signal has no handler, so the system ends the process at once, as SIGKILL would.
    signal.setitimer(signal.ITIMER_REAL, order["dies_after"])
    try:
        handler.lambda_handler({"action": "check"}, Context())
    except RunFailedError:
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
