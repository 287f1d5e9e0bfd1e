"""Posting to channels: only if configured, one message per channel, and with alarms about losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template

CONDITION = "PostsToChannels"
QUEUE = {"Fn::GetAtt": ["ChannelQueue", "Arn"]}
UNDELIVERED = {"Fn::GetAtt": ["UndeliveredChannelQueue", "Arn"]}
HOUR = 3600
OF_CHANNELS_ALONE = {
    "PostToChannelsFunction",
    "PostToChannelsFunctionQueue",
    "PostToChannelsLogGroup",
    "PostToChannelsRole",
    "PostToChannelsErrorsAlarm",
    "PostToChannelsNearTimeoutAlarm",
    "PostToChannelsThrottlesAlarm",
    "PostToChannelsOldMessagesAlarm",
    "ChannelQueue",
    "ChannelQueuePolicy",
    "ChannelSubscription",
    "UndeliveredChannelQueue",
    "UndeliveredChannelQueuePolicy",
    "UndeliveredChannelAlarm",
}


def test_everything_for_channels_is_created_only_when_it_is_used(template: Template) -> None:
    conditional = {
        name for name, resource in template.resources.items() if resource.get("Condition") == CONDITION
    }

    assert conditional == OF_CHANNELS_ALONE
    assert template.source["Outputs"]["UndeliveredChannelQueueUrl"]["Condition"] == CONDITION


def test_the_queue_of_channels_receives_every_alert_and_stores_undelivered_ones(
    template: Template,
) -> None:
    subscription = template.of_type("AWS::SNS::Subscription")["ChannelSubscription"]
    queue = template.of_type("AWS::SQS::Queue")["ChannelQueue"]

    assert subscription["TopicArn"] == {"Ref": "AlertTopic"}
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("sqs", QUEUE)
    assert not {"FilterPolicy", "RawMessageDelivery"} & set(subscription)
    assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": UNDELIVERED}
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == UNDELIVERED


def test_only_the_alert_topic_may_send_to_the_queues_by_their_policies(template: Template) -> None:
    for name in ("ChannelQueue", "UndeliveredChannelQueue"):
        policy = template.of_type("AWS::SQS::QueuePolicy")[f"{name}Policy"]
        [allowed] = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]

        assert policy["Queues"] == [{"Ref": name}]
        assert allowed["Principal"] == {"Service": "sns.amazonaws.com"}
        assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "AlertTopic"}}}


def test_each_channel_is_attempted_alone(template: Template) -> None:
    source = template.of_type("AWS::Lambda::EventSourceMapping")["PostToChannelsFunctionQueue"]

    assert source["EventSourceArn"] == QUEUE
    assert source["BatchSize"] == 1


def test_an_alert_is_retried_for_half_a_day_and_fits_with_its_envelope(template: Template) -> None:
    queues = template.of_type("AWS::SQS::Queue")
    queue = queues["ChannelQueue"]
    tried_for = queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"]

    assert tried_for == 12 * HOUR < queue["MessageRetentionPeriod"]
    assert queue["MaximumMessageSize"] == queues["UndeliveredChannelQueue"]["MaximumMessageSize"] == 1024**2


def test_the_function_may_send_events_of_this_project_only(template: Template) -> None:
    [statement] = [
        each for each in template.statements("PostToChannelsRole") if each["Action"] == "events:PutEvents"
    ]

    assert statement["Condition"] == {"StringEquals": {"events:source": "cloudflare-budgets"}}
