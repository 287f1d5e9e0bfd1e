"""What readings show, and which doubts they raise."""

from datetime import datetime

from cloudflare_budgets.domain.data_quality.consistency import QualityIssue
from cloudflare_budgets.domain.data_quality.snapshot import UsageSnapshot, take_snapshot
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import AS_OF, charge, usage

MONTH = [charge(f"2026-11-{number:02}", "10") for number in range(1, 22)]
R2 = [charge(f"2026-11-{number:02}", "3", metric="r2_class_a") for number in range(1, 22)]


def kinds(issues: list[QualityIssue]) -> list[tuple[str, str | None]]:
    return [(issue.unknown.kind.value, issue.metric_id) for issue in issues]


def seen(*rows: Charge, as_of: datetime = AS_OF) -> UsageSnapshot:
    return take_snapshot(usage(*rows), as_of, None)
