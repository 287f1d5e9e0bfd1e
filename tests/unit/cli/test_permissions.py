"""The printed IAM policies: no more than each command needs."""

import json

import pytest
from typer.testing import CliRunner

from cloudflare_budgets_cli.app import app
from cloudflare_budgets_cli.settings import Settings
from cloudflare_budgets_cli.stack.permissions import COMMANDS, policy

# Actions on what belongs to no stack: alarms, the key of Parameter Store, the default event bus, the region.
UNBOUND = (
    ["cloudwatch:DescribeAlarms", "lambda:GetAccountSettings", "ssm:DescribeParameters"],
    ["kms:Decrypt", "kms:Encrypt"],
    ["events:PutEvents"],
)


def actions(*commands: str) -> set[str]:
    return {
        action for statement in policy(commands, Settings())["Statement"] for action in statement["Action"]
    }


def test_a_plan_needs_no_permission_to_write() -> None:
    verbs = {action.partition(":")[2] for action in actions("plan")}
    assert not [verb for verb in verbs if verb.startswith(("Put", "Delete", "Add", "Update", "Publish"))]


def test_the_policy_of_all_commands_holds_those_of_each() -> None:
    assert {action for name in COMMANDS for action in actions(name)} == actions()


@pytest.mark.parametrize("name", COMMANDS)
def test_resources_are_those_of_the_stack_and_the_prefix(name: str) -> None:
    document = policy((name,), Settings(stack="mine", prefix="/our/budgets", region="eu-west-1"))
    for statement in document["Statement"]:
        resources = statement["Resource"]
        for each in [resources] if isinstance(resources, str) else resources:
            wildcard = statement["Action"] in UNBOUND
            assert wildcard or "mine" in each or "/our/budgets/" in each


def test_the_command_prints_a_policy_and_refuses_other_names() -> None:
    found = CliRunner().invoke(app, ["iam-policy", "status"])
    assert json.loads(found.stdout)["Version"] == "2012-10-17"
    assert CliRunner().invoke(app, ["iam-policy", "usage"]).exit_code == 2
