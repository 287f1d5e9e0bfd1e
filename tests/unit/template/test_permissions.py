"""Every role has the permissions it needs and no others; topics and queues deny plain HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template

OWN_PARAMETERS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${ParameterPrefix}"
TOKENS = {"Fn::Sub": f"{OWN_PARAMETERS}/accounts/*"}
SHARED_TOKENS = {"Fn::Sub": f"{OWN_PARAMETERS}/tokens/*"}
CHANNELS = {"Fn::Sub": f"{OWN_PARAMETERS}/channels/*"}
ROLES = (
    *("CheckBudgetsRole", "ScheduleRole", "PostToSlackRole", "PostToChatRole", "PostToChannelsRole"),
    *("PlanChecksRole", "CheckAccountRole", "SendAlertsRole"),
)


def as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("role", ROLES)
def test_no_role_is_granted_a_wildcard_except_those_of_tokens_and_channels(
    template: Template, role: str
) -> None:
    for statement in template.statements(role):
        for granted in as_list(statement["Action"]) + as_list(statement["Resource"]):
            assert "*" not in str(granted) or granted in (TOKENS, SHARED_TOKENS, CHANNELS), statement["Sid"]


def test_the_function_has_exactly_the_permissions_of_a_check(template: Template) -> None:
    granted = [
        action
        for statement in template.statements("CheckBudgetsRole")
        for action in as_list(statement["Action"])
    ]

    assert sorted(map(str, granted)) == [
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sns:ListSubscriptionsByTopic",
        "sns:Publish",
        "sqs:SendMessage",
        "ssm:GetParameter",
        "ssm:GetParametersByPath",
    ]


def test_parameters_that_are_read_by_their_names_are_tokens_own_prices_and_mutes(template: Template) -> None:
    [statement] = [
        each for each in template.statements("CheckBudgetsRole") if each["Action"] == "ssm:GetParameter"
    ]

    named = [{"Fn::Sub": f"{OWN_PARAMETERS}/{name}"} for name in ("prices", "mutes")]
    assert statement["Resource"] == [TOKENS, SHARED_TOKENS, *named]


def test_the_url_of_the_ping_is_readable_only_if_the_ping_is_enabled(template: Template) -> None:
    policy = template.of_type("AWS::IAM::Policy")["PingPolicy"]
    [statement] = policy["PolicyDocument"]["Statement"]

    assert template.resources["PingPolicy"]["Condition"] == "PingsOutside"
    assert policy["Roles"] == [{"Ref": "CheckBudgetsRole"}]
    assert statement["Action"] == "ssm:GetParameter"
    assert statement["Resource"] == {"Fn::Sub": f"{OWN_PARAMETERS}/ping-url"}


def test_sam_adds_no_role_and_no_managed_policy(template: Template) -> None:
    roles = template.of_type("AWS::IAM::Role")

    assert set(roles) == {*ROLES, "ChatChannelRole"}
    assert not [name for name, role in roles.items() if "ManagedPolicyArns" in role]
    assert set(template.of_type("AWS::IAM::Policy")) == {
        *("KeepReportsPolicy", "PingPolicy", "StartPlanPolicy", "StartSenderPolicy"),
        *("BudgetsObjectPolicy", "BudgetsObjectPolicyOfWorkers"),
    }


def test_only_the_alert_topic_may_invoke_its_subscribers(template: Template) -> None:
    for permission in template.of_type("AWS::Lambda::Permission").values():
        assert permission["Principal"] == "sns.amazonaws.com"
        assert permission["SourceArn"] == {"Ref": "AlertTopic"}


def test_only_schedules_of_this_account_may_start_a_check(template: Template) -> None:
    role = template.of_type("AWS::IAM::Role")["ScheduleRole"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    group = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/default"
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}, "aws:SourceArn": {"Fn::Sub": group}}
    }


def test_only_this_stacks_alarms_and_eventbridge_may_publish_operations_messages(template: Template) -> None:
    by_alarms, by_rules = [
        statement
        for policy in template.of_type("AWS::SNS::TopicPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert by_alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert by_alarms["Action"] == by_rules["Action"] == "sns:Publish"
    assert by_alarms["Resource"] == by_rules["Resource"] == {"Ref": "OperationsTopic"}
    alarms = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-*"
    assert by_alarms["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnLike": {"aws:SourceArn": {"Fn::Sub": alarms}},
    }
    assert by_rules["Principal"] == {"Service": "events.amazonaws.com"}
    # EventBridge sends no context to SNS: a condition would deny its messages. Other accounts need a role.
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html
    assert "Condition" not in by_rules


def test_topics_and_queues_deny_plain_http(template: Template) -> None:
    refusing = {
        resource["Ref"]
        for kind, key in (("AWS::SNS::TopicPolicy", "Topics"), ("AWS::SQS::QueuePolicy", "Queues"))
        for policy in template.of_type(kind).values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for resource in policy[key]
    }

    assert refusing == {*template.of_type("AWS::SNS::Topic"), *template.of_type("AWS::SQS::Queue")}


def test_queues_and_the_alert_topic_are_encrypted(template: Template) -> None:
    assert template.of_type("AWS::SNS::Topic")["AlertTopic"]["KmsMasterKeyId"] == "alias/aws/sns"
    for queue in template.of_type("AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True


def test_the_object_with_budgets_is_readable_only_if_it_is_named_and_nothing_else_in_its_bucket(
    template: Template,
) -> None:
    policies = template.of_type("AWS::IAM::Policy")
    conditions = {
        name: template.resources[name]["Condition"]
        for name in ("BudgetsObjectPolicy", "BudgetsObjectPolicyOfWorkers")
    }
    assert conditions == {
        "BudgetsObjectPolicy": "ReadsBudgetsObject",
        "BudgetsObjectPolicyOfWorkers": "WorkersReadBudgetsObject",
    }
    for name in conditions:
        [statement] = policies[name]["PolicyDocument"]["Statement"]
        assert statement["Action"] == "s3:GetObject"
        path = {"Fn::Select": [1, {"Fn::Split": ["s3://", {"Ref": "BudgetsObject"}]}]}
        assert statement["Resource"] == {"Fn::Join": ["", [{"Fn::Sub": "arn:${AWS::Partition}:s3:::"}, path]]}
