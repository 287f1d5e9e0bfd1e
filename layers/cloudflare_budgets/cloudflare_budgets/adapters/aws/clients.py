"""Clients of AWS, created once per process, with timeouts that no environment changes."""

import ssl
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.httpsession import URLLib3Session, get_cert_path
from botocore.session import Session
from botocore.utils import get_environ_proxies

from cloudflare_budgets.adapters.http.tls import tls_context

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from urllib3 import HTTPSConnectionPool

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


class _SharedTls(URLLib3Session):
    """Trusts the authorities of botocore's HTTP session, without loading them per connection.

    https://github.com/boto/botocore/issues/3171
    """

    _verify: bool

    def _get_ssl_context(self) -> ssl.SSLContext:
        return tls_context(get_cert_path(self._verify) or "")

    def _setup_ssl_cert(self, conn: "HTTPSConnectionPool", url: str, verify: object) -> None:
        super()._setup_ssl_cert(conn, url, verify)  # type: ignore[misc]
        conn.ca_certs = None  # the context has loaded them


def _client(service: str, config: Config) -> "BaseClient":
    """Return a client that shares one TLS context with all other connections."""
    client = _session().create_client(service, config=config)
    # botocore has no public way to choose the class of the HTTP session.
    endpoint, settings = cast("Any", client)._endpoint, cast("Any", client.meta.config)  # noqa: SLF001
    given = endpoint.http_session
    endpoint.http_session = _SharedTls(
        verify=given._verify,  # noqa: SLF001 - True, or the file that AWS_CA_BUNDLE names
        proxies=get_environ_proxies(endpoint.host),
        timeout=(settings.connect_timeout, settings.read_timeout),  # type: ignore[arg-type]
        max_pool_connections=settings.max_pool_connections,
        socket_options=given._socket_options,  # noqa: SLF001
    )
    return client


@cache
def ssm() -> "SSMClient":
    """Return the client for Parameter Store."""
    return cast("SSMClient", _client("ssm", PATIENT))


@cache
def dynamodb() -> "DynamoDBClient":
    """Return the client for the alert table."""
    return cast("DynamoDBClient", _client("dynamodb", PATIENT))


@cache
def sns() -> "SNSClient":
    """Return the client for topics, which makes only one attempt."""
    return cast("SNSClient", _client("sns", ONCE))


@cache
def sqs() -> "SQSClient":
    """Return the client for the queue of the channels, which makes only one attempt."""
    return cast("SQSClient", _client("sqs", ONCE))


@cache
def events() -> "EventBridgeClient":
    """Return the client for EventBridge, which makes only one attempt."""
    return cast("EventBridgeClient", _client("events", ONCE))


@cache
def s3() -> "S3Client":
    """Return the client for the report bucket, which signs links for the region of the bucket."""
    return cast("S3Client", _client("s3", REGIONAL))


def error_code(error: Exception) -> str:
    """Return AWS's code of an error of the SDK, or the name of the exception if it has none."""
    response = getattr(error, "response", None)
    found = response.get("Error") if isinstance(response, dict) else None
    code = found.get("Code") if isinstance(found, dict) else None
    return str(code) if code else type(error).__name__
