"""Clients of AWS, created once per process, with timeouts that the environment cannot change."""

from functools import cache
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.session import Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient


# By default, botocore waits 60 s for a connection and 60 s for each answer. Its number of attempts depends on
# the service and on AWS_MAX_ATTEMPTS, unless `total_max_attempts` is given.
PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=2, read_timeout=5)
# A publish whose answer was lost may have been accepted; a retry by the SDK would be an unlabelled duplicate.
ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=2, read_timeout=5)
# By default, botocore signs links with an old version where possible, and for the global endpoint, which
# redirects to the regional endpoint of a new bucket, where the signature is invalid.
REGIONAL = PATIENT.merge(
    Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    )
)


@cache
def _session() -> Session:
    # Clients of one session share data that is slow to load. boto3 creates the same clients, but its import
    # loads S3 transfers too, a twentieth of a cold start.
    return Session()


@cache
def ssm() -> "SSMClient":
    """Return the client for Parameter Store."""
    return cast("SSMClient", _session().create_client("ssm", config=PATIENT))


@cache
def dynamodb() -> "DynamoDBClient":
    """Return the client for the alert table."""
    return cast("DynamoDBClient", _session().create_client("dynamodb", config=PATIENT))


@cache
def sns() -> "SNSClient":
    """Return the client for topics, which makes only one attempt."""
    return cast("SNSClient", _session().create_client("sns", config=ONCE))


@cache
def sqs() -> "SQSClient":
    """Return the client for the queue of the channels, which makes only one attempt."""
    return cast("SQSClient", _session().create_client("sqs", config=ONCE))


@cache
def events() -> "EventBridgeClient":
    """Return the client for EventBridge, which makes only one attempt."""
    return cast("EventBridgeClient", _session().create_client("events", config=ONCE))


@cache
def s3() -> "S3Client":
    """Return the client for the report bucket, which signs links for the region of the bucket."""
    return cast("S3Client", _session().create_client("s3", config=REGIONAL))


def error_code(error: Exception) -> str:
    """Return AWS's code of an error of the SDK, or the name of the exception if it has none."""
    response = getattr(error, "response", None)
    found = response.get("Error") if isinstance(response, dict) else None
    code = found.get("Code") if isinstance(found, dict) else None
    return str(code) if code else type(error).__name__
