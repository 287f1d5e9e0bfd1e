import json
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.state_codec import dump_account_state, load_account_state
from cloudflare_budgets.domain.data_quality.consistency import QualityIssue, quality_issues
from cloudflare_budgets.domain.data_quality.snapshot import UsageSnapshot, take_snapshot
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.state import AccountState, next_state
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Reading, arrange
from cloudflare_budgets.domain.usage.window import Window
from tests.support.builders import ACCOUNT_ID, AS_OF, budget, charge, day, each_day, known, usage, usage_since
from tests.support.world import World
from tests.unit.domain.alerts.test_anomalies_in_runs import OfOneApi

MONTH = [charge(f"2026-11-{number:02}", "10") for number in range(1, 22)]
R2 = [charge(f"2026-11-{number:02}", "3", metric="r2_class_a") for number in range(1, 22)]


def kinds(issues: list[QualityIssue]) -> list[tuple[str, str | None]]:
    return [(issue.unknown.kind.value, issue.metric_id) for issue in issues]


def seen(*rows: Charge, as_of: datetime = AS_OF) -> UsageSnapshot:
    return take_snapshot(usage(*rows), as_of, None)


def test_the_same_usage_again_raises_no_doubt() -> None:
    assert quality_issues(usage(*MONTH, *R2), AS_OF, seen(*MONTH, *R2)) == []


def test_a_metric_that_had_usage_and_vanished_is_doubtful() -> None:
    assert kinds(quality_issues(usage(*MONTH), AS_OF, seen(*MONTH, *R2))) == [
        ("metric_vanished", "r2_class_a")
    ]


def test_a_total_of_settled_days_that_went_down_is_doubtful() -> None:
    lower = [charge("2026-11-05", "4"), *MONTH[:4], *MONTH[5:]]
    assert kinds(quality_issues(usage(*lower), AS_OF, seen(*MONTH))) == [
        ("usage_went_down", "workers_standard_requests")
    ]


def test_a_trifle_less_is_no_doubt_and_is_forgotten() -> None:
    for lost, issues in (("0.001", []), ("0.3", ["usage_went_down"])):  # of 170 on settled days
        less = [charge("2026-11-05", str(10 - Decimal(lost))), *MONTH[:4], *MONTH[5:]]
        trace = seen(*MONTH)
        assert [each.unknown.kind for each in quality_issues(usage(*less), AS_OF, trace)] == issues
        later = take_snapshot(usage(*less), AS_OF, trace)
        assert [each.unknown.kind for each in quality_issues(usage(*less), AS_OF, later)] == issues


def test_future_days_do_not_make_up_for_past_ones() -> None:
    whole = each_day("2026-11-01", "2026-11-29", "10")
    trace, hole = seen(*MONTH), [charge("2026-11-05", "0"), *whole[:4], *whole[5:]]
    for days in range(1, 8):
        as_of = AS_OF + timedelta(days=days)
        so_far = [row for row in hole if row.charge_period_start < as_of]
        assert kinds(quality_issues(usage(*so_far), as_of, trace)) == [
            ("usage_went_down", "workers_standard_requests")
        ]
        trace = take_snapshot(usage(*so_far), as_of, trace)
    assert quality_issues(usage(*whole), as_of, trace) == []
    assert quality_issues(usage(*whole), as_of, take_snapshot(usage(*whole), as_of, trace)) == []


def test_trap_10_the_last_days_may_be_restated_up_or_down() -> None:
    restated = [*MONTH[:-2], charge("2026-11-20", "1"), charge("2026-11-21", "99")]
    assert quality_issues(usage(*restated), AS_OF, seen(*MONTH)) == []


def test_usage_has_settled_after_four_days() -> None:
    before = seen(*MONTH)  # on the 22nd
    for on, issues in (("2026-11-18", 0), ("2026-11-17", 1)):
        lower = [charge(on, "9") if row.charge_period_start == day(on) else row for row in MONTH]
        assert len(quality_issues(usage(*lower), AS_OF, before)) == issues


