"""Opens what checks have stored: the stack's alert table, or a SQLite file of `--state`."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws.alert_table.alert_log import INDEX, DynamoDbAlertLog
from cloudflare_budgets.adapters.aws.state_store import DynamoDbStateStore
from cloudflare_budgets.errors import StateUnavailableError
from cloudflare_budgets.ports import AlertLog, StandingStore
from cloudflare_budgets_cli.settings import Settings, UsageError
from cloudflare_budgets_cli.sqlite.alert_log import SqliteAlertLog
from cloudflare_budgets_cli.sqlite.database import SqliteDatabase
from cloudflare_budgets_cli.sqlite.state_store import SqliteStateStore
from cloudflare_budgets_cli.stack.session import Aws, errors_explained


@dataclass(frozen=True, slots=True)
class Stored:
    """The standings and the alerts that checks have stored; `aws` is `None` for a file."""

    standings: StandingStore
    alerts: AlertLog
    aws: Aws | None = None


@contextmanager
def stored_state(settings: Settings, file: Path | None) -> Iterator[Stored]:
    """Open a state file, or the table of the stack.

    Raises:
        UsageError: there is no such file or stack, or the table is older than its index of sent alerts.
        CommandError: AWS does not answer or refuses the call.
    """
    if file is not None:
        if not file.exists():
            raise UsageError(f"{file}: there is no such file; `check --state {file}` creates it")
        with closing(SqliteDatabase(file)) as database:
            yield Stored(SqliteStateStore(database, lambda: settings.now), SqliteAlertLog(database))
        return
    aws = Aws(settings)
    table = aws.outputs["AlertTableName"]
    with _table_explained(table):
        yield Stored(
            DynamoDbStateStore(table, lambda: settings.now, aws.dynamodb),
            DynamoDbAlertLog(table, aws.dynamodb),
            aws,
        )


@contextmanager
def _table_explained(table: str) -> Iterator[None]:
    try:
        yield
    except StateUnavailableError as error:
        cause = error.__cause__
        if isinstance(cause, ClientError) and f"index: {INDEX}" in str(cause):
            raise UsageError(
                f"the table {table} has no index `{INDEX}`: update the stack, or add the index to a table "
                "of your own as docs/operations.md describes"
            ) from None
        with errors_explained():
            if isinstance(cause, ClientError):
                raise cause from None
        raise
