"""What limits the installation from outside: the clock of this machine, and quotas of AWS.

https://docs.aws.amazon.com/general/latest/gr/ssm.html
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets_cli.stack.doctor.examined import Examined
from cloudflare_budgets_cli.stack.session import Aws

# AWS refuses requests that are signed more than five minutes off.
_SKEW = timedelta(minutes=1)
_PARAMETERS = 10_000  # standard parameters in a region
_FULL = 0.9
# Concurrent runs that one stack may need: a check, and each of the functions that post alerts.
_NEEDED = 4


def _now() -> datetime:
    return datetime.now(UTC)


def clock(aws: Aws, now: Callable[[], datetime] = _now) -> Iterator[Examined]:
    """Compare the clock of this machine with that of AWS."""
    answer = aws.sts().get_caller_identity()
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if date is None:
        return
    seconds = (now() - parsedate_to_datetime(date)).total_seconds()
    text = f"{abs(seconds):.0f} seconds {'ahead of' if seconds > 0 else 'behind'} AWS"
    is_right = abs(seconds) < _SKEW.total_seconds()
    yield Examined("clock", "as AWS" if abs(seconds) < 2 else text, "" if is_right else "set the clock")  # noqa: PLR2004 - the header counts seconds


def parameters(aws: Aws) -> Iterator[Examined]:
    """Compare the number of parameters in the region with the quota of Parameter Store."""
    pages = aws.ssm().get_paginator("describe_parameters").paginate(PaginationConfig={"PageSize": 50})
    count = sum(len(page["Parameters"]) for page in pages)
    advice = "delete parameters, or raise the quota in the Service Quotas console"
    found = f"{counted(count, 'parameter')} of {_PARAMETERS:,} in this region"
    yield Examined("parameters", found, advice if count > _FULL * _PARAMETERS else "")


def concurrency(aws: Aws) -> Iterator[Examined]:
    """Examine how many functions may run at once in the region; new accounts have ten."""
    limit = aws.functions().get_account_settings().get("AccountLimit", {})
    if not limit:
        return
    left, whole = limit["UnreservedConcurrentExecutions"], limit["ConcurrentExecutions"]
    advice = "checks can be throttled: raise the quota Concurrent executions in the Service Quotas console"
    yield Examined(
        "concurrency", f"{left:,} of {whole:,} functions at once", advice if left < _NEEDED else ""
    )
