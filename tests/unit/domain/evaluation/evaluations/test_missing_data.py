"""Missing, late and old data never prove that all is well."""

from datetime import timedelta

from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Status
from tests.support.builders import AS_OF, budget, charge, day, each_day, usage
from tests.unit.domain.evaluation.evaluations.judging import judge, judged

NONE, SECOND = timedelta(0), timedelta(seconds=1)


def test_no_rows_at_all_are_no_proof_of_no_usage() -> None:
    found = judged('{"limit": "50 USD"}')
    assert found.unknown is not None
    assert (found.status, found.unknown.kind) == (Status.UNKNOWN, UnknownKind.NO_DATA)


def test_in_the_first_two_days_of_a_period_missing_rows_are_not_reported() -> None:
    found = judge([budget()], usage(charge("2026-10-31", cost="1")), day("2026-11-02"))[0]
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.NO_DATA_YET


def test_an_account_without_rows_is_not_reported_for_48_hours_of_a_period() -> None:
    begun = day("2026-11-01")
    instants = (begun + timedelta(hours=48) - timedelta(seconds=1), begun + timedelta(hours=48))
    kinds = [judge([budget()], usage(), as_of)[0].unknown for as_of in instants]
    assert [unknown and unknown.kind for unknown in kinds] == [UnknownKind.NO_DATA_YET, UnknownKind.NO_DATA]


def test_a_period_has_no_message_for_as_long_as_the_data_before_it_is_fresh() -> None:
    rows = charge("2026-10-31", cost="1")  # ended when November began
    almost_stale, stale = day("2026-11-03") + timedelta(hours=6), day("2026-11-03") + timedelta(hours=7)
    kinds = [judge([budget()], usage(rows), as_of)[0].unknown for as_of in (almost_stale, stale)]
    assert [unknown and unknown.kind for unknown in kinds] == [
        UnknownKind.NO_DATA_YET,
        UnknownKind.STALE_DATA,
    ]


def test_a_past_day_without_rows_is_zero_once_later_days_have_arrived() -> None:
    rows = (charge("2026-11-19"), charge("2026-11-21"))
    found = judge([budget('{"limit": "9 Requests", "period": "day"}')], usage(*rows), AS_OF)
    by_day = {evaluation.window.period.start.day: evaluation for evaluation in found if evaluation.window}
    assert by_day[20].status is Status.OK
    assert str(by_day[20].observed) == "0 Requests"


def test_data_up_to_the_end_of_a_day_prove_that_nothing_was_used_on_it() -> None:
    two_days = charge("2026-11-20", charge_period_end=day("2026-11-22"))
    found = judge([budget('{"limit": "9 Requests", "period": "day"}')], usage(two_days), AS_OF)
    by_day = {evaluation.window.period.start.day: evaluation for evaluation in found if evaluation.window}
    assert (by_day[21].status, str(by_day[21].observed)) == (Status.OK, "0 Requests")


def test_old_data_bars_the_all_clear_but_not_a_breach() -> None:
    fresh, old = "2026-11-19", "2026-11-18"
    assert judged('{"limit": "50 USD"}', charge(fresh, cost="1")).status is Status.UNKNOWN
    assert judged('{"limit": "50 USD"}', charge("2026-11-20", cost="1")).status is Status.OK
    breached = judged('{"limit": "50 USD"}', charge(old, cost="60"))
    assert breached.status is Status.BREACHED
    assert breached.unknown is not None
    assert breached.unknown.kind is UnknownKind.STALE_DATA


def test_data_is_old_after_54_hours() -> None:
    rows = usage(charge("2026-11-19", cost="1"))
    due = day("2026-11-20") + timedelta(hours=54)
    statuses = [judge([budget()], rows, as_of)[0].status for as_of in (due, due + timedelta(seconds=1))]
    assert statuses == [Status.OK, Status.UNKNOWN]


def test_a_closed_period_is_not_ok_by_old_data_of_a_part_of_it() -> None:
    rows = usage(*each_day("2026-11-01", "2026-11-28", cost="1"))
    due = day("2026-11-29") + timedelta(hours=54)  # six hours into December
    fresh, old = (judge([budget('{"limit": "90 USD"}')], rows, due + later) for later in (NONE, SECOND))
    assert [(str(each[-1].observed), each[-1].status) for each in (fresh, old)] == [
        ("28 USD", Status.OK),
        ("28 USD", Status.UNKNOWN),
    ]
    assert old[-1].unknown is not None
    assert old[-1].unknown.kind is UnknownKind.STALE_DATA
    assert (fresh[-1].forecast is None, old[-1].forecast) == (False, None)
    assert judge([budget('{"limit": "50 USD"}')], rows, due + SECOND)[-1].status is Status.BREACHED


def test_a_closed_period_stays_evaluated_by_data_of_all_of_it_however_old() -> None:
    rows = usage(*each_day("2026-11-01", "2026-11-30", cost="1"))
    current, before = judge([budget('{"limit": "90 USD"}')], rows, day("2026-12-03") + timedelta(hours=23))
    assert (current.status, str(before.observed), before.status) == (Status.UNKNOWN, "30 USD", Status.OK)


def test_the_month_before_is_still_evaluated_while_its_last_days_arrive() -> None:
    rows = (charge("2026-10-31", cost="60"), charge("2026-11-01", cost="1"))
    found = judge([budget()], usage(*rows), day("2026-11-02") + timedelta(hours=10))
    assert [evaluation.status for evaluation in found] == [Status.OK, Status.BREACHED]
    settled = judge([budget()], usage(*rows), day("2026-11-04"))
    assert len(settled) == 1
