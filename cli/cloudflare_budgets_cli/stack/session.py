"""Clients of AWS for the profile and region of the command line, and the stack's outputs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)
from botocore.session import Session

from cloudflare_budgets.adapters.aws.clients import PATIENT, error_code
from cloudflare_budgets_cli.settings import CommandError, Settings, UsageError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

# A check answers when it has read every account, which takes up to the timeout of the function. A second
# attempt would start a second check.
_WHOLE_CHECK = PATIENT.merge(Config(read_timeout=900, retries={"total_max_attempts": 1}))
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
_EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)


@dataclass(frozen=True)  # no slots: clients are made when a command needs them
class Aws:
    """AWS as the global options select it."""

    settings: Settings
    _clients: dict[str, object] = field(default_factory=dict)

    @cached_property
    def session(self) -> Session:
        """The session of botocore."""
        return Session(profile=self.settings.profile)

    def client(self, service: str) -> object:
        """Return the client of a service."""
        if service not in self._clients:
            with errors_explained():
                region = self.settings.region
                config = _WHOLE_CHECK if service == "lambda" else PATIENT
                self._clients[service] = self.session.create_client(service, region, config=config)
        return self._clients[service]

    def ssm(self) -> "SSMClient":
        """Return the client for Parameter Store."""
        return cast("SSMClient", self.client("ssm"))

    def dynamodb(self) -> "DynamoDBClient":
        """Return the client for the alert table."""
        return cast("DynamoDBClient", self.client("dynamodb"))

    def cloudformation(self) -> "CloudFormationClient":
        """Return the client for stacks."""
        return cast("CloudFormationClient", self.client("cloudformation"))

    def functions(self) -> "LambdaClient":
        """Return the client for functions."""
        return cast("LambdaClient", self.client("lambda"))

    def logs(self) -> "CloudWatchLogsClient":
        """Return the client for logs."""
        return cast("CloudWatchLogsClient", self.client("logs"))

    def sns(self) -> "SNSClient":
        """Return the client for topics."""
        return cast("SNSClient", self.client("sns"))

    def sqs(self) -> "SQSClient":
        """Return the client for queues."""
        return cast("SQSClient", self.client("sqs"))

    def sts(self) -> "STSClient":
        """Return the client that says who calls."""
        return cast("STSClient", self.client("sts"))

    @property
    def outputs(self) -> Mapping[str, str]:
        """The outputs of the stack by name; raises the errors of `stack`."""
        return {each["OutputKey"]: each["OutputValue"] for each in self.stack.get("Outputs", ())}

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameters of the stack by name; raises the errors of `stack`."""
        return {each["ParameterKey"]: each["ParameterValue"] for each in self.stack.get("Parameters", ())}

    @cached_property
    def stack(self) -> "StackTypeDef":
        """The stack as CloudFormation describes it.

        Raises:
            UsageError: there is no such stack.
            CommandError: AWS does not answer or refuses the call.
        """
        with errors_explained():
            try:
                return self.cloudformation().describe_stacks(StackName=self.settings.stack)["Stacks"][0]
            except ClientError as error:
                if error_code(error) != "ValidationError":
                    raise
                raise UsageError(
                    f"there is no stack {self.settings.stack} in this region: name it with --stack, "
                    "--region and --profile before the command"
                ) from None


@contextmanager
def errors_explained() -> Iterator[None]:
    """Turn errors of AWS into messages that say what to do.

    Raises:
        UsageError: credentials, profile or region are missing.
        CommandError: AWS does not answer or refuses the call.
    """
    try:
        yield
    except (NoCredentialsError, ProfileNotFound) as error:
        raise UsageError(f"AWS: {error}; set AWS_PROFILE, or --profile before the command") from None
    except NoRegionError:
        raise UsageError("AWS: no region is set: set AWS_REGION, or --region before the command") from None
    except ClientError as error:
        raise CommandError(_explained(error)) from None
    except BotoCoreError as error:
        raise CommandError(f"AWS is out of reach: {error}") from None


def _explained(error: ClientError) -> str:
    code, call = error_code(error), error.operation_name
    if code in _DENIED:
        return f"AWS refuses {call}: print the permissions you need with `cloudflare-budgets iam-policy`"
    if code in _EXPIRED:
        return f"AWS refuses the credentials ({code}): sign in again"
    return f"AWS refuses {call}: {code}"
