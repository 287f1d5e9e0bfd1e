"""The global options, which stand before the command, and the exit codes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from pathlib import Path

# cli/cloudflare_budgets_cli/settings.py, in a checkout.
_SOURCE = Path(__file__).resolve().parents[2]
DEFAULT_STACK = "cloudflare-budgets"
DEFAULT_PREFIX = "/cloudflare-budgets"


class ExitCode(IntEnum):
    """How a command ended; the same for every command."""

    OK = 0
    FINDING = 1  # a budget over its limit or unknown, an invalid file, a check mark that is missing
    USAGE = 2
    OUT_OF_REACH = 3  # Cloudflare or AWS


class OutputFormat(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Grouping(StrEnum):
    """By what usage is summed up."""

    METRIC = "metric"
    PRODUCT = "product"
    ZONE = "zone"
    REGION = "region"


class Step(StrEnum):
    """The time between two checks of a preview."""

    HOUR = "hour"
    DAY = "day"


class ChannelKind(StrEnum):
    """A type of channel; `slack` is an incoming webhook, of which a stack has one."""

    SLACK = "slack"
    TEAMS = "teams"
    DISCORD = "discord"
    PAGERDUTY = "pagerduty"
    WEBHOOK = "webhook"
    EVENTBRIDGE = "eventbridge"


class ExportFormat(StrEnum):
    """The format of an export; `focus` is CSV with the columns of FOCUS 1.3."""

    CSV = "csv"
    JSON = "json"
    FOCUS = "focus"


@dataclass(frozen=True, slots=True)
class Settings:
    """The global options.

    `stack`, `profile`, `region` and `prefix` select the installation in AWS. `is_quiet` leaves out progress
    and advice. `is_demo` reads a local Cloudflare with example accounts. `as_of` replaces the current time.
    """

    stack: str = DEFAULT_STACK
    profile: str | None = None
    region: str | None = None
    prefix: str = DEFAULT_PREFIX
    output: OutputFormat = OutputFormat.TABLE
    is_quiet: bool = False
    is_demo: bool = False
    as_of: datetime | None = None

    @property
    def now(self) -> datetime:
        """The instant that usage is judged at, in UTC."""
        return self.as_of or datetime.now(UTC)


def find_checkout() -> Path | None:
    """Return the checkout that this command runs from, or else the current folder's one."""
    found = (folder for folder in (_SOURCE, Path.cwd()) if _is_checkout(folder))
    return next(found, None)


def _is_checkout(folder: Path) -> bool:
    return (folder / "template.yaml").is_file() and (folder / "local" / "cloudflare").is_dir()


class CommandError(Exception):
    """Ends a command with a message on standard error and an exit code."""

    exit_code = ExitCode.OUT_OF_REACH


class UsageError(CommandError):
    """The command line or the environment is incomplete or contradictory."""

    exit_code = ExitCode.USAGE


class FindingError(CommandError):
    """The command found what it looks for, such as an invalid file, and prints nothing more."""

    exit_code = ExitCode.FINDING
