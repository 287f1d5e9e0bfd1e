"""The permissions that each command needs from the caller in AWS, as an IAM policy."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cloudflare_budgets_cli.settings import Settings, UsageError

_READ_BUDGETS = ("ssm:GetParametersByPath", "ssm:GetParameter", "ssm:ListTagsForResource")
_WRITE_BUDGETS = ("ssm:PutParameter", "ssm:AddTagsToResource", "ssm:DeleteParameter")
_READ_ACCOUNTS = ("ssm:GetParametersByPath", "ssm:GetParameter")
_STACK = ("cloudformation:DescribeStacks",)
_READ_CHANNELS = ("ssm:GetParametersByPath", "ssm:GetParameter")
_QUERY = ("dynamodb:Query",)
_MEMORY = ("dynamodb:GetItem", "dynamodb:Query")

# Each: actions on a kind of resource.
_PLAN = ((_READ_BUDGETS, "budgets"), (_READ_ACCOUNTS, "accounts"), (_STACK, "stack"), (_MEMORY, "table"))
COMMANDS: Mapping[str, Sequence[tuple[Sequence[str], str]]] = {
    "plan": _PLAN,
    "apply": (*_PLAN, (_WRITE_BUDGETS, "budgets")),
    # Without a stored standing, and with --now, `status` invokes the function.
    "status": (
        (_STACK, "stack"),
        (_QUERY, "table"),
        (_QUERY, "index"),
        (("lambda:InvokeFunction",), "function"),
    ),
    "why": (
        (_STACK, "stack"),
        (_QUERY, "table"),
        (_QUERY, "index"),
        (_READ_BUDGETS, "budgets"),
        (("sns:ListSubscriptionsByTopic",), "topic"),
        (_READ_CHANNELS, "channels"),
    ),
    "history": ((_STACK, "stack"), (_QUERY, "table"), (_QUERY, "index")),
    "show": ((_STACK, "stack"), (_MEMORY, "table"), (_QUERY, "index")),
    "ack": ((_STACK, "stack"), ((*_QUERY, "dynamodb:UpdateItem"), "table"), (_QUERY, "index")),
    "mute": ((_READ_BUDGETS, "budgets"), (("ssm:GetParameter", "ssm:PutParameter"), "mutes")),
    "unmute": ((_READ_BUDGETS, "budgets"), (("ssm:GetParameter", "ssm:PutParameter"), "mutes")),
    "test": (
        (_STACK, "stack"),
        (("sns:Publish",), "topic"),
        (("ssm:GetParameter",), "channels"),
        (("events:PutEvents",), "bus"),
    ),
    "notify": (
        (_STACK, "stack"),
        ((*_READ_CHANNELS, "ssm:PutParameter", "ssm:DeleteParameter"), "channels"),
    ),
    "logs": (
        (_STACK, "stack"),
        (("logs:FilterLogEvents",), "logs"),
    ),
    "account": (
        (_READ_ACCOUNTS, "accounts"),
        (("ssm:PutParameter", "ssm:DeleteParameter"), "accounts"),
        ((*_READ_BUDGETS, *_WRITE_BUDGETS), "budgets"),
    ),
    "doctor": (
        (_STACK, "stack"),
        (_READ_ACCOUNTS, "accounts"),
        (_READ_BUDGETS, "budgets"),
        (_READ_CHANNELS, "channels"),
        (("cloudformation:DescribeStackResource",), "stack"),
        (_MEMORY, "table"),
        (("sns:ListSubscriptionsByTopic",), "topic"),
        (("sqs:GetQueueAttributes",), "queues"),
        (("cloudwatch:DescribeAlarms", "lambda:GetAccountSettings", "ssm:DescribeParameters"), "all"),
        (("lambda:GetFunctionConfiguration",), "function"),
    ),
}


def policy(commands: Iterable[str], settings: Settings) -> Mapping[str, Any]:
    """Return the policy that lets its principal run commands; all of them if none is named.

    Raises:
        UsageError: a command needs no permission, or does not exist.
    """
    names = tuple(commands) or tuple(COMMANDS)
    if unknown := [name for name in names if name not in COMMANDS]:
        raise UsageError(f"{unknown[0]} needs no permission in AWS; expected some of {', '.join(COMMANDS)}")
    actions: dict[str, dict[str, None]] = {}
    for name in names:
        for needed, resource in COMMANDS[name]:
            actions.setdefault(resource, {}).update(dict.fromkeys(needed))
    resources = _resources(settings)
    statements = [
        {"Effect": "Allow", "Action": sorted(found), "Resource": resources[resource]}
        for resource, found in actions.items()
    ]
    if {"accounts", "channels"} & actions.keys():
        statements.append(_DECRYPT)
    return {"Version": "2012-10-17", "Statement": statements}


# Tokens and channels are encrypted with the key of Parameter Store; if you use your own key, name it.
_DECRYPT: dict[str, Any] = {
    "Effect": "Allow",
    "Action": ["kms:Decrypt", "kms:Encrypt"],
    "Resource": "*",
    "Condition": {"StringLike": {"kms:ViaService": "ssm.*.amazonaws.com"}},
}


def _resources(settings: Settings) -> Mapping[str, str | list[str]]:
    region, stack = settings.region or "*", settings.stack
    root = f"arn:aws:ssm:{region}:*:parameter{settings.prefix}"
    return {
        "budgets": [f"{root}/budgets", f"{root}/budgets/*", f"{root}/prices"],
        "accounts": [
            f"{root}/accounts",
            f"{root}/accounts/*",
            f"{root}/tokens",
            f"{root}/tokens/*",
        ],
        "channels": [f"{root}/channels", f"{root}/channels/*", f"{root}/slack/webhook-url"],
        "bus": f"arn:aws:events:{region}:*:event-bus/default",
        "mutes": f"{root}/mutes",
        "stack": f"arn:aws:cloudformation:{region}:*:stack/{stack}/*",
        "table": [f"arn:aws:dynamodb:{region}:*:table/{stack}-*"],
        "index": [f"arn:aws:dynamodb:{region}:*:table/{stack}-*/index/sent"],
        "function": f"arn:aws:lambda:{region}:*:function:{stack}-*",
        "topic": f"arn:aws:sns:{region}:*:{stack}-*",
        "queues": f"arn:aws:sqs:{region}:*:{stack}-*",
        "logs": f"arn:aws:logs:{region}:*:log-group:/aws/lambda/{stack}/*",
        "all": "*",
    }
