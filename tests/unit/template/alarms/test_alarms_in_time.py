"""The template's alarms, replayed: a failure is reported in time, and ordinary behaviour is not reported."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.aws.translation import translated
from tests.unit.template.alarms.alarm_clock import Episode, episodes

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUTE, HOUR = 60.0, 3600.0
ALARMS: dict[str, Any] = {
    name: resource["Properties"]
    for name, resource in translated()["Resources"].items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}
PARAMETERS = {"HeartbeatHours": 2.0, "StaleAfterHours": 54.0}
# A check ends up to this long after its hour: it started late, took its time, or needed three attempts.
lateness = st.floats(0, 9 * MINUTE)
days = st.lists(lateness, min_size=72, max_size=72)
# Alarms about an event that a check or one of its alerts can cause: a failure, a throttle, a lost message.
EVENTS = [
    *("FunctionErrorsAlarm", "CheckBudgetsThrottlesAlarm", "CheckBudgetsDroppedEventsAlarm"),
    *("CheckBudgetsDestinationAlarm", "AlertDeliveryAlarm", "RedriveAlarm", "PostToSlackThrottlesAlarm"),
    *("PostToChatErrorsAlarm", "PostToChatThrottlesAlarm", "PostToChatDroppedEventsAlarm"),
    *("PostToChatDestinationAlarm", "ChatDeliveryAlarm"),
]


def replay(
    name: str, values: Sequence[tuple[float, float]], until: float, **parameters: float
) -> list[Episode]:
    return episodes(ALARMS[name], values, until, PARAMETERS | parameters)


def each_hour(values: Sequence[float], every: int = 1, minute: float = 5) -> list[tuple[float, float]]:
    return [(hour * every * HOUR + minute * MINUTE, value) for hour, value in enumerate(values)]


@given(st.floats(0, 59.99), days)
def test_checks_that_end_at_uneven_times_cause_no_heartbeat_alarm(minute: float, late: list[float]) -> None:
    ends = [(hour * HOUR + minute * MINUTE + after, 1.0) for hour, after in enumerate(late)]
    assert replay("HeartbeatAlarm", ends, 72 * HOUR) == []


@given(st.floats(0, 59.99), st.integers(3, 40))
def test_a_schedule_that_stops_is_reported_after_two_hours(minute: float, hours: int) -> None:
    last = (hours - 1) * HOUR + minute * MINUTE
    [alarm] = replay("HeartbeatAlarm", each_hour([1.0] * hours, minute=minute), (hours + 6) * HOUR)
    assert last + 2 * HOUR <= alarm.start <= last + 2 * HOUR + MINUTE
    assert alarm.end is None


def test_one_check_that_did_not_complete_causes_no_heartbeat_alarm() -> None:
    ends = each_hour([1.0] * 24)
    del ends[10]
    assert replay("HeartbeatAlarm", ends, 24 * HOUR) == []


def test_the_heartbeat_alarm_of_checks_every_six_hours_waits_for_twelve() -> None:
    ends = each_hour([1.0] * 8, every=6)
    assert replay("HeartbeatAlarm", ends, 48 * HOUR, HeartbeatHours=12) == []
    [alarm] = replay("HeartbeatAlarm", ends[:4], 48 * HOUR, HeartbeatHours=12)
    assert alarm.start == 30 * HOUR + 6 * MINUTE


@pytest.mark.parametrize(("every", "hours"), [(1, 2), (6, 12)])
def test_an_alert_is_reported_when_a_second_check_could_not_send_it(every: int, hours: int) -> None:
    until = 10 * every * HOUR
    once, twice = [0.0] * 10, [0.0] * 10
    once[3] = twice[3] = twice[4] = 1.0
    assert replay("AlertsPendingAlarm", each_hour(once, every), until, HeartbeatHours=hours) == []
    [alarm] = replay("AlertsPendingAlarm", each_hour(twice, every), until, HeartbeatHours=hours)
    assert alarm.start == 4 * every * HOUR + 6 * MINUTE


def test_stale_usage_is_reported_until_there_is_newer_usage() -> None:
    ages = [30.0 + hour for hour in range(40)] + [20.0] * 5
    ends = each_hour(ages)
    del ends[30:33]  # without an answer, the state does not change
    assert replay("StaleUsageAlarm", ends, 45 * HOUR) == [
        Episode(25 * HOUR + 6 * MINUTE, 40 * HOUR + 6 * MINUTE)
    ]


@pytest.mark.parametrize("every", [1, 6])
def test_the_loss_of_the_last_subscriber_is_reported_from_the_next_check_until_there_is_one(
    every: int,
) -> None:
    listeners = each_hour([2.0, 1.0, 1.0, 0.0, 0.0, 1.0], every)
    assert replay("NoSubscriberAlarm", listeners, 8 * every * HOUR) == [
        Episode(3 * every * HOUR + 6 * MINUTE, 5 * every * HOUR + 6 * MINUTE)
    ]


@pytest.mark.parametrize("name", EVENTS)
def test_alarms_about_events_have_the_same_timing(name: str) -> None:
    timing = (
        "Statistic",
        "Threshold",
        "Period",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "TreatMissingData",
    )
    assert [ALARMS[name][part] for part in timing] == [ALARMS["FunctionErrorsAlarm"][part] for part in timing]


def test_a_check_that_fails_once_is_reported_within_a_minute_and_ends_two_hours_later() -> None:
    assert replay("FunctionErrorsAlarm", [(3 * HOUR + 7 * MINUTE, 1.0)], 9 * HOUR) == [
        Episode(3 * HOUR + 8 * MINUTE, 5 * HOUR + 8 * MINUTE)
    ]


@pytest.mark.parametrize(("every", "hours"), [(1, 2), (6, 12)])
@pytest.mark.parametrize("late", [(0,), (0, 9), (9, 0, 5)])
def test_an_outage_of_44_checks_sends_one_message_at_its_start_and_one_at_its_end(
    every: int, hours: int, late: tuple[int, ...]
) -> None:
    failures = [
        ((24 + check * every) * HOUR + (late[check % len(late)] + attempt) * MINUTE, 1.0)
        for check in range(44)
        for attempt in (0, 1, 3)  # Lambda repeats a failed event after one minute and after two more
    ]
    until = (24 + 44 * every + 2 * hours) * HOUR
    [alarm] = replay("FunctionErrorsAlarm", failures, until, HeartbeatHours=hours)
    assert alarm.start <= failures[0][0] + MINUTE
    assert alarm.end is not None
    assert hours * HOUR <= alarm.end - failures[-1][0] <= hours * HOUR + MINUTE


# The time between two attempts to post an alert: visibility timeout, some delay, up to a minute of run time.
tries = st.lists(st.floats(360, 360 + 80), min_size=119, max_size=119)
instants = st.floats(30 * MINUTE, 90 * MINUTE)


def attempts(first: float, between: Sequence[float]) -> list[tuple[float, float]]:
    return [(at, 1.0) for at in accumulate(between, initial=first)]


@given(instants, st.floats(360, 360 + 80))
def test_an_alert_that_the_third_attempt_posts_to_slack_causes_no_alarm(first: float, between: float) -> None:
    assert replay("PostToSlackErrorsAlarm", attempts(first, [between]), 3 * HOUR) == []


@given(instants, st.lists(st.floats(0, 540), max_size=100))
def test_alerts_that_slack_limits_for_less_than_ten_minutes_cause_no_alarm(
    first: float, after: list[float]
) -> None:
    errors = sorted((first + each, 1.0) for each in after)
    assert replay("PostToSlackErrorsAlarm", errors, 3 * HOUR) == []


@given(instants, tries)
def test_an_alert_that_slack_refuses_causes_one_alarm_within_forty_minutes(
    first: float, between: list[float]
) -> None:
    errors = attempts(first, between)
    last = errors[-1][0]
    [alarm] = replay("PostToSlackErrorsAlarm", errors, last + HOUR)
    assert first + 20 * MINUTE <= alarm.start <= first + 40 * MINUTE
    assert alarm.end is not None
    assert alarm.end <= last + 11 * MINUTE


def test_an_alert_in_the_queue_that_no_attempt_receives_is_reported_after_half_an_hour() -> None:
    ages = [(minute * MINUTE, minute * MINUTE) for minute in range(60)]
    [alarm] = replay("PostToSlackOldMessagesAlarm", ages, HOUR)
    assert alarm.start == 32 * MINUTE
