"""Months on the clock of a deployed stack: crossings, ends, closed periods and digests, each once."""

from collections import Counter
from decimal import Decimal

from tests.local.months.stage import DAY, HOUR, Stage


def test_a_month_is_reported_by_its_thresholds_its_end_and_a_digest_a_week(moved_stack: Stage) -> None:
    stage = moved_stack
    month, end = stage.next_month()
    stage.costs[end - 5 * DAY] = Decimal(20)
    digests = []
    for number in range(36):
        now = month + number * DAY + 8 * HOUR
        if now.weekday() == 0:
            digests.append(f"{now:%Y-%m-%d}")
            assert [stage.check_at(now + minutes * HOUR / 60, "digest") for minutes in (1, 2)] == [True, True]
        elif number % 2:
            assert stage.check_at(now)

    assert stage.reached(month, end) == stage.thresholds(month) == {"50%", "80%", "100%"}
    [closed] = stage.told("period_closed", month)
    assert closed["budgets"][0]["observed"]["amount"] == str(stage.cost(month, end))
    problems = Counter(each["problem"]["kind"] for each in stage.mails if each["type"] == "problem")
    assert problems.keys() <= {"no_operations_subscriber", "prices_outdated"}
    assert problems["no_operations_subscriber"] == 1
    assert [each["until"][:10] for each in stage.mails if each["type"] == "digest"] == digests


def test_a_crossing_whose_usage_is_restated_is_resolved_and_reported_over_again(moved_stack: Stage) -> None:
    stage = moved_stack
    month, _ = stage.next_month()
    surge = month + 2 * DAY
    for number, cost in ((3, 70), (4, 70), (5, 1), (6, 1), (7, 90), (8, 90)):
        stage.costs[surge] = Decimal(cost)
        assert stage.check_at(month + number * DAY + 12 * HOUR)
    first, second = stage.told("threshold_crossed", month)
    [resolved] = [each for each in stage.mails if each.get("resolves") == first["alert_id"]]

    assert resolved["reason"] == "usage_restated"
    assert first["alert_id"] != second["alert_id"]
