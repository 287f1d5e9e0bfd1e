from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.timeseries.series import DailySeries
from cloudflare_budgets.domain.timeseries.spike import Spike, spike

# A Monday.
MONDAY = datetime(2026, 9, 28, tzinfo=UTC)
WEEK = [100, 100, 100, 100, 100, 40, 40]


def anything(extra: Decimal) -> bool:
    return extra > 0


def series(*numbers: int) -> DailySeries:
    return DailySeries(MONDAY, tuple(map(Decimal, numbers)))


def find(*numbers: int) -> Spike | None:
    return spike(series(*numbers), anything)


def day(index: int) -> datetime:
    return MONDAY + index * DAY


def test_a_day_far_above_the_usual_is_reported_with_what_is_usual() -> None:
    assert find(*[100] * 28, 400) == Spike(day(28), day(28), Decimal(400), Decimal(100), days=1)


def test_a_day_is_compared_with_what_is_usual_on_its_weekday() -> None:
    working_day = find(*WEEK * 4, 200)
    assert working_day is not None
    assert working_day.usual == pytest.approx(100, rel=Decimal("0.03"))
    sunday = find(*WEEK * 4, *WEEK[:6], 200)
    assert sunday is not None
    assert sunday.day == day(34)
    assert sunday.usual == pytest.approx(40, rel=Decimal("0.06"))
    assert find(*WEEK * 5) is None


def test_a_weekend_day_that_uses_no_more_than_a_working_day_is_no_spike() -> None:
    assert find(*WEEK * 4, *WEEK[:6], 99) is None
    assert find(*WEEK * 4, *WEEK[:6], 101) is not None


def test_the_usual_reaches_back_four_weeks() -> None:
    days = [*[10] * 14, *[100] * 14]
    assert find(10, *days, 105) is not None  # of 28 days, half use 10
    assert find(*days, 100, 105) is None


def test_nearly_twice_the_usual_is_out_of_line_and_a_little_less_is_not() -> None:
    assert find(*[100] * 28, 190) is not None
    assert find(*[100] * 28, 189) is None


def test_where_days_differ_a_day_must_differ_more() -> None:
    # On working days the median is 100, and the deviations' median 40: the line is at 100 + 3 * 1.4826 * 40.
    restless = [60, 140, 100, 60, 140, 100, 100] * 4
    assert find(*restless, 277) is None
    assert find(*restless, 278) is not None


def weeks(*of_mondays: int) -> list[int]:
    """Use something on Mondays alone."""
    return [number for monday in of_mondays for number in (monday, 0, 0, 0, 0, 0, 0)]


def test_a_job_that_runs_every_week_is_reported_twice() -> None:
    days = [1, *[0] * 27, *weeks(*[10] * 9)]
    episodes = {found.since for count in range(28, len(days) + 1) if (found := find(*days[:count]))}
    assert episodes == {day(28), day(35)}


def test_noise_of_the_last_weeks_hides_no_spike() -> None:
    days = [100] * 28
    days[14] = days[21] = 180  # not out of line, so not a job of every week
    assert find(*days, 260) is not None


def monthly(*of_firsts: int) -> list[int]:
    """Use 10 a day from July 1 on, and so much on the first days of July, August and so on."""
    days = [10] * 200
    for length, quantity in zip((0, 31, 62, 92, 123, 153), of_firsts, strict=False):
        days[length] = quantity
    return days


def test_a_job_that_runs_every_month_is_reported_twice() -> None:
    days = monthly(10, 900, 900, 900, 900, 900)
    episodes = {found.since for count in range(28, 170) if (found := find(*days[:count]))}
    assert episodes == {day(31), day(62)}


@pytest.mark.parametrize(("quantity", "is_told"), [(1349, False), (1350, True)])
def test_a_known_job_is_reported_when_it_uses_half_as_much_again(
    quantity: int,
    is_told: bool,  # noqa: FBT001 - the case
) -> None:
    days = monthly(10, 900, 900, quantity)[:93]
    assert bool(find(*days)) == is_told


@pytest.mark.parametrize("interval", [7, 14, 28, 30])
def test_a_job_at_any_regular_interval_is_known_after_its_second_run(interval: int) -> None:
    days = [10] * 120
    for run in range(4):
        days[20 + run * interval] = 900
    found = [find(*days[: 21 + run * interval]) is not None for run in range(4)]
    assert found == [True, True, False, False]


def test_two_spikes_at_no_interval_do_not_hide_a_third() -> None:
    days = [10] * 90
    days[40] = days[52] = 900
    assert find(*days, 900) is not None