def test_what_was_seen_is_never_forgotten_within_its_month() -> None:
    first = seen(*MONTH, *R2)
    later = take_snapshot(usage(*MONTH), AS_OF, first)
    assert kinds(quality_issues(usage(*MONTH), AS_OF, later)) == [("metric_vanished", "r2_class_a")]


def test_a_new_month_and_another_source_begin_without_doubts() -> None:
    december = usage(*MONTH, charge("2026-12-01", "1"))
    issues = quality_issues(december, day("2026-12-02"), seen(*MONTH, *R2))
    assert [each.until for each in issues] == [day("2026-12-01")]
    assert quality_issues(december, day("2026-12-04"), seen(*MONTH, *R2)) == []
    other = UsageSnapshot("v1", day("2026-11-01"), AS_OF, seen(*R2).totals)
    assert quality_issues(usage(*MONTH), AS_OF, other) == []


def test_a_month_that_is_over_is_doubted_for_as_long_as_it_is_evaluated() -> None:
    trace = seen(*MONTH, *R2)
    rows = (*each_day("2026-11-01", "2026-11-21", "1"), *each_day("2026-12-01", "2026-12-03", "10"))
    for hours, doubted in ((1, 2), (30, 2), (71, 2), (72, 0)):
        as_of = day("2026-12-01") + timedelta(hours=hours)
        issues = quality_issues(usage(*rows), as_of, trace)
        assert [(each.since, each.until) for each in issues] == [
            (day("2026-11-01"), day("2026-12-01"))
        ] * doubted
        trace = take_snapshot(usage(*rows), as_of, trace)
    assert (trace.month, trace.before) == (day("2026-12-01"), None)


def test_a_doubt_about_a_month_that_is_over_names_it_and_leaves_the_new_one_alone() -> None:
    rows = usage(*MONTH, charge("2026-12-01", "1"), charge("2026-12-01", "1", metric="r2_class_b"))
    as_of = day("2026-12-02")
    issues = quality_issues(rows, as_of, seen(*MONTH, *R2))
    assert [each.unknown.reason for each in issues] == [
        "r2_class_a had usage in 2026-11 in an earlier check, and has no row any more"
    ]
    found = evaluate([budget('{"limit": "9000 Requests"}')], known(rows, as_of, issues=issues))
    assert [each.status for each in found if each.window] == [Status.OK, Status.UNKNOWN]


def test_the_trace_of_the_month_before_still_grows_and_is_read_back() -> None:
    november = take_snapshot(usage(*MONTH), day("2026-11-22"), None)
    more = usage(*MONTH, charge("2026-11-26", "5"), charge("2026-12-01", "7"))
    first = take_snapshot(more, day("2026-12-01") + timedelta(hours=9), november)
    assert first.before
    assert first.totals == {"workers_standard_requests": Decimal(0)}
    assert first.before.totals == {"workers_standard_requests": Decimal(215)}
    assert load_account_state(dump_account_state(AccountState(first))).trace == first
    document = json.loads(zlib.decompress(dump_account_state(AccountState(first))))
    del document["trace"]["before"]
    assert load_account_state(json.dumps(document)).trace == replace(first, before=None)


