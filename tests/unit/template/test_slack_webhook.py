"""Posting to Slack: only if configured, with a minimal role, and with alarms about losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template

FUNCTION = "PostToSlackFunction"
CONDITION = "PostsToSlackWebhook"
QUEUE = {"Fn::GetAtt": ["SlackQueue", "Arn"]}
UNDELIVERED = {"Fn::GetAtt": ["UndeliveredSlackQueue", "Arn"]}
HOUR = 3600
OF_SLACK_ALONE = {
    FUNCTION,
    "PostToSlackFunctionQueue",
    "PostToSlackLogGroup",
    "PostToSlackRole",
    "PostToSlackErrorsAlarm",
    "PostToSlackNearTimeoutAlarm",
    "PostToSlackThrottlesAlarm",
    "PostToSlackOldMessagesAlarm",
    "SlackQueue",
    "SlackQueuePolicy",
    "SlackSubscription",
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


def test_the_queue_receives_every_alert_with_its_subject_and_stores_undelivered_ones(
    template: Template,
) -> None:
    subscription = template.of_type("AWS::SNS::Subscription")["SlackSubscription"]
    queue = template.of_type("AWS::SQS::Queue")["SlackQueue"]

    assert subscription["TopicArn"] == {"Ref": "AlertTopic"}
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("sqs", QUEUE)
    assert not {"FilterPolicy", "RawMessageDelivery"} & set(subscription)
    assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": UNDELIVERED}
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == UNDELIVERED


def test_only_the_alert_topic_may_send_to_the_queues(template: Template) -> None:
    for name in ("SlackQueue", "UndeliveredSlackQueue"):
        policy = template.of_type("AWS::SQS::QueuePolicy")[f"{name}Policy"]
        [allowed] = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]

        assert policy["Queues"] == [{"Ref": name}]
        assert allowed["Principal"] == {"Service": "sns.amazonaws.com"}
        assert allowed["Action"] == "sqs:SendMessage"
        assert allowed["Resource"] == {"Fn::GetAtt": [name, "Arn"]}
        assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "AlertTopic"}}}


def test_each_alert_is_attempted_alone_and_at_most_two_at_once(template: Template) -> None:
    source = template.of_type("AWS::Lambda::EventSourceMapping")["PostToSlackFunctionQueue"]

    assert source["EventSourceArn"] == QUEUE
    assert source["FunctionName"] == {"Ref": FUNCTION}
    assert source["BatchSize"] == 1
    assert source["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_an_alert_is_retried_for_half_a_day(template: Template) -> None:
    queue = template.of_type("AWS::SQS::Queue")["SlackQueue"]
    tried_for = queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"]

    assert tried_for == 12 * HOUR < queue["MessageRetentionPeriod"]
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    assert queue["VisibilityTimeout"] >= 6 * template.of_type("AWS::Lambda::Function")[FUNCTION]["Timeout"]


def test_the_role_reads_one_parameter_and_receives_from_one_queue(template: Template) -> None:
    granted = {
        str(statement["Action"]): statement["Resource"]
        for statement in template.statements("PostToSlackRole")
    }

    assert set(granted) == {
        "ssm:GetParameter",
        "['logs:CreateLogStream', 'logs:PutLogEvents']",
        "['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']",
    }
    parameter = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${ParameterPrefix}"
    assert granted["ssm:GetParameter"] == {"Fn::Sub": f"{parameter}/slack/webhook-url"}
    assert granted["['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']"] == QUEUE


def test_the_function_is_built_and_run_like_the_check(template: Template) -> None:
    functions = template.of_type("AWS::Lambda::Function")
    ours, check = functions[FUNCTION], functions["CheckBudgetsFunction"]

    for setting in ("Runtime", "Architectures", "Layers", "Handler"):
        assert ours[setting] == check[setting]
    assert ours["Timeout"] == 60
    assert ours["Environment"]["Variables"] == {"PARAMETER_PREFIX": {"Ref": "ParameterPrefix"}}
