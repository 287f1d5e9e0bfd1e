"""Subjects name budget, metric and account, however long these are."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflare_budgets.domain.alerts.alert_key import problem_key
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.alerts.resolution import Reason, Resolution
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.run.digest import Digest
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.domain.run.state import RunCounts
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.messages.alerts.digest import digest_alert
from cloudflare_budgets.messages.alerts.problem import problem_alert
from cloudflare_budgets.messages.alerts.problem_texts import PROBLEM_TEXTS
from cloudflare_budgets.messages.alerts.resolved import resolved_alert
from cloudflare_budgets.messages.mail import MAX_SUBJECT
from tests.support.builders import ACCOUNT_ID, AS_OF, charge, day, each_day, judged, price, prices, usage
from tests.support.world import World
from tests.unit.messages.alerts.mailed import mails


@pytest.mark.parametrize(
    ("name", "metric", "fact"),
    [
        (
            "included",
            "kv_storage",
            "included: kv_storage forecast over: 1.2 of 1 GB-months included (120 %, now 0.84)",
        ),
        (
            "what-the-plan-of-the-shop-includes",
            "durable_objects_storage_rows_written",
            "what-the-plan-of-the-shop-i...: durable_objects_storage_rows... forecast over: 120 %",
        ),
        ("i" * 64, "m" * 80, f"{'i' * 27}...: {'m' * 28}... forecast over: 120 %"),
    ],
)
def test_a_subject_names_budget_metric_percent_and_account_however_long_they_are(
    name: str, metric: str, fact: str
) -> None:
    included = price(metric=metric, units=("GB-months",), included="1")
    world = World(prices=prices(included))
    world.configuration.given_budgets = {
        name: '{"limit": "100% of allowance", "thresholds": ["100% forecast"]}'
    }
    columns = {"consumed_unit": "GB-months", "billing_account_name": "Zürich " + "a" * 53}
    world.use(*each_day("2026-11-01", "2026-11-21", "0.04", metric=metric, **columns))
    world.run()
    (subject,) = world.subjects
    assert subject.isascii()
    assert len(subject) <= MAX_SUBJECT
    assert subject.startswith(fact)
    assert re.search(r" - Zurich a+\.\.\.$", subject)


@pytest.mark.parametrize(
    ("text", "rows", "told"),
    [
        ('{"limit": "50 USD", "thresholds": ["80%"]}', [charge(cost="49.998")], "49.998"),
        (
            '{"limit": "10000 USD", "thresholds": ["80% forecast"]}',
            each_day("2026-11-01", "2026-11-21", "333.32", "333.32"),
            "9,999.60",
        ),
    ],
)
def test_what_is_below_its_limit_never_reads_like_it(text: str, rows: list[Charge], told: str) -> None:
    world = World()
    world.configuration.given_budgets = {"spend": text}
    world.use(*rows)
    world.run(digest=True)
    crossing, digest = (mails(world, kind)[0] for kind in ("threshold_crossed", "digest"))
    for said in (crossing.subject, crossing.body, digest.body):
        assert re.search(rf"\b{told} (USD|of)", said)


NAMES = [
    ("included", "durable_objects_storage_rows_written"),
    ("what-the-plan-includes", "m" * 80),
    ("i" * 64,) * 2,
]


@pytest.mark.parametrize(("name", "metric"), NAMES)
def test_the_end_of_a_period_and_of_an_alert_name_them_too(name: str, metric: str) -> None:
    world = World(prices=prices(price(metric=metric, units=("Rows",), included="1000000")))
    world.configuration.given_budgets = {name: '{"limit": "50% of allowance", "thresholds": ["50%"]}'}
    columns = {"consumed_unit": "Rows", "billing_account_name": "Bicycle shop of the North"}
    start = day("2026-11-01")
    rows = each_day("2026-11-01", "2026-11-30", "20000", metric=metric, billing_period_start=start, **columns)
    world.use(*rows[:21])
    world.run()
    world.configuration.given_budgets = {name: '{"limit": "200% of allowance", "thresholds": ["50%"]}'}
    world.run()
    start = day("2026-12-01")
    world.use(
        *rows,
        *each_day("2026-12-01", "2026-12-02", "1", metric=metric, billing_period_start=start, **columns),
    )
    world.now = day("2026-12-02") + timedelta(hours=10)
    world.run()
    subjects = [message.subject for message in world.topic.published]
    resolved, closed = (next(each for each in subjects if word in each) for word in ("Resolved: ", "Closed "))
    for subject, percent in ((resolved, 21), (closed, 30)):
        assert re.search(rf"{name[:9]}.*: {metric[:16]}.* {percent} %.* - Bicycle s", subject), subject


@pytest.mark.parametrize("kind", PROBLEM_TEXTS)
def test_a_problem_is_named_whole_however_long_its_budget_is_called(kind: str) -> None:
    name = "production-workers-and-durable-objects-spend-of-the-whole-house"
    subject = problem_alert(Problem(kind, name, "m", ACCOUNT_ID), AS_OF).subject
    before, _, after = PROBLEM_TEXTS[kind].headline.partition("{}")
    assert subject.startswith(f"Problem: {before}production-workers-and-durable")
    assert subject.endswith(after)


@pytest.mark.parametrize("kind", PROBLEM_TEXTS)
def test_the_end_of_a_problem_says_what_is_well_again_and_whose_it_was(kind: str) -> None:
    name = "production-workers-and-durable-objects-spend-of-the-whole-house"
    key = problem_key(Problem(kind, name, "m"), AS_OF)
    opened = OpenAlert(key, name, kind, account_id=ACCOUNT_ID)
    account = AccountReport(ACCOUNT_ID, "v2", account_name="Bicycle shop of the North")
    subject = resolved_alert(Resolution(opened, Reason.PROBLEM_GONE), account, AS_OF).subject
    before, _, after = PROBLEM_TEXTS[kind].resolution.partition("{}")
    assert re.fullmatch(rf"Resolved: {before}production-w.*{after} - Bicycle s.*\.\.\.", subject), subject


@pytest.mark.parametrize("kind", PROBLEM_TEXTS)
def test_each_problem_says_what_to_do_with_the_name_of_a_parameter_or_that_none_needs_a_change(
    kind: str,
) -> None:
    body = problem_alert(Problem(kind, "/p/accounts/x", "m", ACCOUNT_ID), AS_OF, None, "/p").body
    action = body.partition("\nWhat to do\n- ")[2].partition("\n")[0]
    assert "/p/" in action or "no parameter needs a change" in action or "billing page" in action
    assert "{" not in action.replace("'{...}'", "").replace('{"limit": "50 USD"}', "")
    assert ("aws ssm " in action) == ("--name /p/" in action or "--path /p/" in action)


def test_a_digest_says_first_that_no_check_ran() -> None:
    missed = [AccountReport(f"{number:032x}", failures=("503",)) for number in range(3)]
    used = usage(*each_day("2026-11-01", "2026-11-21", "1", "1"))
    judged_ones = tuple(judged(f'{{"limit": "{limit} USD"}}', used) for limit in (10, 10, 10))
    unknown = replace(judged_ones[0], status=Status.UNKNOWN)
    problems = (Problem("stale_data", "a", "m"),)
    read = [
        AccountReport(f"{number + 50:032x}", "v2", evaluations=(*judged_ones, unknown), problems=problems)
        for number in range(12)
    ]
    subject = digest_alert(Digest(Report(AS_OF, (*missed, *read)), RunCounts())).subject
    assert subject == (
        "Digest 22 Nov: 3 accounts not checked, 12 budgets in 48 lines, 48 over limit, 12 problems"
    )
