"""The alarms that watch our own metrics, replayed: a stop rings in time, and what is ordinary does not."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.aws.translation import translated
from tests.unit.template.alarm_clock import ringing

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUTE, HOUR = 60.0, 3600.0
ALARMS: dict[str, Any] = {
    name: resource["Properties"]
    for name, resource in translated()["Resources"].items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}
PARAMETERS = {"HeartbeatHours": 2.0, "StaleAfterHours": 54.0}
# A check ends up to so long after its hour: it was started late, took its time, or was tried three times.
lateness = st.floats(0, 9 * MINUTE)
days = st.lists(lateness, min_size=72, max_size=72)


def rings(name: str, values: Sequence[tuple[float, float]], until: float, **parameters: float) -> list[float]:
    return ringing(ALARMS[name], values, until, PARAMETERS | parameters)


def each_hour(values: Sequence[float], every: int = 1, minute: float = 5) -> list[tuple[float, float]]:
    return [(hour * every * HOUR + minute * MINUTE, value) for hour, value in enumerate(values)]


@given(st.floats(0, 59.99), days)
def test_checks_that_end_at_uneven_times_ring_no_heartbeat(minute: float, late: list[float]) -> None:
    ends = [(hour * HOUR + minute * MINUTE + after, 1.0) for hour, after in enumerate(late)]
    assert rings("HeartbeatAlarm", ends, 72 * HOUR) == []


@given(st.floats(0, 59.99), st.integers(3, 40))
def test_a_schedule_that_stops_is_noticed_within_three_hours(minute: float, hours: int) -> None:
    last = (hours - 1) * HOUR + minute * MINUTE
    first = rings("HeartbeatAlarm", each_hour([1.0] * hours, minute=minute), (hours + 6) * HOUR)[0]
    assert last + 2 * HOUR <= first <= last + 3 * HOUR


def test_one_check_that_was_never_complete_rings_no_heartbeat() -> None:
    ends = each_hour([1.0] * 24)
    del ends[10]
    assert rings("HeartbeatAlarm", ends, 24 * HOUR) == []


def test_the_heartbeat_of_rare_checks_is_as_patient_as_its_parameter_says() -> None:
    ends = each_hour([1.0] * 8, every=6)
    assert rings("HeartbeatAlarm", ends, 48 * HOUR, HeartbeatHours=12) == []
    assert rings("HeartbeatAlarm", ends[:4], 48 * HOUR, HeartbeatHours=12)[0] == 31 * HOUR


@pytest.mark.parametrize(("every", "hours"), [(1, 2), (6, 12)])
def test_an_alert_rings_when_a_second_check_still_owes_it(every: int, hours: int) -> None:
    until = 10 * every * HOUR
    once, twice = [0.0] * 10, [0.0] * 10
    once[3] = twice[3] = twice[4] = 1.0
    assert rings("AlertsPendingAlarm", each_hour(once, every), until, HeartbeatHours=hours) == []
    ringing_from = rings("AlertsPendingAlarm", each_hour(twice, every), until, HeartbeatHours=hours)[0]
    assert ringing_from == (4 * every + 1) * HOUR


def test_usage_rings_from_the_hour_in_which_it_is_too_old_until_there_is_newer_usage() -> None:
    ages = [30.0 + hour for hour in range(40)] + [20.0] * 5
    ends = each_hour(ages)
    del ends[30:33]  # without an answer nobody knows better, and it goes on
    assert rings("StaleUsageAlarm", ends, 45 * HOUR) == [hour * HOUR for hour in range(26, 41)]


@pytest.mark.parametrize("every", [1, 6])
def test_the_last_subscriber_who_leaves_is_missed_from_the_next_check_until_somebody_is_there(
    every: int,
) -> None:
    listeners = each_hour([2.0, 1.0, 1.0, 0.0, 0.0, 1.0], every)
    rung = [hour * HOUR for hour in range(3 * every + 1, 5 * every + 1)]
    assert rings("NoSubscriberAlarm", listeners, 8 * every * HOUR) == rung


def test_a_check_that_fails_once_rings_at_once_and_is_over_within_five_minutes() -> None:
    errors = [(HOUR + 7 * MINUTE, 1.0)]
    assert rings("FunctionErrorsAlarm", errors, 3 * HOUR) == [HOUR + 10 * MINUTE]


# From one try of an alert to the next: the queue's time and a little, and up to a minute until it has failed.
tries = st.lists(st.floats(360, 360 + 80), min_size=119, max_size=119)
instants = st.floats(0, HOUR)


def failures(first: float, between: Sequence[float]) -> list[tuple[float, float]]:
    return [(at, 1.0) for at in accumulate(between, initial=first)]


@given(instants, st.floats(360, 360 + 80))
def test_an_alert_that_slack_takes_at_the_third_try_rings_nowhere(first: float, between: float) -> None:
    assert rings("PostToSlackErrorsAlarm", failures(first, [between]), 3 * HOUR) == []


@given(instants, st.lists(st.floats(0, 540), max_size=100))
def test_a_burst_that_slack_slows_down_for_ten_minutes_rings_nowhere(
    first: float, after: list[float]
) -> None:
    errors = [(first + each, 1.0) for each in after]
    assert rings("PostToSlackErrorsAlarm", errors, 3 * HOUR) == []


@given(instants, tries)
def test_an_alert_that_slack_does_not_take_rings_once_within_forty_minutes(
    first: float, between: list[float]
) -> None:
    errors = failures(first, between)
    last = errors[-1][0]
    ringing_at = rings("PostToSlackErrorsAlarm", errors, last + HOUR)
    assert first + 20 * MINUTE <= ringing_at[0] <= first + 40 * MINUTE
    assert ringing_at[-1] <= last + 10 * MINUTE
    # One mail when it begins and one when it is over, however often it is tried in between.
    assert {later - earlier for earlier, later in pairwise(ringing_at)} == {10 * MINUTE}


def test_an_alert_that_nobody_tries_rings_after_half_an_hour() -> None:
    ages = [(minute * MINUTE, minute * MINUTE) for minute in range(60)]
    assert rings("PostToSlackOldMessagesAlarm", ages, HOUR)[0] == 35 * MINUTE