@pytest.mark.parametrize("is_there_again", [True, False])
def test_a_metric_that_vanished_on_the_last_day_of_a_month_is_missed_until_that_month_is_no_longer_evaluated(
    *, is_there_again: bool
) -> None:
    world = World()
    world.configuration.given_budgets = {"spend": '{"limit": "500 USD", "alert_on": []}'}
    r2 = [charge(f"2026-11-{on:02}", "1", "1.3", metric="r2_class_a") for on in range(2, 29, 5)]
    found = []
    for morning in range(29, 36):
        world.now = day("2026-11-01") + timedelta(days=morning - 1, hours=10)
        last = f"{world.now - timedelta(days=1):%Y-%m-%d}"
        is_there = morning == 29 or (is_there_again and morning == 32)
        world.use(*each_day("2026-11-01", last, "1", "0.1"), *(r2 if is_there else ()))
        (account,) = world.run().accounts
        found.append([each.status for each in account.evaluations])
        if is_there and morning > 29:
            break
    told = [message.alert["type"] for message in world.topic.published]
    november = [statuses[-1] for statuses in found[:5]]
    expected = [Status.UNKNOWN] * 2 + [Status.OK] if is_there_again else [Status.UNKNOWN] * 4
    assert november == [Status.OK, *expected]
    assert ("resolved" in told) == is_there_again


def test_a_reading_that_holds_nothing_of_the_month_before_leaves_no_trace_of_it() -> None:
    today = usage_since("2026-12-01", charge("2026-12-01", "7"))
    assert take_snapshot(today, day("2026-12-02"), seen(*MONTH)).before is None


def test_days_that_a_later_reading_does_not_reach_back_to_have_not_gone() -> None:
    once = charge("2026-11-03", "5", metric="r2_class_a")
    month = take_snapshot(usage_since("2026-11-01", once, *MONTH), AS_OF, None)
    week = usage_since("2026-11-16", *MONTH[15:])
    assert quality_issues(week, AS_OF, month) == []
    later = take_snapshot(week, AS_OF, month)
    assert later.totals == {"workers_standard_requests": 20}  # of the 16th and the 17th
    assert quality_issues(week, AS_OF, later) == []


def test_of_an_earlier_reading_that_began_later_the_days_are_compared_that_it_held() -> None:
    week = take_snapshot(usage_since("2026-11-16", *MONTH[15:]), AS_OF, None)
    assert quality_issues(usage_since("2026-11-01", *MONTH), AS_OF, week) == []
    lower = [*MONTH[:15], charge("2026-11-16", "9"), *MONTH[16:]]
    (found,) = quality_issues(usage_since("2026-11-01", *lower), AS_OF, week)
    assert (
        found.unknown.reason == "workers_standard_requests went down from 20 to 19 on days that had settled"
    )
    assert found.since == day("2026-11-16")


def test_a_reading_that_reaches_back_further_is_remembered_as_a_whole() -> None:
    week = take_snapshot(usage_since("2026-11-16", *MONTH[15:], *R2[15:]), AS_OF, None)
    month = take_snapshot(usage_since("2026-11-01", *MONTH), AS_OF, week)
    assert (month.began, month.through) == (day("2026-11-01"), day("2026-11-18"))
    assert month.totals == {"workers_standard_requests": 170, "r2_class_a": 6}


def test_what_version_1_cannot_give_any_more_has_not_gone_down() -> None:
    first = take_snapshot(usage_since("2026-11-01", *MONTH, source="v1"), AS_OF, None)
    asked = Period(day("2026-11-01"), day("2026-11-23"))
    short = Reading("v1", MONTH[19:], complete_from=day("2026-11-20"), asked=asked)
    assert quality_issues(arrange(ACCOUNT_ID, short), AS_OF, first) == []


def test_a_trace_that_does_not_say_where_it_began_began_with_its_month() -> None:
    old = UsageSnapshot(
        "v2", day("2026-11-01"), day("2026-11-18"), {"workers_standard_requests": Decimal(171)}
    )
    document = json.loads(zlib.decompress(dump_account_state(AccountState(old))))
    del document["trace"]["since"]
    read = load_account_state(json.dumps(document)).trace
    assert read == old
    assert kinds(quality_issues(usage_since("2026-11-01", *MONTH), AS_OF, read)) == [
        ("usage_went_down", "workers_standard_requests")
    ]
    assert quality_issues(usage_since("2026-11-16", *MONTH[15:]), AS_OF, read) == []


