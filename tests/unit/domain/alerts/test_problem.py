"""What people are told of budgets whose amount is not known, or whose scope fits nothing."""

from datetime import timedelta

from cloudflare_budgets.domain.alerts.problem import Problem, problems_of, unmatched_budgets
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.messages.alerts.problem import MAX_MESSAGE
from tests.support.builders import (
    ACCOUNT_ID,
    AS_OF,
    budget,
    charge,
    day,
    each_day,
    known,
    price,
    prices,
    usage,
    usage_since,
)

R2 = budget('{"limit": "9 Operations", "scope": {"metric_id": ["r2_*"], "zone": ["a", "b"]}}', "r2")


def of_accounts_data(*names: str) -> Problem:
    """Give the one problem of budgets for which there is no usage at all."""
    budgets = [budget(name=name) for name in names]
    (problem,) = problems_of(evaluate(budgets, known(usage())), ACCOUNT_ID, AS_OF)
    return problem


def test_what_is_missing_of_an_account_is_one_problem_that_names_its_budgets() -> None:
    one, two = of_accounts_data("spend"), of_accounts_data("spend", "workers")
    assert (one.kind, one.subject, two.subject) == ("no_data", ACCOUNT_ID, ACCOUNT_ID)
    assert one.message.startswith("budget spend: Cloudflare returned no usage")
    assert two.message.startswith("budgets spend, workers: Cloudflare returned no usage")


def told_of(count: int, *, metrics: int) -> Problem:
    """Give the one problem of many budgets, each of which lacks the price of the next metric in turn."""
    budgets = [
        budget(
            f'{{"limit": "5 USD", "scope": {{"metric_id": ["known", "m{place % metrics}"]}}}}', f"b{place}"
        )
        for place in range(count)
    ]
    rows = usage(charge(metric="known"), *(charge(metric=f"m{place}") for place in range(metrics)))
    found = evaluate(budgets, known(rows, prices=prices(price(metric="known"))))
    (problem,) = problems_of(found, ACCOUNT_ID, AS_OF)
    return problem


def test_each_reason_is_reported_with_the_budgets_that_it_holds_for() -> None:
    problem = told_of(3, metrics=2)
    first, second = problem.message.split(". Budget ")
    assert first.startswith("budgets b0, b2: the estimate leaves out m0: ")
    assert second.startswith("b1: the estimate leaves out m1: ")
    assert (problem.names, problem.budgets) == (
        ("m0: it is not in the price list", "m1: it is not in the price list"),
        ("b0", "b2", "b1"),
    )


def test_of_thousands_of_budgets_as_many_are_named_as_a_message_holds() -> None:
    one, many = told_of(2000, metrics=1), told_of(2000, metrics=1000)
    assert ", b9 and 1990 more: the estimate leaves out m0: " in one.message
    for problem in (one, many):
        assert len(problem.message) <= MAX_MESSAGE
        assert len(problem.budgets) == 100
    shown = many.message.count("the estimate leaves out")
    assert many.message.endswith(f". Other reasons hold for {2000 - 2 * shown} more")
    assert shown == len(many.names) == 9


def test_ten_budgets_are_all_named_and_no_more_are_counted() -> None:
    assert told_of(10, metrics=1).message.startswith("budgets b0, b1, b2, b3, b4, b5, b6, b7, b8, b9: ")
    assert ", b9 and 1 more: " in told_of(11, metrics=1).message


def test_a_budget_is_named_once_though_two_of_its_periods_are_not_known() -> None:
    rows = usage(charge("2026-11-30", cost="1"), charge("2026-12-01", cost="1"))
    as_of = day("2026-12-02")
    (problem,) = problems_of(evaluate([budget('{"limit": "5 EUR"}')], known(rows, as_of)), ACCOUNT_ID, as_of)
    assert problem.message.startswith("budget workers: the limit is in EUR")


def test_a_cost_that_disagrees_is_a_step_further_at_each_higher_threshold() -> None:
    steps = []
    for quantity in ("24", "25", "39", "40", "50", "500"):
        rows = usage_since("2026-11-01", charge(quantity=quantity, cost="0"))
        found = problems_of(evaluate([budget()], known(rows, prices=prices(price()))), ACCOUNT_ID, AS_OF)
        steps += [(each.subject, each.step, each.since) for each in found]
    month = day("2026-11-01")
    assert steps == [("workers", f"{percent}%", month) for percent in (50, 50, 80, 100, 100)]


def test_a_threshold_itself_is_a_step_beyond_the_same_one_on_a_forecast() -> None:
    text = '{"limit": "50 USD", "thresholds": ["100%", "100% forecast"]}'
    rows = usage_since("2026-11-01", charge(quantity="50", cost="0"))
    (problem,) = problems_of(evaluate([budget(text)], known(rows, prices=prices(price()))), ACCOUNT_ID, AS_OF)
    assert problem.step == "100%"


def test_three_days_of_usage_are_enough_to_say_that_a_scope_fits_none() -> None:
    assert unmatched_budgets([R2], usage(), AS_OF) == []
    assert unmatched_budgets([R2], usage(*each_day("2026-11-20", "2026-11-21")), AS_OF) == []
    (problem,) = unmatched_budgets([R2], usage(*each_day("2026-11-19", "2026-11-21")), AS_OF)
    assert (problem.kind, problem.subject, problem.since) == ("no_matching_usage", "r2", day("2026-11-01"))
    assert "matches its scope (metric_id: r2_*; zone: a, b)" in problem.message


def test_a_scope_that_fits_any_usage_is_no_problem() -> None:
    rows = (*each_day("2026-11-01", "2026-11-21"), charge("2026-11-02", metric="r2_reads", x_zone_id="b"))
    assert unmatched_budgets([R2], usage(*rows), AS_OF) == []


def test_a_reader_may_choose_among_the_first_twenty_metrics() -> None:
    for count, end in ((20, "metric_20"), (21, "metric_20, ...")):
        rows = [
            charge(
                f"{day('2026-11-21') - timedelta(days=3 * place):%Y-%m-%d}", metric=f"metric_{place + 1:02}"
            )
            for place in range(count)
        ]
        (problem,) = unmatched_budgets([R2], usage(*rows), AS_OF)
        assert problem.message.endswith(
            f"metrics are {', '.join(f'metric_{on:02}' for on in range(1, 20))}, {end}"
        )
