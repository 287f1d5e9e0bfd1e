"""What a role grants, and what a function calls."""

from __future__ import annotations

import importlib.util
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from cloudflare_budgets.adapters.aws import clients as aws_clients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


ROOT = Path(__file__).parents[3]
TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text())
PREFIX = "/roles"
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


# What Lambda itself does with the role: it writes the log, keeps what failed for good, and empties a queue.
OF_LAMBDA = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
}


# DynamoDB asks about each part of a transaction, not about the transaction.
PARTS = {"Update": "dynamodb:UpdateItem"}
BUDGETS = "budgets-of-roles"
# The queues of many accounts by what their names in tests begin with.
QUEUES = {"jobs": "JobQueue", "alerts": "SenderQueue"}

Call = tuple[str, str]


@contextmanager
def recorded(*, has_queues: bool = False) -> Iterator[set[Call]]:
    """Note every action on every resource that is asked for, or signed for; with `has_queues` also of SQS."""
    asked: set[Call] = set()
    clients = [
        aws_clients.ssm(),
        aws_clients.dynamodb(),
        aws_clients.sns(),
        aws_clients.s3(),
        aws_clients.events(),
        *([aws_clients.sqs()] if has_queues else []),
    ]

    def note(params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
        service = model.service_model.signing_name
        if model.name == "TransactWriteItems":
            actions = {PARTS[part] for item in params["TransactItems"] for part in item}
        else:
            actions = {f"{service}:{model.name}".replace("sqs:SendMessageBatch", "sqs:SendMessage")}
        asked.update((action, _resource(service, params)) for action in actions)

    for client in clients:
        client.meta.events.register("provide-client-params.*.*", note)
    try:
        yield asked
    finally:
        for client in clients:
            client.meta.events.unregister("provide-client-params.*.*", note)


def _resource(service: str, params: dict[str, Any]) -> str:
    """Name what a call is about, as `granted` names what a statement is about."""
    match service:
        case "ssm":
            name = str(params.get("Path", params.get("Name"))).removeprefix(PREFIX)
            return "parameter" + re.sub(r"^(/accounts|/channels|/tokens)/.*", r"\1/*", name)
        case "dynamodb":
            return "table" + (f"/index/{params['IndexName']}" if "IndexName" in params else "")
        case "sns":
            return str(params["TopicArn"]).rpartition(":")[2]
        case "events":
            return f"event-bus/{params['Entries'][0].get('EventBusName', 'default')}"
        case "sqs":
            return QUEUES[str(params["QueueUrl"]).rpartition("/")[2].partition("-")[0]]
        case _:
            key = "bucket/" + re.sub(r"^(\w+)/.*", r"\1/*", params["Key"])
            return "budgets object" if params["Bucket"] == BUDGETS else key


def granted(role: str, *, has_queues: bool = False) -> set[Call]:
    """Read what a role and the policies attached to it allow; with `has_queues` also on SQS."""
    documents_ = [
        policy["PolicyDocument"] for policy in TEMPLATE["Resources"][role]["Properties"]["Policies"]
    ]
    documents_ += [
        resource["Properties"]["PolicyDocument"]
        for resource in TEMPLATE["Resources"].values()
        if resource["Type"] == "AWS::IAM::Policy" and {"Ref": role} in resource["Properties"]["Roles"]
    ]
    return {
        (action, _granted_resource(resource))
        for document in documents_
        for statement in document["Statement"]
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
        if action not in OF_LAMBDA or (has_queues and action == "sqs:SendMessage")
    }


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - as it stands in a template
    return value if isinstance(value, list) else [value]


def _granted_resource(resource: dict[str, Any]) -> str:
    [found] = resource.values()
    if "Fn::If" in resource:  # the table of this stack, or an existing one
        return _granted_resource(found[1])
    if "Fn::Join" in resource:  # the object that the parameter BudgetsObject names
        return "budgets object"
    if "Fn::Sub" in resource and isinstance(found, list):
        return str(found[0]).replace("${Table}", _granted_resource(found[1]["Table"]))
    text = ".".join(found) if isinstance(found, list) else str(found)
    for written, short in {
        "AlertTable.Arn": "table",
        "${ReportBucket.Arn}": "bucket",
        "AlertTopic": "alerts",
        "OperationsTopic": "operations",
        "ChatTopic": "chat",
    }.items():
        if text == written or text.startswith(f"{written}/"):
            return short + text.removeprefix(written)
    if ":events:" in text or text.endswith("Queue.Arn"):
        return text.rpartition(":")[2].removesuffix(".Arn")
    return "parameter" + text.partition("${ParameterPrefix}")[2]


@contextmanager
def handler_of(function: str, now: datetime = NOW) -> Iterator[Callable[[dict[str, Any]], Any]]:
    """Load a function's handler, anew, with a clock that stands still."""
    path = ROOT / "functions" / function / "handler.py"
    spec = importlib.util.spec_from_file_location(f"handler_of_{function}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module)["_now"] = lambda: now
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 250_000)
    yield lambda event: module.lambda_handler(event, context)
