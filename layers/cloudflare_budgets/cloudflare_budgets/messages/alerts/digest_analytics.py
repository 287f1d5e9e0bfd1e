"""The digest's section on analytics: how they compare with billed usage, or why not read."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.messages.account_text import distinct_names
from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets.messages.message import Section

_LINES_SHOWN = 5
_MAX_REASON = 300


def analytics_sections(accounts: Sequence[AccountReport]) -> Iterable[Section]:
    """Yield one section, if analytics were requested and are compared with billed usage."""
    lines = [*_failures(accounts), *_ranges(accounts)]
    if lines:
        more = len(lines) - _LINES_SHOWN
        left = [f"and {counted(more, 'more line')}"] if more > 0 else []
        yield Section("Fresh usage", (*lines[:_LINES_SHOWN], *left))


def _failures(accounts: Sequence[AccountReport]) -> Iterable[str]:
    """Name each reason once, with the number of its accounts."""
    found: defaultdict[str, int] = defaultdict(int)
    for account in accounts:
        if account.fresh_quality and account.fresh_quality.failure:
            found[account.fresh_quality.failure] += 1
    for reason, count in found.items():
        of = f" for {counted(count, 'account')}" if len(accounts) > 1 else ""
        yield f"Analytics were not read{of}: {sanitize(reason, _MAX_REASON)}"


def _ranges(accounts: Sequence[AccountReport]) -> Iterable[str]:
    names = distinct_names(accounts)
    for account in accounts:
        quality = account.fresh_quality
        if quality is None or quality.least is None or quality.most is None:
            continue
        whose = f"{names[account.account_id]}: analytics" if len(accounts) > 1 else "Analytics"
        counts = f"{quality.least:.2f}-{quality.most:.2f} of billed"
        yield f"{whose} ran at {counts} over {counted(quality.days, 'day')}"
