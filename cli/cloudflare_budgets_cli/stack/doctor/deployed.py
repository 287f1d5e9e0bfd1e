"""The stack itself: its function, its version, and the parameters that it reads."""

import re
from collections.abc import Iterator

from cloudflare_budgets import VERSION
from cloudflare_budgets.domain.budgets.document import InvalidBudget, parse_budget
from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets_cli.planning.parameters import ManagedParameters
from cloudflare_budgets_cli.stack.doctor.examined import Examined
from cloudflare_budgets_cli.stack.session import Aws

_VERSION = re.compile(r"Version (\d+\.\d+\.\d+)\.")


def stack(aws: Aws) -> Iterator[Examined]:
    """Examine the state and the version of the stack, and its function."""
    name, state = aws.settings.stack, aws.stack["StackStatus"]
    is_deployed = state.endswith("_COMPLETE") and "ROLLBACK" not in state
    advice = "" if is_deployed else "see its events in the CloudFormation console, then deploy again"
    yield Examined("stack", f"{name}, {state}", advice)
    function = aws.functions().get_function_configuration(
        FunctionName=aws.outputs["CheckBudgetsFunctionName"]
    )
    activity = function.get("State", "Active")
    match = _VERSION.match(function.get("Description", ""))
    version = match[1] if match else "unknown"
    advice = "" if version == VERSION else f"this command has version {VERSION}: cloudflare-budgets update"
    yield Examined("version", version, advice)
    advice = "" if activity == "Active" else "see the function in the Lambda console"
    yield Examined("function", f"{activity.lower()}, updated {function['LastModified'][:10]}", advice)


def prefix(aws: Aws) -> Iterator[Examined]:
    """Examine whether the command reads the parameters that the stack reads."""
    found = aws.parameters.get("ParameterPrefix", aws.settings.prefix)
    is_same = found == aws.settings.prefix
    yield Examined("prefix", found, "" if is_same else f"add --prefix {found} before the command")


def budgets(aws: Aws) -> Iterator[Examined]:
    """Examine whether there are budgets, and whether each is valid."""
    stored = ManagedParameters(aws.settings.prefix, aws.ssm).read()
    found = {name: each for name, each in stored.items() if name.startswith("budgets/")}
    for name, each in found.items():
        parsed = parse_budget(name.removeprefix("budgets/"), each.value)
        if isinstance(parsed, InvalidBudget):
            yield Examined(name, "invalid", str(parsed))
    advice = "" if found else "propose some: cloudflare-budgets suggest --write budgets.yaml"
    yield Examined("budgets", counted(len(found), "budget"), advice)
