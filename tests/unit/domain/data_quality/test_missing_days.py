"""Days and metrics without rows."""

from datetime import timedelta

from cloudflare_budgets.domain.data_quality.consistency import quality_issues
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.usage.usage import Reading, arrange
from tests.support.builders import ACCOUNT_ID, AS_OF, budget, charge, day, each_day, known, usage
from tests.unit.domain.data_quality.seen import MONTH, R2, kinds


def test_a_day_without_any_row_among_days_with_rows_is_missing() -> None:
    assert kinds(quality_issues(usage(*MONTH[:18], *MONTH[19:]), AS_OF, None)) == [("missing_days", None)]


def test_a_day_without_any_row_is_doubtful_only_while_it_can_be_filled() -> None:
    gap = usage(*MONTH[:9], *MONTH[10:15])
    doubted = [on for on in range(12, 22) if quality_issues(gap, day(f"2026-11-{on}"), None)]
    assert doubted == [12, 13, 14]


def test_several_days_without_any_row_are_a_gap_and_more_than_six_are_a_pause() -> None:
    rows = each_day("2026-10-20", "2026-11-21", "10")
    for days in range(2, 7):
        (found,) = quality_issues(usage(*rows[: 30 - days], *rows[30:]), AS_OF, None)
        assert found.unknown.kind == "missing_days"
        assert f"no usage at all from 2026-11-{19 - days} to 2026-11-18, days among" in found.unknown.reason
        assert (found.since, found.until) == (day("2026-11-19") - timedelta(days=days), day("2026-11-19"))
    assert quality_issues(usage(*rows[:23], *rows[30:]), AS_OF, None) == []


def test_a_metric_is_steady_that_came_on_three_days_in_a_row() -> None:
    found = quality_issues(usage(*MONTH[15:18], *MONTH[19:]), AS_OF, None)
    assert kinds(found) == [("missing_days", None)]
    assert quality_issues(usage(*MONTH[16:18], *MONTH[19:]), AS_OF, None) == []


def test_two_days_in_a_row_make_no_metric_steady() -> None:
    first = charge("2026-11-01", metric="r2_class_a")
    assert quality_issues(usage(first, *MONTH[16:18], *MONTH[19:]), AS_OF, None) == []
    assert kinds(quality_issues(usage(first, *MONTH[15:18], *MONTH[19:]), AS_OF, None)) == [
        ("missing_days", None)
    ]


def test_a_metric_that_paused_on_the_day_before_is_not_steady() -> None:
    other = charge("2026-11-18", metric="r2_class_a")
    rows = [row for row in MONTH if row.charge_period_start not in {day("2026-11-18"), day("2026-11-19")}]
    assert quality_issues(usage(*rows, other), AS_OF, None) == []


def test_days_without_rows_are_no_gap_where_usage_is_rare() -> None:
    rare = [charge("2026-11-02"), charge("2026-11-09"), charge("2026-11-10"), charge("2026-11-21")]
    assert quality_issues(usage(*rare), AS_OF, None) == []


def test_a_metric_that_came_every_day_and_stopped_is_doubted_for_some_days() -> None:
    assert quality_issues(usage(*MONTH, *R2[:-1]), AS_OF, None) == []
    for missed in range(2, 8):
        found = quality_issues(usage(*MONTH, *R2[:-missed]), AS_OF, None)
        assert kinds(found) == [("metric_vanished", "r2_class_a")]
    assert quality_issues(usage(*MONTH, *R2[:-8]), AS_OF, None) == []


def test_a_metric_is_expected_to_go_on_that_came_on_seven_days_in_a_row() -> None:
    week = R2[12:19]
    assert kinds(quality_issues(usage(*MONTH, *week), AS_OF, None)) == [("metric_vanished", "r2_class_a")]
    assert quality_issues(usage(*MONTH, *week[1:]), AS_OF, None) == []


def test_rows_that_contradict_their_running_totals_bar_the_all_clear_but_no_breach() -> None:
    reading = Reading("v1", [charge(cost="41")], contradiction="the rows cost 41, the running total says 80")
    found = arrange(ACCOUNT_ID, reading)
    issues = quality_issues(found, AS_OF, None)
    assert kinds(issues) == [("totals_contradict", None)]
    budgets = [budget('{"limit": "100 USD"}'), budget('{"limit": "50 USD"}')]
    statuses = [each.status for each in evaluate(budgets, known(found, AS_OF, issues=issues))]
    assert statuses == [Status.UNKNOWN, Status.BREACHED]


def test_a_metric_that_never_came_every_day_may_stop() -> None:
    assert quality_issues(usage(*MONTH, *R2[:10:2]), AS_OF, None) == []
