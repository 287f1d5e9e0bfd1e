"""Switches off what costs money when a budget has reached its limit."""

import json
import os
from typing import Any

import boto3

ssm = boto3.client("ssm")


def lambda_handler(event: dict[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda's
    """Write `off`, and why, into the switch; doing so twice changes nothing."""
    for record in event["Records"]:
        alert = json.loads(record["messageAttributes"]["alert"]["stringValue"])
        # The subscription's filter policy lets nothing else through. To act on money, ask twice.
        if (alert["version"], alert["type"], alert["severity"]) != ("1", "threshold_crossed", "critical"):
            continue
        state = {
            "state": "off",
            "budget": alert["budget"]["name"],
            "percent_of_limit": alert.get("percent_of_limit"),
            "alert_id": alert["alert_id"],
        }
        ssm.put_parameter(Name=os.environ["SWITCH_NAME"], Value=json.dumps(state), Overwrite=True)
