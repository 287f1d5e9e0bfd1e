"""Charts have sensible places for every amount there can be."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.evaluation.measurement import OTHER
from cloudflare_budgets.domain.primitives.amount import ZERO, total
from cloudflare_budgets.domain.primitives.period import Period, PeriodKind, period_containing
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.messages.report.axes import HEIGHT, WIDTH, Scale, dates, round_numbers, short
from cloudflare_budgets.messages.report.chart_data import DAYS_SHOWN, growth_of
from cloudflare_budgets.messages.report.page import page
from tests.support.builders import AS_OF, day
from tests.unit.messages.report.pages import (
    FIRST,
    account,
    drawn,
    evaluation,
    forecast,
    lines,
    of_class,
    read,
)

amounts = st.decimals(-(10**14), 10**14, allow_nan=False, allow_infinity=False, places=6) | st.sampled_from(
    [Decimal(0), Decimal("1e-18"), Decimal("-1e-18"), Decimal(999999999999999)]
)
NUMBER = r"-?\d+(?:\.\d+)?"
PATH = re.compile(rf"(?:[MLHVhvZ]|{NUMBER}|\s)+")


def places(root: Element) -> Iterable[tuple[str, Decimal]]:
    """Find every place that is named by itself: not the relative ones of paths."""
    for chart in of_class(root, "chart"):
        for element in chart.iter():
            for name in ("x", "cx", "y", "cy", "width", "height"):
                if place := element.get(name):
                    yield name[-1], Decimal(place)
            for x, y in re.findall(rf"[ML]({NUMBER}) ({NUMBER})", element.get("d", "")):
                yield from (("x", Decimal(x)), ("y", Decimal(y)))


@given(
    st.lists(amounts, max_size=30),
    st.decimals("0.000001", 10**14, places=6),
    st.none() | st.tuples(amounts, amounts, amounts),
)
def test_every_amount_has_a_place_within_the_picture(
    numbers: list[Decimal], limit: Decimal, ends: tuple[Decimal, Decimal, Decimal] | None
) -> None:
    low, expected, high = sorted(ends) if ends else (ZERO, ZERO, ZERO)
    found = forecast(str(expected), str(low), str(high), continued=high) if ends else None
    families = {"A": {FIRST + timedelta(days=i): number for i, number in enumerate(numbers)}}
    root = drawn(evaluation(numbers, f'{{"limit": "{limit:f} USD"}}', families=families, forecast=found))
    assert not [text for text in lines(root) if re.search(r"nan|infinity", text, re.IGNORECASE)]
    for axis, place in places(root):
        assert 0 <= place <= (WIDTH if axis in "xh" else HEIGHT) or axis in "ht"
    assert all(
        PATH.fullmatch(path.get("d", "")) for chart in of_class(root, "chart") for path in chart.iter("path")
    )


@given(amounts, amounts)
def test_round_numbers_enclose_what_they_stand_for_and_are_few(one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    numbers = round_numbers(low, high)
    assert numbers[0] <= low <= high <= numbers[-1]
    assert 2 <= len(numbers) <= 7
    assert len({numbers[i + 1] - numbers[i] for i in range(len(numbers) - 1)}) == 1


@pytest.mark.parametrize(
    ("high", "names"),
    [
        ("50", ["0", "20", "40", "60"]),
        ("1", ["0", "0.5", "1"]),
        ("0.07", ["0", "0.02", "0.04", "0.06", "0.08"]),
        ("11714592", ["0", "5M", "10M", "15M"]),
        ("2500", ["0", "1k", "2k", "3k"]),
        ("0.0001", ["0", "5e-5", "1e-4"]),
        ("4000000000", ["0", "1B", "2B", "3B", "4B"]),
    ],
)
def test_an_axis_is_named_in_round_numbers(high: str, names: list[str]) -> None:
    assert [short(number) for number in round_numbers(ZERO, Decimal(high))] == names


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (PeriodKind.DAY, ["00:00", "06:00", "12:00", "18:00", "24:00"]),
        (PeriodKind.WEEK, ["16 Nov", "17 Nov", "18 Nov", "19 Nov", "20 Nov", "21 Nov", "22 Nov"]),
        (PeriodKind.MONTH, ["1 Nov", "8 Nov", "15 Nov", "22 Nov", "29 Nov"]),
        (PeriodKind.QUARTER, ["Oct", "Nov", "Dec"]),
        (PeriodKind.YEAR, ["Jan", "Mar", "May", "Jul", "Sep", "Nov"]),
    ],
)
def test_an_axis_of_time_has_room_for_its_names(kind: PeriodKind, names: list[str]) -> None:
    assert [name for _, name in dates(period_containing(kind, AS_OF))] == names


@given(amounts, amounts, amounts)
def test_a_scale_stays_within_its_bounds(low: Decimal, high: Decimal, number: Decimal) -> None:
    assert 10 <= Scale(low, high, Decimal(10), Decimal(90))(number) <= 90


def november(numbers: Iterable[str], data_through: datetime | None = None) -> list[tuple[int, str]]:
    period = period_containing(PeriodKind.MONTH, AS_OF)
    growth = growth_of(evaluation(list(numbers)), period, data_through, AS_OF)
    return [((instant - FIRST) // timedelta(hours=1), str(number)) for instant, number in growth.points]


def test_the_amount_grows_to_the_end_of_each_day() -> None:
    assert november(["10", "5"]) == [(0, "0"), (24, "10"), (48, "15")]


def test_days_without_anything_are_level_up_to_the_end_of_the_data() -> None:
    assert november(["10"], day("2026-11-04")) == [(0, "0"), (24, "10"), (72, "10")]


def test_an_unfinished_day_ends_now() -> None:
    assert november(["1"] * 22, day("2026-11-23"))[-2:] == [(21 * 24, "21"), (21 * 24 + 10, "22")]


def test_a_month_that_has_just_begun_is_a_point() -> None:
    assert november([]) == [(0, "0")]


@given(st.lists(amounts, max_size=22))
def test_the_line_ends_at_what_was_observed(numbers: list[Decimal]) -> None:
    period = period_containing(PeriodKind.MONTH, AS_OF)
    assert growth_of(evaluation(numbers), period, None, AS_OF).observed == total(numbers)


def test_rows_of_a_cycle_that_lie_beside_its_ends_are_counted_all_the_same() -> None:
    made = evaluation(["1"] * 10)
    late = Period(FIRST + timedelta(days=3), FIRST + timedelta(days=33))
    points = growth_of(made, late, None, AS_OF).points
    assert [str(number) for _, number in points] == ["3", *"456789", "10"]
    assert all(late.start <= instant <= late.end for instant, _ in points)


def test_five_families_are_distinguished_and_the_rest_are_one() -> None:
    families = {name: {FIRST: Decimal(number)} for number, name in enumerate("ABCDEFG", start=1)}
    families[OTHER] = {FIRST: Decimal(100)}
    growth = growth_of(
        evaluation(["128"], families=families), period_containing(PeriodKind.MONTH, AS_OF), None, AS_OF
    )
    assert [name for name, _ in growth.families] == ["G", "F", "E", "D", "C", OTHER]
    assert growth.families[-1][1] == {FIRST: Decimal(103)}


def test_credits_hang_below_the_line_and_hide_nothing() -> None:
    families = {"A": {FIRST: Decimal(30)}, "B": {FIRST: Decimal(-10)}, "C": {FIRST: Decimal(5)}}
    root = drawn(evaluation(["25"], families=families))
    bars = {name: of_class(root, f"family-{index}")[0].get("d", "") for index, name in enumerate("ABC")}
    ends = {
        name: [Decimal(y) for y in re.findall(rf"(?:M{NUMBER} |V)({NUMBER})", d)] for name, d in bars.items()
    }
    zero = ends["A"][0]
    assert max(ends["A"]) == zero
    assert min(ends["B"]) == zero < max(ends["B"])
    assert max(ends["C"]) == min(ends["A"])


def test_of_a_year_the_last_days_are_shown_one_by_one() -> None:
    root = drawn(evaluation(["1"] * 22, '{"limit": "500 USD", "period": "year"}'))
    shown = [line for line in lines(root) if re.fullmatch(r"2026-\d\d-\d\d: 1 USD", line)]
    assert len(shown) == 22
    assert DAYS_SHOWN < 365


def test_a_name_that_has_no_room_is_left_out_rather_than_laid_over_another() -> None:
    root = drawn(evaluation(["900"], '{"limit": "50 USD", "thresholds": ["50%", "80%", "100%", "1000%"]}'))
    named = [text.text for text in of_class(root, "chart")[0].iter("text") if (text.text or "").endswith("%")]
    assert named == ["100 %", "1,000 %"]


def test_the_bar_of_the_running_day_is_marked_partial() -> None:
    through = day("2026-11-23")
    running = evaluation(["1"] * 22)
    root = read(page(Report(AS_OF, (account(running, data_through=through),))))
    assert len([bar for bar in of_class(root, "partial") if "family-0" in bar.get("class", "")]) == 1
    assert "22 Nov is partial" in lines(root)
    assert not of_class(drawn(evaluation(["1"] * 21)), "partial")


def test_a_family_has_one_colour_in_all_cards() -> None:
    def used(*names: str) -> dict[str, dict[datetime, Decimal]]:
        return {name: {FIRST: Decimal(number)} for number, name in enumerate(names, start=1)}

    cards = [("KV", "R2"), ("R2", "KV"), ("R2",), ("A", "B", "C", "D", "E", "R2"), ("F", "R2")]
    root = drawn(
        *(evaluation(["9"], name=f"b{place}", families=used(*names)) for place, names in enumerate(cards))
    )
    colours: dict[str, set[str]] = {}
    for legend in of_class(root, "legend"):
        for item in legend.iter("li"):
            kind = next(item.iter("path")).get("class", "")
            if kind.startswith("family-") and kind != "family-other":
                colours.setdefault("".join(item.itertext()), set()).add(kind)
    assert colours["R2"] == {"family-0"}
    assert colours["KV"] == {"family-1"}
    assert len(colours["B"] | colours["C"] | colours["D"]) == 3
