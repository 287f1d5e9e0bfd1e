"""Set the kill switch to off when a budget reaches its limit."""

import json
import os
from typing import Any

import boto3

ssm = boto3.client("ssm")


def lambda_handler(event: dict[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda's
    """Write the state `off` and its reason into the parameter. A repetition has the same result."""
    for record in event["Records"]:
        alert = json.loads(record["messageAttributes"]["alert"]["stringValue"])
        # The subscription already filters. Check again, because the action has consequences.
        if (alert["version"], alert["type"], alert["severity"]) != ("1", "threshold_crossed", "critical"):
            continue
        state = {
            "state": "off",
            "budget": alert["budget"]["name"],
            "percent_of_limit": alert.get("percent_of_limit"),
            "alert_id": alert["alert_id"],
        }
        ssm.put_parameter(Name=os.environ["SWITCH_NAME"], Value=json.dumps(state), Overwrite=True)
