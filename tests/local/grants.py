"""What the roles of a deployed stack grant, and what functions used of that on the local AWS."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from local.aws import LocalAws, Stack

Grant = tuple[str, str]

# Lambda does these with the role of a function: it writes the log and polls a queue.
OF_LAMBDA = frozenset(
    {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    }
)


def grants(aws: LocalAws, stack: Stack, logical_id: str) -> tuple[set[Grant], set[Grant]]:
    """Return what a role grants, and the part of it that no call used, both without `OF_LAMBDA`.

    Resources are named by their logical ids, or by their names in the stack.
    """
    role = _name_of(aws, stack, logical_id)
    used = [(action, resource) for name, action, resource in aws.permissions_used() if name == role]
    granted = {each for each in _granted(aws, role) if each[0] not in OF_LAMBDA}
    unused = {
        (action, resource)
        for action, resource in granted
        if not any(action == one and fnmatch.fnmatchcase(on, resource) for one, on in used)
    }
    return {_short(each) for each in granted}, {_short(each) for each in unused}


def _name_of(aws: LocalAws, stack: Stack, logical_id: str) -> str:
    stacks = boto3.client("cloudformation", **aws.connection)
    found = stacks.describe_stack_resource(StackName=stack.name, LogicalResourceId=logical_id)
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def _granted(aws: LocalAws, role: str) -> set[Grant]:
    iam = boto3.client("iam", **aws.connection)
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents: list[Any] = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names
    ]
    return {
        (action, resource)
        for document in documents
        for statement in document["Statement"]
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    }


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _short(grant: Grant) -> Grant:
    action, arn = grant
    name = arn.split(":", 5)[-1]
    return action, re.sub(r"cloudflare-budgets-(\w+)-[0-9A-F]+(\.fifo)?", r"\1", name)
