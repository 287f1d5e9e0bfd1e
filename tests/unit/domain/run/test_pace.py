"""How many requests a token may send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.run.pace import DOCUMENTED, Remaining, RequestLimit, TokenPace, first_in_turn

NOW = datetime(2026, 11, 30, 10, 0, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_thousand_requests_in_five_minutes_leave_a_sixth_to_other_tools() -> None:
    pace = TokenPace().reserved(1000, NOW)

    assert pace.resumes_at(1, NOW + MINUTE) == NOW.replace(second=30) + 5 * MINUTE
    assert pace.reserved(1, NOW + MINUTE) is pace


def test_optional_requests_leave_half_of_the_pace() -> None:
    pace = TokenPace().reserved(495, NOW).reserved(5, NOW, kept=500)

    assert pace.reserved(5, NOW, kept=500) is pace
    assert pace.reserved(500, NOW) is not pace


def test_requests_stop_counting_after_five_minutes() -> None:
    pace = TokenPace().reserved(600, NOW).reserved(400, NOW + 2 * MINUTE)
    later = NOW.replace(second=30) + 5 * MINUTE

    assert pace.resumes_at(600, later) is None
    assert pace.resumes_at(601, later) == later + 2 * MINUTE


def test_a_429_parks_the_token_until_its_retry_time() -> None:
    pace = TokenPace().parked(timedelta(seconds=90), NOW)

    assert pace.resumes_at(1, NOW + timedelta(seconds=89)) == NOW + timedelta(seconds=90)
    assert pace.resumes_at(1, NOW + timedelta(seconds=90)) is None


def test_a_429_that_does_not_say_how_long_parks_for_five_minutes() -> None:
    assert TokenPace().parked(None, NOW).parked_until == NOW + 5 * MINUTE


def test_a_token_is_parked_for_an_hour_at_most() -> None:
    assert TokenPace().parked(timedelta(days=30), NOW).parked_until == NOW + timedelta(hours=1)


def test_a_shorter_wait_does_not_end_a_longer_one() -> None:
    pace = TokenPace().parked(5 * MINUTE, NOW)

    assert pace.parked(MINUTE, NOW) is pace


def test_the_limit_is_low_while_a_sixth_remains() -> None:
    assert Remaining(DOCUMENTED, 200, MINUTE).is_low
    assert not Remaining(DOCUMENTED, 201, MINUTE).is_low


def test_a_short_limit_is_used_completely() -> None:
    burst = RequestLimit(100, MINUTE)

    assert Remaining(burst, 0, MINUTE).is_low
    assert not Remaining(burst, 1, MINUTE).is_low


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 120)), max_size=60))
def test_no_five_minutes_see_more_than_a_thousand_requests(steps: list[tuple[int, int]]) -> None:
    pace, now, sent = TokenPace(), NOW, []
    for requests, pause in steps:
        now += timedelta(seconds=pause)
        if pace.resumes_at(requests, now) is None:
            sent.append((now, requests))
        pace = pace.reserved(requests, now)

    for end, _ in sent:
        assert sum(count for at, count in sent if end - 5 * MINUTE < at <= end) <= 1000


@given(st.lists(st.integers(1, 400), max_size=20), st.integers(1, 1000))
def test_requests_may_be_sent_at_the_announced_time_and_not_before(spent: list[int], wanted: int) -> None:
    pace, now = TokenPace(), NOW
    for requests in spent:
        pace = pace.reserved(requests, now)
        now += timedelta(seconds=20)

    resumes = pace.resumes_at(wanted, now)

    if resumes is not None:
        assert pace.resumes_at(wanted, resumes) is None
        assert pace.resumes_at(wanted, resumes - timedelta(seconds=1)) is not None


@given(st.integers(0, 500_000), st.integers(41, 1_000), st.integers(1, 50))
def test_each_account_is_soon_among_those_whose_analytics_are_read(
    hour: int, accounts: int, percent: int
) -> None:
    read = max(1, accounts * percent // 100)
    first = [
        first_in_turn(accounts, NOW + (hour + place) * 60 * MINUTE)
        for place in range(2 * accounts // read + 2)
    ]
    found = {(place + offset) % accounts for place in first for offset in range(read)}

    assert found == set(range(accounts))


def test_a_few_accounts_are_read_in_the_same_order_each_hour() -> None:
    assert {first_in_turn(40, NOW + hour * 60 * MINUTE) for hour in range(24)} == {0}
