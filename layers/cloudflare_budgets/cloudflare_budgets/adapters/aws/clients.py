"""Clients of AWS: made on first use, once per process, with limits that no environment changes."""

from functools import cache
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.session import Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_ssm import SSMClient


# botocore waits 60 s for a connection and again for each answer, and its number of attempts differs
# from service to service and obeys AWS_MAX_ATTEMPTS, unless `total_max_attempts` is given.
PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=2, read_timeout=5)
# A publish whose answer got lost may have arrived: sent again by the SDK, it would be a silent copy.
ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=2, read_timeout=5)
# Else botocore signs links the old way where that still works, and for the global address, from which a
# young bucket sends people on to its region's: the signature is not for that one.
REGIONAL = PATIENT.merge(
    Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    )
)


@cache
def _session() -> Session:
    # Clients of one session share what is slow to load. boto3's clients are these very ones, but
    # importing boto3 brings in S3's transfers too, a twentieth of a cold start.
    return Session()


@cache
def ssm() -> "SSMClient":
    """Give the client for Parameter Store."""
    return cast("SSMClient", _session().create_client("ssm", config=PATIENT))


@cache
def dynamodb() -> "DynamoDBClient":
    """Give the client for the alert table."""
    return cast("DynamoDBClient", _session().create_client("dynamodb", config=PATIENT))


@cache
def sns() -> "SNSClient":
    """Give the client for the alert topic, which makes one attempt and no more."""
    return cast("SNSClient", _session().create_client("sns", config=ONCE))


@cache
def s3() -> "S3Client":
    """Give the client for the report bucket, whose links lead to the bucket's own region."""
    return cast("S3Client", _session().create_client("s3", config=REGIONAL))


def error_code(error: Exception) -> str:
    """Name an error of the SDK in one word: AWS's own code, or else the exception's name."""
    response = getattr(error, "response", None)
    found = response.get("Error") if isinstance(response, dict) else None
    code = found.get("Code") if isinstance(found, dict) else None
    return str(code) if code else type(error).__name__