@pytest.mark.parametrize("period", ["day", "week"])
def test_an_account_without_a_budget_of_a_month_has_no_doubts_while_nothing_is_wrong(period: str) -> None:
    world = World(usage=OfOneApi())
    world.configuration.given_budgets = {"spend": f'{{"limit": "100 USD", "period": "{period}"}}'}
    once = charge("2026-11-02", "5", "0.01", metric="r2_class_a")
    for morning in range(2, 30):
        world.now = day("2026-11-01") + timedelta(days=morning, hours=9)
        world.use(*each_day("2026-10-01", f"2026-11-{morning:02}", "100", "1"), once)
        assert world.run().all_problems == ()


def test_budgets_of_a_month_may_appear_and_disappear_without_doubts() -> None:
    world = World(usage=OfOneApi())
    week = '{"limit": "100 USD", "period": "week"}'
    for morning in range(2, 30):
        others = {"month": '{"limit": "900 USD"}'} if morning % 10 < 5 else {}
        world.configuration.given_budgets = {"week": week, **others}
        world.now = day("2026-11-01") + timedelta(days=morning, hours=9)
        world.use(*each_day("2026-10-01", f"2026-11-{morning:02}", "100", "1"))
        # A deleted budget is reported as such; it raises no doubt about the data.
        assert {problem.kind for problem in world.run().all_problems} <= {"not_watched"}


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


def test_doubt_bars_the_all_clear_of_the_budgets_that_it_touches() -> None:
    issues = quality_issues(usage(*MONTH), AS_OF, seen(*MONTH, *R2))
    budgets = [
        budget('{"limit": "9000 Requests"}', "all"),
        budget('{"limit": "9000 Requests", "scope": {"metric_id": ["workers_*"]}}', "workers"),
        budget('{"limit": "100 Requests", "scope": {"metric_id": ["*"]}}', "breached"),
        budget('{"limit": "9000 Requests", "period": "day"}', "today"),
    ]
    statuses: dict[str, Status] = {}
    for evaluation in evaluate(budgets, known(usage(*MONTH), AS_OF, issues=issues)):
        statuses.setdefault(evaluation.budget.name, evaluation.status)
    assert statuses["all"] is Status.UNKNOWN
    assert statuses["workers"] is Status.OK
    assert statuses["breached"] is Status.BREACHED


@pytest.mark.parametrize(
    ("scope", "is_touched"),
    [
        ('{"metric_id": ["workers_*"]}', False),
        ('{"product_family": ["Workers"]}', False),
        ('{"metric_name": ["Workers *"]}', False),
        ('{"product_family": ["R2"], "metric_name": ["Workers *"]}', False),
        ('{"metric_id": ["r2_*"]}', True),
        ('{"product_family": ["r2"]}', True),
        ('{"metric_name": ["r2 class ?"]}', True),
        ('{"zone": ["example.com"]}', True),
        ("{}", True),
    ],
)
def test_what_a_scope_leaves_out_by_id_name_or_family_is_no_matter_to_it(
    scope: str, *, is_touched: bool
) -> None:
    narrow = budget('{"limit": "9000 Requests", "scope": %s}' % scope)  # noqa: UP031 - braces abound
    month = Window(Period(day("2026-11-01"), day("2026-12-01")))
    remembered = load_account_state(dump_account_state(AccountState(seen(*MONTH, *R2)))).trace
    lower = [charge("2026-11-05", "1", metric="r2_class_a"), *R2[:4], *R2[5:]]
    for rows, trace in ((R2[:15], None), ([], remembered), (lower, remembered)):
        (issue,) = quality_issues(usage(*MONTH, *rows), AS_OF, trace)
        assert issue.affects(narrow, month) is is_touched


