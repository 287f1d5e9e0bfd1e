"""The names that are part of the public contract, and the valid values of each parameter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets import VERSION

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template


def test_parameters_have_the_documented_names_and_defaults(template: Template) -> None:
    defaults = {name: parameter["Default"] for name, parameter in template.source["Parameters"].items()}

    assert defaults == {
        "ParameterPrefix": "/cloudflare-budgets",
        "BudgetsObject": "",
        "AlertEmail": "",
        "OperationsEmail": "",
        "SlackWebhookEnabled": "false",
        "SlackWorkspaceId": "",
        "SlackChannelId": "",
        "ChannelsEnabled": "false",
        "ScheduleExpression": "rate(1 hour)",
        "ManyAccounts": "false",
        "DigestSchedule": "cron(0 8 ? * MON *)",
        "HeartbeatHours": 2,
        "PingEnabled": "false",
        "DigestReport": "false",
        "UsageApi": "auto",
        "FreshUsage": "auto",
        "BudgetMetrics": "auto",
        "CloudflareApiUrl": "https://api.cloudflare.com/client/v4",
        "StaleAfterHours": 54,
        "ExistingTable": "",
        "LogRetentionDays": 30,
    }


def test_outputs_have_the_documented_names(template: Template) -> None:
    assert set(template.source["Outputs"]) == {
        "CheckBudgetsFunctionName",
        "AlertTopicArn",
        "OperationsTopicArn",
        "AlertTableName",
        "FailedRunsQueueUrl",
        "PlanChecksFunctionName",
        "FailedJobsQueueUrl",
        "UnsentAlertsQueueUrl",
        "UndeliveredSlackQueueUrl",
        "UndeliveredChatQueueUrl",
        "UndeliveredChannelQueueUrl",
        "ReportBucketName",
    }


def test_every_parameter_has_a_description_and_a_constraint(template: Template) -> None:
    for name, parameter in template.source["Parameters"].items():
        assert parameter["Description"], name
        assert parameter["ConstraintDescription"], name
        assert {"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter), name


def test_every_parameter_is_in_one_group_and_has_a_label(template: Template) -> None:
    interface = template.source["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]

    assert sorted(grouped) == sorted(template.source["Parameters"])
    assert set(interface["ParameterLabels"]) == set(template.source["Parameters"])


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("CloudflareApiUrl", "https://api.cloudflare.com/client/v4"),
        ("CloudflareApiUrl", "http://127.0.0.1:8787/client/v4"),
        ("CloudflareApiUrl", "http://localhost:8787"),
        ("ParameterPrefix", "/team/cloudflare-budgets"),
        ("AlertEmail", ""),
        ("AlertEmail", "billing@example.com"),
        ("OperationsEmail", "on-call+budgets@example.co.uk"),
        ("SlackWorkspaceId", "T07EA123LEP"),
        ("SlackChannelId", "C07EZ1ABC23"),
        ("SlackChannelId", ""),
        ("ScheduleExpression", "rate(1 hour)"),
        ("ScheduleExpression", "rate(15 minutes)"),
        ("ScheduleExpression", "cron(15 6 * * ? *)"),
        ("ExistingTable", ""),
        ("ExistingTable", "cloudflare-budgets-AlertTable-1ABC2DEF3GHI"),
    ],
)
def test_a_valid_value_is_accepted(template: Template, parameter: str, value: str) -> None:
    assert re.fullmatch(template.source["Parameters"][parameter]["AllowedPattern"], value)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("CloudflareApiUrl", "http://api.cloudflare.com/client/v4"),
        ("CloudflareApiUrl", "http://127.0.0.1.example.com/client/v4"),
        ("CloudflareApiUrl", "http://127.0.0.1@example.com/client/v4"),
        ("CloudflareApiUrl", "https://user:password@example.com"),
        ("CloudflareApiUrl", "https://api.cloudflare.com/client/v4?a=b"),
        ("CloudflareApiUrl", "https://api.cloudflare.com/client/v4/"),
        ("CloudflareApiUrl", "ftp://127.0.0.1"),
        ("ParameterPrefix", "cloudflare-budgets"),
        ("ParameterPrefix", "/cloudflare-budgets/"),
        ("ParameterPrefix", "/aws/budgets"),
        ("ParameterPrefix", "/*"),
        ("AlertEmail", "nobody"),
        ("AlertEmail", "one@example.com,two@example.com"),
        ("OperationsEmail", "on call@example.com"),
        ("SlackWorkspaceId", "example.slack.com"),
        ("SlackChannelId", "#alerts"),
        ("SlackChannelId", "alerts"),
        ("ScheduleExpression", "hourly"),
        ("ScheduleExpression", "at(2026-11-22T10:00:00)"),
        ("ExistingTable", "arn:aws:dynamodb:eu-west-1:123456789012:table/alerts"),
        ("ExistingTable", "*"),
    ],
)
def test_an_invalid_value_is_rejected(template: Template, parameter: str, value: str) -> None:
    assert not re.fullmatch(template.source["Parameters"][parameter]["AllowedPattern"], value)


def test_trap_37_another_path_of_an_alpha_api_needs_no_new_deployment_package(template: Template) -> None:
    pattern = template.source["Parameters"]["CloudflareApiUrl"]["AllowedPattern"]

    assert re.fullmatch(pattern, "https://api.cloudflare.com/client/v5")


def test_the_function_has_the_settings_that_it_reads(template: Template) -> None:
    assert template.of_type("AWS::Lambda::Function")["CheckBudgetsFunction"]["Environment"]["Variables"] == {
        "PARAMETER_PREFIX": {"Ref": "ParameterPrefix"},
        "BUDGETS_OBJECT": {"Ref": "BudgetsObject"},
        "ALERT_TOPIC_ARN": {"Ref": "AlertTopic"},
        "ALERT_EMAIL": {"Ref": "AlertEmail"},
        "OPERATIONS_TOPIC_ARN": {"Ref": "OperationsTopic"},
        "OPERATIONS_EMAIL": {"Ref": "OperationsEmail"},
        "ALERT_TABLE_NAME": {"Fn::If": ["CreatesTable", {"Ref": "AlertTable"}, {"Ref": "ExistingTable"}]},
        "CLOUDFLARE_API_URL": {"Ref": "CloudflareApiUrl"},
        "USAGE_API": {"Ref": "UsageApi"},
        "FRESH_USAGE": {"Ref": "FreshUsage"},
        "STALE_AFTER_HOURS": {"Ref": "StaleAfterHours"},
        "BUDGET_METRICS": {"Ref": "BudgetMetrics"},
        "PING_ENABLED": {"Ref": "PingEnabled"},
        "SENDER_QUEUE_URL": {"Fn::If": ["ChecksManyAccounts", {"Ref": "SenderQueue"}, ""]},
        "HEARTBEAT_HOURS": {"Ref": "HeartbeatHours"},
        "REPORT_BUCKET_NAME": {"Fn::If": ["KeepsReports", {"Ref": "ReportBucket"}, ""]},
        "POWERTOOLS_SERVICE_NAME": {"Ref": "AWS::StackName"},
        "POWERTOOLS_METRICS_NAMESPACE": "CloudflareBudgets",
    }


def test_mail_is_sent_only_to_the_addresses_in_the_parameters(template: Template) -> None:
    conditions = {
        resource["Properties"]["Endpoint"]["Ref"]: resource.get("Condition")
        for resource in template.resources.values()
        if resource["Type"] == "AWS::SNS::Subscription" and resource["Properties"]["Protocol"] == "email"
    }

    assert conditions == {"AlertEmail": "HasAlertEmail", "OperationsEmail": "HasOperationsEmail"}


def test_the_function_names_the_version_that_is_deployed(template: Template) -> None:
    properties = template.source["Resources"]["CheckBudgetsFunction"]["Properties"]
    assert properties["Description"].startswith(f"Version {VERSION}. ")
    assert len(properties["Description"]) <= 256
