"""A page is one that a phone can load, however many budgets there are."""

from dataclasses import replace
from decimal import Decimal

from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.messages.report.budget_view import CARDS
from cloudflare_budgets.messages.report.page import PROBLEMS, ROWS, page
from tests.support.builders import AS_OF
from tests.unit.messages.report.pages import FIRST, account, evaluation, forecast, lines, of_class, read

MEGABYTE = 1_000_000
FAMILIES = {name: {FIRST: Decimal(1)} for name in "ABCDEFGH"}


def many(count: int, text: str = '{"limit": "50 USD"}') -> Report:
    """Report on one account with many budgets, each of which used a little more than the one before."""
    numbers = [Decimal("1.234567")] * 22
    families = {name: dict.fromkeys(evaluation(numbers).breakdown.days, Decimal("0.2")) for name in FAMILIES}
    made = evaluation(numbers, text, families=families, forecast=forecast("60.123", "50.1", "70.9"))
    assert made.observed is not None
    found = [
        replace(
            made,
            budget=replace(made.budget, name=f"budget {number}"),
            observed=replace(made.observed, number=made.observed.number + number),
        )
        for number in range(count)
    ]
    return Report(AS_OF, (account(*found),))


def test_a_thousand_budgets_are_less_than_two_megabytes() -> None:
    assert len(page(many(1000)).encode()) < 2 * MEGABYTE


def test_three_times_as_many_are_hardly_more() -> None:
    assert len(page(many(3000))) < len(page(many(1000))) + 10_000


def test_thirty_years_are_less_than_two_megabytes() -> None:
    assert len(page(many(30, '{"limit": "50 USD", "period": "year"}')).encode()) < 2 * MEGABYTE


def test_those_that_used_most_are_drawn_and_the_page_says_that_there_are_more() -> None:
    root = read(page(many(100)))
    drawn = [heading.text for card in of_class(root, "card") for heading in card.iter("h3")]
    assert drawn == [f"budget {number}" for number in range(99, 99 - CARDS, -1)]
    told = "Only the 30 budgets that used most of their limits are drawn; the table has 70 more. "
    assert any(line.startswith(told.strip()) for line in lines(root))
    [table] = of_class(root, "budgets")
    assert len(list(table.iter("tr"))) == 1 + 100


def test_what_the_table_has_no_room_for_is_counted() -> None:
    assert f"And {10:,} more; the function's reply has all of them." in lines(read(page(many(ROWS + 10))))


def test_what_the_list_of_problems_has_no_room_for_is_counted() -> None:
    problems = tuple(
        Problem("no_data", str(number), f"nothing of {number}") for number in range(PROBLEMS + 5)
    )
    root = read(page(Report(AS_OF, problems=problems)))
    [section] = of_class(root, "problems")
    assert len(list(section.iter("li"))) == PROBLEMS
    assert "And 5 more; the function's log has all of them." in lines(section)


def test_accounts_without_a_card_do_not_fill_the_page() -> None:
    accounts = tuple(account(account_id=f"{number:032x}") for number in range(1000))
    root = read(page(Report(AS_OF, accounts)))
    assert len(of_class(root, "account")) == CARDS