def test_a_metric_is_called_all_that_it_was_called() -> None:
    renamed = charge("2026-11-05", "3", metric="r2_class_a", x_billable_metric_name="Class A")
    unnamed = charge("2026-11-06", "3", metric="r2_class_a", x_product_family_name=None)
    first = seen(*MONTH, *R2, renamed)
    trace = take_snapshot(usage(*MONTH, *R2, unnamed), AS_OF, first)
    (issue,) = quality_issues(usage(*MONTH), AS_OF, trace)
    assert issue.labels == (("Class A", "R2"), ("R2 class a", None), ("R2 class a", "R2"))


def test_what_a_metric_was_called_is_not_known_of_traces_that_lack_it() -> None:
    document = json.loads(zlib.decompress(dump_account_state(AccountState(seen(*MONTH, *R2)))))
    del document["trace"]["labels"]
    old = load_account_state(json.dumps(document)).trace
    narrow = budget('{"limit": "9000 Requests", "scope": {"product_family": ["Workers"]}}')
    for rows in ([], R2[:15]):
        (issue,) = quality_issues(
            usage(*MONTH, *rows, charge("2026-11-21", metric="r2_class_a")), AS_OF, old
        )[:1]
        assert issue.affects(narrow, Window(Period(day("2026-11-01"), day("2026-12-01"))))


def test_a_missing_day_is_no_matter_to_a_week_without_it() -> None:
    rows = [*MONTH[:18], *MONTH[19:]]
    issues = [
        replace(each, since=each.since - timedelta(days=7), until=each.until - timedelta(days=7))
        for each in quality_issues(usage(*rows), AS_OF, None)
    ]
    budgets = [budget('{"limit": "9000 Requests", "period": "week"}'), budget('{"limit": "9000 Requests"}')]
    found = evaluate(budgets, known(usage(*rows), AS_OF, issues=issues))
    assert [evaluation.status for evaluation in found] == [Status.OK, Status.UNKNOWN]


def test_a_doubt_ends_where_a_day_begins_and_begins_where_one_ends() -> None:
    unknown = Unknown(UnknownKind.MISSING_DAYS, "a gap")
    issue = QualityIssue(unknown, day("2026-11-10"), day("2026-11-12"))
    touched = [
        issue.affects(budget(), Window(Period(day(f"2026-11-{on:02}"), day(f"2026-11-{on + 1:02}"))))
        for on in range(8, 14)
    ]
    assert touched == [False, False, True, True, False, False]


def test_the_age_at_which_data_is_stale_can_be_chosen() -> None:
    old = usage(*MONTH[:18])
    patient = known(old, AS_OF, stale_after=timedelta(hours=96))
    assert evaluate([budget('{"limit": "9000 Requests"}')], patient)[0].status is Status.OK
    strict = known(old, AS_OF, stale_after=timedelta(hours=72))
    assert evaluate([budget('{"limit": "9000 Requests"}')], strict)[0].status is Status.UNKNOWN


def test_notes_change_once_a_day_at_most_while_usage_only_grows() -> None:
    first = next_state(AccountState(), usage(*MONTH), AS_OF)
    assert next_state(first, usage(*MONTH, charge("2026-11-22", "5")), AS_OF + timedelta(hours=1)) == first
    assert next_state(first, usage(*MONTH), AS_OF + timedelta(days=1)) != first


def test_a_chosen_source_is_preferred_for_a_day() -> None:
    notes = next_state(AccountState(), usage(*MONTH), AS_OF)
    assert notes.preferred_source(AS_OF + timedelta(hours=23)) == "v2"
    assert notes.preferred_source(AS_OF + timedelta(hours=24)) is None


@given(st.lists(st.tuples(st.integers(1, 21), st.decimals(0, 10**9, places=9)), max_size=10))
def test_notes_are_read_back_as_they_were_written(rows: list[tuple[int, object]]) -> None:
    found = usage(*(charge(f"2026-11-{number:02}", str(quantity)) for number, quantity in rows))
    notes = next_state(AccountState(), found, AS_OF)
    assert load_account_state(dump_account_state(notes)) == notes
    assert load_account_state(dump_account_state(AccountState())) == AccountState()
