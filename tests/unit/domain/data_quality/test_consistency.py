import json
import zlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from cloudflare_budgets.adapters.state_codec import dump_account_state, load_account_state
from cloudflare_budgets.domain.data_quality.consistency import quality_issues
from cloudflare_budgets.domain.data_quality.snapshot import UsageSnapshot, take_snapshot
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.state import AccountState
from cloudflare_budgets.domain.usage.usage import Reading, arrange
from tests.support.builders import ACCOUNT_ID, AS_OF, budget, charge, day, each_day, known, usage, usage_since
from tests.support.world import World
from tests.unit.domain.alerts.test_anomalies_in_runs import OfOneApi
from tests.unit.domain.data_quality.seen import MONTH, R2, kinds, seen


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
