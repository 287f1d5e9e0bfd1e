"""Which budgets a doubt concerns, and what is remembered of it."""

import json
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.state_codec import dump_account_state, load_account_state
from cloudflare_budgets.domain.data_quality.consistency import QualityIssue, quality_issues
from cloudflare_budgets.domain.data_quality.snapshot import take_snapshot
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.state import AccountState, next_state
from cloudflare_budgets.domain.usage.window import Window
from tests.support.builders import AS_OF, budget, charge, day, known, usage
from tests.unit.domain.data_quality.seen import MONTH, R2, seen


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
