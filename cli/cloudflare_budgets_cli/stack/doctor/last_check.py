"""When budgets were last checked, against the schedule of the stack."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cloudflare_budgets.adapters.aws.state_store import DynamoDbStateStore
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets_cli.screens.totals import age_text
from cloudflare_budgets_cli.stack.doctor.examined import Examined
from cloudflare_budgets_cli.stack.session import Aws

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
# A check lasts up to 8 minutes, and is started again if it fails.
_SHORTEST = timedelta(minutes=30)
_SCHEDULE, _HEARTBEAT = "rate(1 hour)", "2"  # the defaults of the stack parameters
_LONGEST_FAILURE = 300


def last_check(aws: Aws) -> Iterator[Examined]:
    """Examine how long ago the last complete check was, and whether a part of it failed."""
    now, schedule = aws.settings.now, aws.parameters.get("ScheduleExpression", _SCHEDULE)
    allowed = longest_gap(schedule, aws.parameters.get("HeartbeatHours", _HEARTBEAT))
    store = DynamoDbStateStore(aws.outputs["AlertTableName"], lambda: datetime.now(UTC), aws.dynamodb)
    run = next((each for each in store.standings() if each["account_id"] is None), None)
    late = (
        f"the schedule is {schedule}: see whether it is enabled in the EventBridge Scheduler console, "
        "and what failed: cloudflare-budgets logs"
    )
    if run is None:
        created = aws.stack.get("CreationTime")
        is_new = created is not None and now - created < allowed
        yield Examined("last check", "none yet", "" if is_new else late)
        return
    age, failures = now - datetime.fromisoformat(run["as_of"]), run["failures"]
    advice = sanitize(failures[0], _LONGEST_FAILURE) if failures else ""
    found = f"{age_text(age)}, {counted(len(failures), 'failure')}" if failures else age_text(age)
    yield Examined("last check", found, late if age > allowed else advice)


def longest_gap(schedule: str, heartbeat_hours: str) -> timedelta:
    """Return the longest time between checks: twice a rate's interval, or the alarm's hours.

    The alarm about missing checks has the stack parameter `HeartbeatHours`, which suits any cron expression.
    """
    match = _RATE.fullmatch(schedule)
    if match is None:
        return timedelta(hours=int(heartbeat_hours))
    return max(2 * timedelta(**{f"{match[2]}s": int(match[1])}), _SHORTEST)
