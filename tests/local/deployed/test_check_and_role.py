"""The deployed function works with the role of the template, and the role permits nothing else."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.local.conftest import NOW
from tests.local.queue import Queue
from tests.schemas.alert import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.local.conftest import Deployment

AS_OF = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")

# A function with the role of the function under test, which makes any call.
PROBE = """
import boto3

def handler(event, context):
    try:
        getattr(boto3.client(event["service"]), event["call"])(**event["arguments"])
    except Exception as error:
        return error.response["Error"]["Code"]
    return "allowed"
"""


def test_the_function_checks_budgets_with_the_templates_role(deployment: Deployment) -> None:
    [account] = deployment.first.reply["accounts"]

    assert account["source"] == "v2"
    assert [(budget["name"], budget["status"]) for budget in account["budgets"]] == [("spend", "breached")]
    assert {alert["type"]: alert["state"] for alert in account["alerts"]} == {
        "threshold_crossed": "sent",
        "spike": "already_sent",  # in the message of its budget
    }
    assert [(each["kind"], each["subject"]) for each in account["problems"]] == [
        ("invalid_budget", "mistaken")
    ]
    assert account["budgets"][0]["forecast"]["complete_days"] == 35


def test_the_alert_is_delivered_as_text_and_as_json(deployment: Deployment) -> None:
    deliveries = {one.attributes["type"]: one for one in deployment.first.mails}
    crossed = deliveries["threshold_crossed"]
    assert all(checked(one.alert) for one in deliveries.values())

    assert crossed.subject.startswith("spend over limit: ")
    assert "50 USD" in crossed.body
    assert crossed.alert["budget"]["limit"] == {"amount": "50", "unit": "USD"}
    assert crossed.alert["severity"] == crossed.attributes["severity"] == "critical"
    assert [(each["type"], each["budget"]) for each in crossed.alert["also"]] == [("spike", "spend")]


def test_a_second_check_sends_nothing_again(deployment: Deployment) -> None:
    deployment.watcher.mailbox.read()
    second = deployment.watcher.check(as_of=AS_OF)

    assert {alert["state"] for account in second["accounts"] for alert in account["alerts"]} == {
        "already_sent"
    }
    assert deployment.watcher.mailbox.read() == []


def test_the_log_does_not_contain_the_token(deployment: Deployment) -> None:
    [account] = deployment.first.reply["accounts"]
    parameter = f"/cloudflare-budgets/accounts/{account['account_id']}/api-token"
    ssm = boto3.client("ssm", **deployment.aws.connection)
    token = ssm.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]

    assert token not in "\n".join(deployment.watcher.log())
    assert token not in json.dumps(deployment.first.reply)


def test_a_run_that_fails_on_every_attempt_is_sent_to_the_queue_of_failed_runs(
    deployment: Deployment,
) -> None:
    boto3.client("lambda", **deployment.aws.connection).invoke(
        FunctionName=deployment.stack.outputs["CheckBudgetsFunctionName"],
        InvocationType="Event",
        Payload=b'{"action": "nonsense"}',
    )

    record = json.loads(Queue(deployment, deployment.stack.outputs["FailedRunsQueueUrl"]).take())
    assert record["requestPayload"] == {"action": "nonsense"}
    assert record["requestContext"]["approximateInvokeCount"] == 3


@pytest.fixture(scope="module")
def probe(deployment: Deployment) -> str:
    """The name of a function with the role of the function under test, and with the boto3 of the runtime.

    The layer describes only the operations that a check calls.
    """
    functions = boto3.client("lambda", **deployment.aws.connection)
    under_test = functions.get_function_configuration(
        FunctionName=deployment.stack.outputs["CheckBudgetsFunctionName"]
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("probe.py", PROBE)
    functions.create_function(
        FunctionName="probe",
        Role=under_test["Role"],
        Runtime="python3.13",
        Handler="probe.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    return "probe"


@pytest.mark.parametrize(
    ("service", "call", "arguments"),
    [
        ("ssm", "get_parameters_by_path", {"Path": "/cloudflare-budgets"}),
        ("ssm", "get_parameters_by_path", {"Path": "/"}),
        ("ssm", "get_parameter", {"Name": "/cloudflare-budgets/budgets/spend"}),
        ("ssm", "put_parameter", {"Name": "/cloudflare-budgets/budgets/x", "Value": "x", "Type": "String"}),
        ("dynamodb", "scan", {"TableName": "{AlertTableName}"}),
        (
            "dynamodb",
            "delete_item",
            {"TableName": "{AlertTableName}", "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}},
        ),
        (
            "dynamodb",
            "put_item",
            {"TableName": "{AlertTableName}", "Item": {"pk": {"S": "a"}, "sk": {"S": "b"}}},
        ),
        ("sns", "publish", {"TopicArn": "{OperationsTopicArn}", "Message": "hello"}),
        (
            "sns",
            "subscribe",
            {"TopicArn": "{AlertTopicArn}", "Protocol": "email", "Endpoint": "a@example.com"},
        ),
        ("sns", "delete_topic", {"TopicArn": "{AlertTopicArn}"}),
    ],
)
def test_the_role_is_denied_what_a_check_does_not_need(
    deployment: Deployment, probe: str, service: str, call: str, arguments: dict[str, object]
) -> None:
    named = {key: filled(value, deployment.stack.outputs) for key, value in arguments.items()}

    assert ask(deployment, probe, service, call, named) in {"AccessDeniedException", "AuthorizationError"}


def test_the_probe_is_allowed_what_a_check_needs(deployment: Deployment, probe: str) -> None:
    path = {"Path": "/cloudflare-budgets/budgets"}

    assert ask(deployment, probe, "ssm", "get_parameters_by_path", path) == "allowed"


def filled(value: object, outputs: Mapping[str, str]) -> object:
    return value.format_map(outputs) if isinstance(value, str) else value


def ask(deployment: Deployment, probe: str, service: str, call: str, arguments: Mapping[str, object]) -> str:
    answer = boto3.client("lambda", **deployment.aws.connection).invoke(
        FunctionName=probe,
        Payload=json.dumps({"service": service, "call": call, "arguments": arguments}),
    )
    return str(json.loads(answer["Payload"].read()))