def test_a_runaway_of_some_days_does_not_hide_the_next_one() -> None:
    days = [10] * 60
    days[30:34] = [900] * 4
    assert find(*days, 900) is not None


@pytest.mark.parametrize(
    ("last_weeks", "number", "is_told"),
    [
        ((10, 10), 14, False),
        ((10, 10), 15, True),  # half as much again
        ((90, 10), 15, True),  # one spike on that weekday does not hide the next
        ((10, 90), 15, True),
        ((0, 10), 10, True),
    ],
)
def test_a_day_like_the_same_one_of_the_last_two_weeks_is_not_reported(
    last_weeks: tuple[int, int],
    number: int,
    is_told: bool,  # noqa: FBT001 - the case
) -> None:
    assert bool(spike(series(*weeks(1, 1, *last_weeks), number), anything, judged=1)) == is_told


@pytest.mark.parametrize("weekday", range(7))
def test_a_loop_is_found_on_its_first_day_beside_a_job_that_runs_every_week(weekday: int) -> None:
    days = [*weeks(*[10] * 5), *weeks(10)[:weekday]]
    found = spike(series(*days, 16), anything, judged=1)
    assert found is not None
    assert found.since == day(len(days))


def test_what_is_not_worth_telling_is_no_spike() -> None:
    days = series(*[100] * 28, 400)
    assert spike(days, lambda extra: extra >= 301) is None
    assert spike(days, lambda extra: extra >= 300) is not None


def test_with_few_days_only_five_times_the_usual_counts() -> None:
    assert find(100, 100, 100, 500) is not None
    assert find(100, 100, 100, 499) is None
    assert find(*[100] * 13, 499) is None
    assert find(*[100] * 14, 499) is not None


def test_with_fewer_than_three_days_nothing_is_usual() -> None:
    assert find(1, 1, 5000) is None
    assert find() is None


@pytest.mark.parametrize("few", [5, 20])
def test_after_days_without_use_whatever_is_worth_it_counts(few: int) -> None:
    found = find(9, *[0] * few, 3)
    assert found is not None
    assert (found.usual, found.quantity) == (Decimal(0), Decimal(3))
    assert spike(series(9, *[0] * few, 3), lambda extra: extra >= 5) is None


def test_an_idle_day_of_an_idle_metric_is_no_spike() -> None:
    assert spike(series(9, *[0] * 30), lambda _: True) is None


def test_days_on_end_are_one_episode_that_preserves_its_first_day() -> None:
    for days in range(1, 8):
        found = find(*WEEK * 5, *[300] * days)
        assert found is not None
        assert (found.since, found.day, found.days) == (day(35), day(34 + days), days)
        assert found.usual == pytest.approx(100 if days < 6 else 40, rel=Decimal("0.06"))


def test_one_normal_day_does_not_end_an_episode_and_two_do() -> None:
    broken = find(*[100] * 28, 400, 100, 400)
    assert broken is not None
    assert (broken.since, broken.days) == (day(28), 2)
    twice = find(*[100] * 28, 400, 100, 400, 100, 400)
    assert twice is not None
    assert (twice.since, twice.days) == (day(28), 3)
    again = find(*[100] * 28, 400, 100, 100, 400)
    assert again is not None
    assert (again.since, again.days) == (day(31), 1)


def test_data_that_arrive_some_days_at_once_are_all_looked_at() -> None:
    late = [*[100] * 28, 400, 100, 100, 100]
    found = find(*late)
    assert found is not None
    assert found.day == day(28)
    assert find(*late, 100) is None
    assert spike(series(*late), anything, judged=3) is None


@pytest.mark.parametrize("start", range(7))
@pytest.mark.parametrize("times", [2, 3, 50])
def test_a_step_that_stays_is_one_episode_until_it_is_usual(start: int, times: int) -> None:
    numbers = (WEEK * 12)[: 35 + start] + [number * times for number in (WEEK * 12)[35 + start :]]
    told = [find(*numbers[:count]) for count in range(1, len(numbers) + 1)]
    # Weekends of twice 40 use less than a working day did.
    first = 7 if times == 2 and start > 4 else start
    assert {found.since for found in told if found} == {day(35 + first)}
    assert not any(told[35 + start + 20 :])


def test_a_step_that_is_worth_telling_on_working_days_alone_is_one_episode() -> None:
    numbers = WEEK * 5 + [number * 3 for number in WEEK * 4]
    told = [
        spike(series(*numbers[:count]), lambda extra: extra >= 150) for count in range(1, len(numbers) + 1)
    ]
    assert {found.since for found in told if found} == {day(35)}
