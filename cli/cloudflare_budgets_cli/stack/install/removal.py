"""The command `destroy`: deletes the stack, and on request everything that outlives it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets_cli.screens.asking import ask
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import CommandError, ExitCode, Settings, UsageError
from cloudflare_budgets_cli.stack.install.deployment import stack_status
from cloudflare_budgets_cli.stack.session import Aws, errors_explained

_GONE = frozenset({"ResourceNotFoundException", "ParameterNotFound", "NoSuchBucket"})
# A bucket of reports holds a page for each digest of two weeks.
_DELAY, _ATTEMPTS = 2, 450


@dataclass(frozen=True, slots=True)
class _Remainder:
    """Something that outlives the stack, and how it is removed."""

    name: str
    remove: Callable[[], None]


def destroy(settings: Settings, *, removes_all: bool, is_confirmed: bool, is_dry_run: bool) -> ExitCode:
    """Delete the stack; list what outlives it, and remove that too with `removes_all`.

    Raises:
        UsageError: there is neither a stack nor anything that outlived it, or no terminal to ask on.
        CommandError: AWS does not answer, refuses a call, or fails to delete the stack.
    """
    aws, screen = Aws(settings), Screen(settings)
    state, left = stack_status(aws), list(_remainders(aws))
    if state is None and not left:
        raise UsageError(f"there is no stack {settings.stack} and no parameter below {settings.prefix}")
    _check_prefix(aws, has_stack=state is not None)
    print(f"Deletes the stack {settings.stack}." if state else f"There is no stack {settings.stack}.")
    if left:
        print("Removes as well:" if removes_all else "Outlives the stack; --all removes it:")
    for each in left:
        print(f"  {each.name}")
    if state is None and not removes_all:
        screen.advise("Nothing was deleted; to remove what outlived the stack, add --all")
        return ExitCode.OK
    print("Kept always: the bucket of SAM (stack aws-sam-cli-managed-default), which other projects may use.")
    if is_dry_run or not (is_confirmed or _is_agreed(settings.stack)):
        screen.advise("Nothing was deleted")
        return ExitCode.OK
    if state:
        with screen.progress("Deleting the stack"):
            _delete_stack(aws)
        screen.advise(f"Deleted the stack {settings.stack}")
    for each in left if removes_all else ():
        _remove(each)
        screen.advise(f"Removed {each.name}")
    if removes_all:
        screen.advise("Finally, revoke the token: https://dash.cloudflare.com/profile/api-tokens")
    return ExitCode.OK


def _check_prefix(aws: Aws, *, has_stack: bool) -> None:
    """Raise an error if the stack reads other parameters than those that would be deleted."""
    prefix = aws.parameters.get("ParameterPrefix", aws.settings.prefix) if has_stack else aws.settings.prefix
    if prefix != aws.settings.prefix:
        raise UsageError(
            f"the stack {aws.settings.stack} reads its parameters below {prefix}: add --prefix {prefix} "
            "before the command"
        )


def _is_agreed(stack: str) -> bool:
    return ask(f"Write the name of the stack to delete it ({stack})", "add --yes") == stack


def _delete_stack(aws: Aws) -> None:
    name = aws.settings.stack
    with errors_explained():
        aws.cloudformation().delete_stack(StackName=name)
        waiter = aws.cloudformation().get_waiter("stack_delete_complete")
        try:
            waiter.wait(StackName=name, WaiterConfig={"Delay": _DELAY, "MaxAttempts": _ATTEMPTS})
        except WaiterError:
            state = stack_status(aws)
            raise CommandError(
                f"the stack {name} was not deleted; it is in the state {state}. See its events in the "
                "CloudFormation console, then run the command again"
            ) from None


def _remove(each: _Remainder) -> None:
    with errors_explained():
        try:
            each.remove()
        except ClientError as error:
            if error_code(error) not in _GONE:
                raise


def _remainders(aws: Aws) -> Iterator[_Remainder]:
    """Yield the table and the bucket that the stack retains, and every parameter of the prefix."""
    tables, buckets = _retained(aws)
    for table in tables:
        text = f"table {table} (sent alerts and daily usage)"
        yield _Remainder(text, lambda table=table: _delete_table(aws, table))  # type: ignore[misc]
    for bucket in buckets:
        yield _Remainder(f"bucket {bucket} (reports)", lambda bucket=bucket: _delete_bucket(aws, bucket))  # type: ignore[misc]
    with errors_explained():
        pages = aws.ssm().get_paginator("get_parameters_by_path")
        names = [
            each["Name"]
            for page in pages.paginate(Path=aws.settings.prefix, Recursive=True)
            for each in page["Parameters"]
        ]
    for name in names:
        yield _Remainder(f"parameter {name}", lambda name=name: _delete_parameter(aws, name))  # type: ignore[misc]


def _retained(aws: Aws) -> tuple[Sequence[str], Sequence[str]]:
    """Return the names of tables and buckets, by outputs, or by name if the stack is deleted."""
    if stack_status(aws):
        outputs = aws.outputs
        return (
            [outputs[name] for name in ("AlertTableName",) if name in outputs],
            [outputs[name] for name in ("ReportBucketName",) if name in outputs],
        )
    table, bucket = f"{aws.settings.stack}-AlertTable-", f"{aws.settings.stack}-reportbucket-".lower()
    s3: Any = aws.client("s3")
    with errors_explained():
        pages = aws.dynamodb().get_paginator("list_tables").paginate()
        tables = [name for page in pages for name in page["TableNames"] if name.startswith(table)]
        names = [each["Name"] for each in s3.list_buckets()["Buckets"]]
    return tables, [name for name in names if name.startswith(bucket)]


def _delete_parameter(aws: Aws, name: str) -> None:
    aws.ssm().delete_parameter(Name=name)


def _delete_table(aws: Aws, table: str) -> None:
    client = aws.dynamodb()
    client.update_table(TableName=table, DeletionProtectionEnabled=False)
    client.get_waiter("table_exists").wait(TableName=table)
    client.delete_table(TableName=table)


def _delete_bucket(aws: Aws, bucket: str) -> None:
    client: Any = aws.client("s3")
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            client.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    client.delete_bucket(Bucket=bucket)
