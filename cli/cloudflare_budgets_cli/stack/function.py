"""Requests a dry check from the stack's function, which evaluates all and sends nothing."""

import json
from collections.abc import Mapping
from typing import Any

from cloudflare_budgets_cli.settings import CommandError
from cloudflare_budgets_cli.stack.session import Aws, errors_explained


def dry_check(aws: Aws) -> Mapping[str, Any]:
    """Return the reply of a dry check.

    Raises:
        UsageError: there is no such stack.
        CommandError: AWS refuses the call, or the check failed.
    """
    name = aws.outputs["CheckBudgetsFunctionName"]
    event: dict[str, Any] = {"action": "check", "dry_run": True}
    if aws.settings.as_of:
        event["as_of"] = aws.settings.as_of.isoformat()
    with errors_explained():
        answer = aws.functions().invoke(FunctionName=name, Payload=json.dumps(event).encode())
        payload = answer["Payload"].read()
    found: dict[str, Any] = json.loads(payload)
    if "FunctionError" in answer:
        raise CommandError(f"the check failed: {found.get('errorMessage', 'see cloudflare-budgets logs')}")
    if found.get("truncated"):
        raise CommandError(
            f"the reply of a check of {found['accounts']} accounts contains counts only: see "
            "`cloudflare-budgets logs`, where each budget has a line"
        )
    return found
