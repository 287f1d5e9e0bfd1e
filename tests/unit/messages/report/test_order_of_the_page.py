"""In which order the page shows accounts, budgets, problems and cards."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.evaluation.measurement import Driver
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.messages.report.page import page
from tests.support.builders import AS_OF, day
from tests.unit.messages.report.pages import (
    account,
    drawn,
    evaluation,
    forecast,
    lines,
    of_class,
    read,
)
from tests.unit.messages.report.spending import SPEND


def test_what_needs_attention_is_first() -> None:
    unknown = Unknown(UnknownKind.NO_DATA, "none")
    root = drawn(
        evaluation(["1"], name="fine"),
        evaluation(["1"], name="dark", status=Status.UNKNOWN, observed=None, unknown=unknown),
        evaluation(["60"], name="over", status=Status.BREACHED),
    )
    [table] = of_class(root, "budgets")
    assert [link.text for link in table.iter("a")] == ["over", "dark", "fine"]


def test_problems_stand_below_the_table_with_what_is_to_be_tried_again() -> None:
    problems = (Problem("invalid_budget", "x", "budget x: `limt` is no key"),)
    report = Report(AS_OF, (account(failures=("account y: timed out",)),), problems=problems)
    [section] = of_class(read(page(report)), "problems")
    assert lines(section) == [
        "Problems",
        "invalid budget budget x: `limt` is no key",
        "will be tried again account y: timed out",
    ]


def test_a_muted_budget_says_so_on_the_page() -> None:
    muted = evaluation(["1"], '{"limit": "50 USD", "muted_until": "2026-12-01"}')
    assert any("muted until 2026-12-01" in line for line in lines(drawn(muted)))


def test_an_empty_report_is_a_page() -> None:
    shown = lines(read(page(Report(AS_OF))))
    assert "No budgets · as of 2026-11-22 10:00 UTC, and all days are UTC days" in shown
    assert "No budget was judged." in shown


@pytest.mark.parametrize(
    ("failures", "said"),
    [((), "No budget watches this account."), (("timed out",), "It could not be checked.")],
)
def test_an_account_without_budgets_is_not_passed_over(failures: tuple[str, ...], said: str) -> None:
    report = Report(AS_OF, (account(failures=failures, account_name=None),))
    assert said in lines(read(page(report)))


def test_what_is_expected_of_many_is_reported_in_whole_numbers() -> None:
    requests = evaluation(["1000000"], '{"limit": "2000000 Requests"}', forecast=forecast("1423680.57"))
    shown = lines(drawn(requests))
    assert "1,423,681 Requests 71 % of the limit" in shown
    assert not [line for line in shown if "1,423,680" in line]


def test_a_limit_that_is_expected_to_be_reached_has_no_mark_on_the_bar_but_a_colour() -> None:
    over, under = drawn(SPEND), drawn(replace(SPEND, forecast=forecast("49.99")))
    assert (len(of_class(over, "mark")), len(of_class(under, "mark"))) == (0, 2)
    told = [one.text for one in of_class(over, "critical") if one.tag == "span"]
    assert told == ["60.10 USD", "forecast 60.10 USD (55-66), 120 %"]
    assert not of_class(under, "critical")


def test_data_of_an_unfinished_day_is_reported_as_such() -> None:
    through = AS_OF + timedelta(hours=14)
    report = Report(AS_OF, (account(evaluation(["1"]), data_through=through),))
    assert any("data through today, partial" in line for line in lines(read(page(report))))


def test_a_budget_of_a_day_is_drawn_by_its_hours() -> None:
    daily = evaluation(["1"], '{"limit": "5 USD", "period": "day"}')
    hours = [line for line in lines(drawn(daily)) if re.fullmatch(r"\d\d:00", line)]
    assert hours == ["00:00", "06:00", "12:00", "18:00", "24:00"] * 2


def test_nothing_is_forecast_of_what_is_over() -> None:
    ended = evaluation(["60"], observed=Amount(Decimal(60), "USD"), forecast=forecast("60", "60", "60"))
    root = drawn(ended, as_of=day("2026-12-02"))
    assert not of_class(root, "expected")
    assert not of_class(root, "today")


def test_totals_are_first_then_the_table_then_problems_and_cards() -> None:
    problems = (Problem("invalid_budget", "x", "budget x: `limt` is no key"),)
    root = read(page(Report(AS_OF, (account(SPEND),), problems=problems)))
    kinds = [element.get("class") for main in root.iter("main") for element in main]
    assert kinds == ["top", "budgets", "problems", "account"]


def test_only_the_first_card_that_needs_a_look_is_unfolded() -> None:
    root = drawn(
        evaluation(["45"], name="fine"),
        evaluation(["60"], name="over", status=Status.BREACHED),
        evaluation(["70"], name="worse", status=Status.BREACHED),
    )
    cards = of_class(root, "card")
    assert [(card.tag, next(card.iter("h3")).text, card.get("open")) for card in cards] == [
        ("details", "worse", "open"),
        ("details", "over", None),
        ("details", "fine", None),
    ]
    assert not [card.get("open") for card in of_class(drawn(evaluation(["1"])), "card") if card.get("open")]


def test_far_beyond_the_limit_does_not_look_like_a_little_beyond() -> None:
    marks = []
    for number in ("49", "83", "2664"):
        root = drawn(evaluation([number], status=Status.BREACHED))
        marks.append([mark.get("d") for mark in of_class(root, "limit-mark")])
    assert marks == [[], ["M60.2 0V6"] * 2, ["M1.9 0V6"] * 2]


def test_an_account_is_named_in_the_table_only_where_there_are_several() -> None:
    other = account(evaluation(["1"]), account_id="1" * 32)
    [table] = of_class(read(page(Report(AS_OF, (account(SPEND), other)))), "budgets")
    names = [small.text for header in table.iter("th") for small in header.iter("small")]
    assert names == ["Example account (023e105f)", "Example account (11111111)"]
    assert "Example account" not in lines(of_class(drawn(SPEND), "budgets")[0])


def test_a_steady_metric_is_not_called_new_on_the_first_day_of_a_period() -> None:
    driver = Driver("workers", "Workers", None, Decimal(5), Decimal(5), None, day("2026-11-02"))
    assert "new" not in lines(drawn(evaluation(["5"], drivers=(driver,))))
