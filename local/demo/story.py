"""The steps of the demo, and what came of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.demo.installation import install
from local.demo.screen import step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.aws import Delivery, LocalAws
    from local.demo.subject import Subject

MISTAKE = "treshold"
_BUDGETS = {
    "spend": {"limit": "50 USD", "thresholds": ["80%", "100%", "100% forecast"]},
    "included": {"limit": "100% of allowance", "thresholds": ["80%", "100% forecast"]},
    "requests": {"limit": "1000000 Requests", MISTAKE: ["80%"]},
}
# The local account uses every product; without a scope, some twenty of its allowances would alert.
_LOCAL_SCOPE = {"scope": {"product_family": ["*KV*"]}}
_PARAMETERS = {"AlertEmail": "you@example.com", "DigestReport": "true"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo has to show.

    Attributes:
        alerts: messages of the first check, `critical` before `warning`.
        reply: the function's reply to the second check.
        repeated: number of messages that the second check sent.
        digest: messages of the check that sends the digest.
        page: HTML of the report that the digest links to.
    """

    alerts: Sequence[Delivery]
    reply: Mapping[str, Any]
    repeated: int
    digest: Sequence[Delivery]
    page: str | None


def play(watched: Subject, aws: LocalAws) -> Outcome:
    """Deploy, store a token and three budgets, check by schedule, check again, send the digest.

    Raises:
        RuntimeError: the build, the deployment or a check failed.
        TimeoutError: the scheduled check did not end.
    """
    budgets = {name: json.dumps(budget) for name, budget in _budgets(watched).items()}
    watcher = install(watched, aws, budgets, _PARAMETERS)
    with step("EventBridge Scheduler starts a check"):
        watcher.start_by_schedule()
        watcher.wait_for_run()
    alerts = sorted(watcher.mailbox.read(), key=lambda one: one.attributes["severity"])
    with step("The same check again"):
        reply = watcher.check()
    repeated = watcher.mailbox.read()
    with step("The weekly digest"):
        watcher.check("digest")
    pages = watcher.pages()
    return Outcome(alerts, reply, len(repeated), watcher.mailbox.read(), pages[0] if pages else None)


def _budgets(watched: Subject) -> Mapping[str, Mapping[str, object]]:
    if not watched.is_local:
        return _BUDGETS
    return {**_BUDGETS, "included": {**_BUDGETS["included"], **_LOCAL_SCOPE}}
