"""The accounts: tokens, the age of their usage, and the ratio of analytics to bills."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore
from cloudflare_budgets.adapters.aws.state_store import DynamoDbStateStore
from cloudflare_budgets.adapters.cloudflare.accounts import CloudflareAccountLister
from cloudflare_budgets.adapters.cloudflare.analytics.source import thread_local_source
from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.check.configuration.directory import AccountDirectory
from cloudflare_budgets.domain.budgets.account import Account, InvalidAccount
from cloudflare_budgets.domain.evaluation.context import evaluation_context
from cloudflare_budgets.domain.primitives.period import DAY, Period, midnight
from cloudflare_budgets.domain.usage.fresh import fresh_window
from cloudflare_budgets.domain.usage.fresh_scale import FreshQuality
from cloudflare_budgets.domain.usage.usage import Usage, arrange
from cloudflare_budgets.errors import CloudflareBudgetsError, RateLimitedError
from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets.ports import UsageQuery
from cloudflare_budgets_cli.cloudflare.access import API_URL, usage_source
from cloudflare_budgets_cli.cloudflare.tokens import examine_token
from cloudflare_budgets_cli.stack.doctor.examined import Examined
from cloudflare_budgets_cli.stack.session import Aws

_URL = "CLOUDFLARE_API_URL"
_AT_A_TIME = 4
# Of more accounts than this, those without a finding are counted.
_LISTED = 10
# Enough settled days to compare both sources, and few enough rows to read at once.
_READ = timedelta(days=21)
_STALE_AFTER_HOURS = "54"  # the default of the stack parameter


def accounts(aws: Aws, most: int) -> Iterator[Examined]:
    """Examine the token and usage of each account, of the first `most` if there are more."""
    url = os.environ.get(_URL) or API_URL
    store = ParameterStore(aws.settings.prefix, aws.ssm)
    lister = CloudflareAccountLister(lambda: CloudflareApi(url))
    known = AccountDirectory(store, lister, None, aws.settings.now, saves=False).accounts()
    for problem in known.problems:
        yield Examined(problem.subject, "accounts not known", problem.message)
    for failure in known.failures:
        yield Examined("accounts", "not known", failure)
    found = [each for each in known.found if isinstance(each, Account)]
    if not known.found:
        yield Examined("accounts", "none", "store a token: cloudflare-budgets account add ACCOUNT_ID")
    for each in known.found:
        if isinstance(each, InvalidAccount):
            yield Examined(each.parameter, "invalid", each.reason)
    yield from _all(aws, found, most)


def _all(aws: Aws, found: Sequence[Account], most: int) -> Iterator[Examined]:
    """Examine several accounts at a time, below the limit of requests of each token."""
    pacer = Pacer()
    aws.dynamodb()  # clients are created by one thread only
    until: datetime | None = None
    examined = without_finding = 0
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        for parts in pool.map(lambda each: _account(aws, pacer, each), found[:most]):
            if isinstance(parts, RateLimitedError):
                until = max(parts.until, until or parts.until)
                continue
            examined += 1
            is_fine = not any(each.advice for each in parts)
            without_finding += is_fine
            if len(found) <= _LISTED or not is_fine:
                yield from parts
    if len(found) > min(examined, _LISTED):
        yield _summary(len(found), examined, without_finding, until)


def _summary(count: int, examined: int, without_finding: int, until: datetime | None) -> Examined:
    text = f"{examined:,} of {count:,} examined, {without_finding:,} without a finding"
    if until is not None:
        left = f"Cloudflare's limit of requests is reached: run doctor again after {until:%H:%M} UTC"
        return Examined("accounts", text, left)
    more = f"; all of them: doctor --accounts {count}" if examined < count else ""
    return Examined("accounts", f"{text}{more}")


def _account(aws: Aws, pacer: Pacer, account: Account) -> list[Examined] | RateLimitedError:
    """Examine one account; the error, if the limit of requests of its token is reached."""
    try:
        return list(_parts(aws, pacer, account))
    except RateLimitedError as error:
        return error


def _parts(aws: Aws, pacer: Pacer, account: Account) -> Iterator[Examined]:
    now, account_id, url = aws.settings.now, account.account_id, os.environ.get(_URL) or API_URL
    today = midnight(now)
    query = UsageQuery(Period(today - _READ, today + DAY))
    try:
        reading = usage_source(url, pacer).read(account, query)
    except RateLimitedError:
        raise
    except CloudflareBudgetsError as error:
        yield Examined(f"token {account_id}", "refused", str(error))
        return
    token = examine_token(account, url, now, pacer)
    yield Examined(f"token {account_id}", f"valid, usage API {reading.source}, {token.text}", token.advice)
    usage = arrange(account_id, reading)
    yield _age(aws, usage, now)
    if token.reads_analytics and aws.parameters.get("FreshUsage") != "off":
        yield _calibration(account_id, _quality(aws, account, usage, url))


def _age(aws: Aws, usage: Usage, now: datetime) -> Examined:
    part = f"usage {usage.account_id}"
    through = usage.data_through
    if through is None:
        return Examined(part, "no usage in three weeks", "check the account id, if it should have usage")
    hours = (now - through) // timedelta(hours=1)
    limit = int(aws.parameters.get("StaleAfterHours", _STALE_AFTER_HOURS))
    advice = "Cloudflare publishes late; budgets below their thresholds are unknown until it does"
    age = f", {hours} hours old" if hours > 0 else ""
    found = f"billed through {through - DAY:%-d %b}{age}"
    return Examined(part, found, advice if hours > limit else "")


def _quality(aws: Aws, account: Account, usage: Usage, url: str) -> FreshQuality | None:
    """Compare analytics with billed usage as a check does, by the days that checks stored."""
    now = aws.settings.now
    table = aws.outputs["AlertTableName"]
    store = DynamoDbStateStore(table, lambda: datetime.now(UTC), aws.dynamodb)
    history = store.load_state(account.account_id).fresh_history
    window = fresh_window(usage.data_through or now, now, history)
    if window is None:
        return None
    fresh = thread_local_source(url).read(account, window, None)
    context = evaluation_context(usage, now, prices=shipped_prices(), fresh=fresh, fresh_history=history)
    return context.fresh_quality


def _calibration(account_id: str, quality: FreshQuality | None) -> Examined:
    part = f"analytics {account_id}"
    if quality is None:
        return Examined(part, "not needed now")
    if quality.least is None or quality.most is None:
        found = "not compared yet: both sources need three settled days"
        return Examined(part, found, quality.failure or "")
    counts = f"ran at {quality.least:.2f}-{quality.most:.2f} of billed"
    return Examined(part, f"{counts} over {counted(quality.days, 'day')}", quality.failure or "")
