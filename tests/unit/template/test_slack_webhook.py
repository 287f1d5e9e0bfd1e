"""Posting to Slack: only when asked for, with a role of its own, and nothing lost in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template

FUNCTION = "PostToSlackFunction"
CONDITION = "PostsToSlackWebhook"
QUEUE = {"Fn::GetAtt": ["UndeliveredSlackQueue", "Arn"]}
OF_SLACK_ALONE = {
    FUNCTION,
    "PostToSlackFunctionAlert",
    "PostToSlackFunctionAlertPermission",
    "PostToSlackFunctionEventInvokeConfig",
    "PostToSlackLogGroup",
    "PostToSlackRole",
    "PostToSlackErrorsAlarm",
    "PostToSlackNearTimeoutAlarm",
    "PostToSlackThrottlesAlarm",
    "PostToSlackDroppedEventsAlarm",
    "PostToSlackOldEventsAlarm",
    "PostToSlackDestinationAlarm",
    "UndeliveredSlackQueue",
    "UndeliveredSlackQueuePolicy",
    "UndeliveredSlackAlarm",
}


def test_everything_for_the_webhook_is_created_only_when_it_is_used(template: Template) -> None:
    conditional = {
        name for name, resource in template.resources.items() if resource.get("Condition") == CONDITION
    }

    assert conditional == OF_SLACK_ALONE
    assert template.source["Outputs"]["UndeliveredSlackQueueUrl"]["Condition"] == CONDITION


def test_the_function_gets_every_alert_and_keeps_what_it_could_not_post(template: Template) -> None:
    subscription = template.of_type("AWS::SNS::Subscription")["PostToSlackFunctionAlert"]
    events = template.of_type("AWS::Lambda::EventInvokeConfig")["PostToSlackFunctionEventInvokeConfig"]

    assert subscription["TopicArn"] == {"Ref": "AlertTopic"}
    assert "FilterPolicy" not in subscription
    assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": QUEUE}
    assert events["DestinationConfig"]["OnFailure"] == {"Destination": QUEUE}
    assert events["MaximumRetryAttempts"] == 2


def test_the_role_reads_one_parameter_and_no_other(template: Template) -> None:
    granted = {
        str(statement["Action"]): statement["Resource"]
        for statement in template.statements("PostToSlackRole")
    }

    assert set(granted) == {
        "ssm:GetParameter",
        "['logs:CreateLogStream', 'logs:PutLogEvents']",
        "sqs:SendMessage",
    }
    assert granted["ssm:GetParameter"]["Fn::Sub"].endswith("parameter${ParameterPrefix}/slack/webhook-url")
    assert granted["sqs:SendMessage"] == QUEUE


def test_the_function_is_built_and_run_like_the_check(template: Template) -> None:
    functions = template.of_type("AWS::Lambda::Function")
    ours, check = functions[FUNCTION], functions["CheckBudgetsFunction"]

    for setting in ("Runtime", "Architectures", "Layers", "Handler"):
        assert ours[setting] == check[setting]
    assert ours["Timeout"] == 60
    assert ours["Environment"]["Variables"] == {"PARAMETER_PREFIX": {"Ref": "ParameterPrefix"}}
