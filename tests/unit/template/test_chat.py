"""Slack through Amazon Q Developer: only if configured, with minimal roles, and with alarms about losses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template

FUNCTION = "PostToChatFunction"
CONDITION = "PostsToChat"
QUEUE = {"Fn::GetAtt": ["UndeliveredChatQueue", "Arn"]}
OF_THE_CHAT_ALONE = {
    "ChatTopic",
    "ChatTopicPolicy",
    "ChatChannel",
    "ChatChannelRole",
    "ChatDeliveryAlarm",
    FUNCTION,
    "PostToChatFunctionAlert",
    "PostToChatFunctionAlertPermission",
    "PostToChatFunctionEventInvokeConfig",
    "PostToChatLogGroup",
    "PostToChatRole",
    "PostToChatErrorsAlarm",
    "PostToChatNearTimeoutAlarm",
    "PostToChatThrottlesAlarm",
    "PostToChatDroppedEventsAlarm",
    "PostToChatOldEventsAlarm",
    "PostToChatDestinationAlarm",
    "UndeliveredChatQueue",
    "UndeliveredChatQueuePolicy",
    "UndeliveredChatAlarm",
}
WORKSPACE, CHANNEL = "T07EA123LEP", "C07EZ1ABC23"


def truth(expression: Any, values: dict[str, str]) -> bool:  # noqa: ANN401 - a CloudFormation condition
    [(function, given)] = expression.items()
    if function == "Fn::Equals":
        left, right = (values[each["Ref"]] if isinstance(each, dict) else each for each in given)
        return bool(left == right)
    results = [truth(each, values) for each in given]
    return {"Fn::And": all(results), "Fn::Or": any(results), "Fn::Not": not results[0]}[str(function)]


@pytest.mark.parametrize(
    ("workspace", "channel", "is_used", "is_taken"),
    [
        ("", "", False, True),
        (WORKSPACE, CHANNEL, True, True),
        (WORKSPACE, "", False, False),
        ("", CHANNEL, False, False),
    ],
)
def test_workspace_and_channel_belong_together(
    template: Template, workspace: str, channel: str, *, is_used: bool, is_taken: bool
) -> None:
    values = {"SlackWorkspaceId": workspace, "SlackChannelId": channel}
    [rule] = template.source["Rules"]["SlackWorkspaceAndChannel"]["Assertions"]

    assert truth(template.source["Conditions"][CONDITION], values) is is_used
    assert truth(rule["Assert"], values) is is_taken
    assert "SlackWorkspaceId and SlackChannelId" in rule["AssertDescription"]


def test_everything_for_the_chat_is_created_only_when_it_is_used(template: Template) -> None:
    conditional = {
        name for name, resource in template.resources.items() if resource.get("Condition") == CONDITION
    }

    assert conditional == OF_THE_CHAT_ALONE
    assert template.source["Outputs"]["UndeliveredChatQueueUrl"]["Condition"] == CONDITION


def test_the_channel_subscribes_to_the_chat_topic_and_logs_errors(template: Template) -> None:
    channel = template.only("AWS::Chatbot::SlackChannelConfiguration")

    assert channel["SnsTopicArns"] == [{"Ref": "ChatTopic"}]
    assert channel["SlackWorkspaceId"] == {"Ref": "SlackWorkspaceId"}
    assert channel["SlackChannelId"] == {"Ref": "SlackChannelId"}
    assert channel["LoggingLevel"] == "ERROR"


def test_two_stacks_of_the_same_name_in_two_regions_do_not_collide(template: Template) -> None:
    channel = template.only("AWS::Chatbot::SlackChannelConfiguration")

    assert channel["ConfigurationName"] == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}


def test_members_of_the_channel_have_no_permissions(template: Template) -> None:
    channel = template.only("AWS::Chatbot::SlackChannelConfiguration")
    role = template.of_type("AWS::IAM::Role")["ChatChannelRole"]

    assert channel["IamRoleArn"] == {"Fn::GetAtt": ["ChatChannelRole", "Arn"]}
    assert channel["GuardrailPolicies"] == [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AWSDenyAll"}]
    assert not {"Policies", "ManagedPolicyArns"} & set(role)


def test_the_topic_of_the_chat_is_not_encrypted(template: Template) -> None:
    assert "KmsMasterKeyId" not in template.of_type("AWS::SNS::Topic")["ChatTopic"]


def test_the_function_receives_every_alert_and_stores_those_it_could_not_send(template: Template) -> None:
    subscription = template.of_type("AWS::SNS::Subscription")["PostToChatFunctionAlert"]
    events = template.of_type("AWS::Lambda::EventInvokeConfig")["PostToChatFunctionEventInvokeConfig"]

    assert subscription["TopicArn"] == {"Ref": "AlertTopic"}
    assert "FilterPolicy" not in subscription
    assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": QUEUE}
    assert events["DestinationConfig"]["OnFailure"] == {"Destination": QUEUE}
    assert events["MaximumRetryAttempts"] == 2


def test_the_function_may_publish_to_the_chat_topic_and_no_other(template: Template) -> None:
    granted = {
        str(statement["Action"]): statement["Resource"] for statement in template.statements("PostToChatRole")
    }

    assert granted == {
        "sns:Publish": {"Ref": "ChatTopic"},
        "['logs:CreateLogStream', 'logs:PutLogEvents']": {"Fn::GetAtt": ["PostToChatLogGroup", "Arn"]},
        "sqs:SendMessage": QUEUE,
    }


def test_the_function_is_built_and_run_like_the_check(template: Template) -> None:
    functions = template.of_type("AWS::Lambda::Function")
    ours, check = functions[FUNCTION], functions["CheckBudgetsFunction"]

    for setting in ("Runtime", "Architectures", "Layers", "Handler"):
        assert ours[setting] == check[setting]
    assert ours["Environment"]["Variables"] == {"CHAT_TOPIC_ARN": {"Ref": "ChatTopic"}}


def test_a_message_that_is_not_delivered_to_the_chat_has_an_alarm(template: Template) -> None:
    alarm = template.of_type("AWS::CloudWatch::Alarm")["ChatDeliveryAlarm"]

    assert alarm["MetricName"] == "NumberOfNotificationsFailed"
    assert alarm["Dimensions"] == [{"Name": "TopicName", "Value": {"Fn::GetAtt": ["ChatTopic", "TopicName"]}}]
