"""Each kind of mail, verbatim, from three weeks of an account; a crossing's is in test_crossing_alert."""

import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.alert_key import problem_key
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.alerts.resolution import Reason, Resolution
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.primitives.period import midnight
from cloudflare_budgets.domain.run.digest import Digest
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.domain.run.state import RunCounts, RunState
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.messages.alerts.digest import digest_alert
from cloudflare_budgets.messages.alerts.problem import problem_alert
from cloudflare_budgets.messages.alerts.problem_texts import PROBLEM_TEXTS
from cloudflare_budgets.messages.alerts.resolved import resolved_alert
from cloudflare_budgets.messages.mail import MAX_SUBJECT
from tests.support.builders import ACCOUNT_ID, AS_OF, charge, day, each_day, judged, price, prices, usage
from tests.support.fakes import Published
from tests.support.world import WATCHED, FakeReportStore, World
from tests.unit.messages.alerts.mailed import BUDGETS, READS, REQUESTS, a_world, days_of, mails, three_weeks
from tests.unit.messages.alerts.test_crossing import SPEND, alert

AS_OF_DAY = midnight(AS_OF)
# How wide a mail is on a phone, in characters of a proportional font.
PHONE = 48

SUBJECT_SPIKE = (
    "R2 Storage Class A Operations: 1,830,000 Operations on 21 Nov, 20 times the usual - Bicycle shop"
)
MAIL_SPIKE = """\
R2 Storage Class A Operations: 1,830,000 Operations on 21 Nov, 20 times the usual

Saturday 21 Nov: 1,830,000 Operations, usually 92,595, unusual for 2 days since 20 Nov.
Worth 7.82 USD a day more than usual, once allowances are used up; 234.55 USD in 30 days if it continues.

What to do
- Unintended? Stop the loop, cron or deployment.
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage
- Change or mute ("muted_until") this budget: parameter /cloudflare-budgets/budgets/spend

Metric: r2_storage_class_a_operations
Budget: spend
Account: Bicycle shop (023e105f)
Next alert: only after two days of usual usage
data through 21 Nov, usage API V2
Alert {alert_id}
"""

SUBJECT_NEW_METRIC = "New metric in use: D1 - Rows Written, 12,810,000 Rows on 21 Nov - Bicycle shop"
MAIL_NEW_METRIC = """\
New metric in use: D1 - Rows Written, 12,810,000 Rows on 21 Nov

Not used on the 20 days before.
Worth 12.81 USD a day by its price, once allowances are used up; 384.30 USD in 30 days if it continues.

What to do
- Check whether this product is meant to be in use. If it is not, see who switched it on.
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage
- Change or mute ("muted_until") this budget: parameter /cloudflare-budgets/budgets/spend

Metric: d1_rows_written
Budget: spend
Account: Bicycle shop (023e105f)
Next alert: never for this metric
data through 21 Nov, usage API V2
Alert {alert_id}
"""

SUBJECT_PROBLEM = "Problem: budget mistaken is invalid and is not watched"
MAIL_PROBLEM = """\
Problem: budget mistaken is invalid and is not watched

/cloudflare-budgets/budgets/mistaken: treshold: found an unknown key, expected one of limit, column, description, \
account_id, period, scope, thresholds, alert_on, muted_until, enabled, $schema; did you mean "thresholds"?
Until this is corrected, spending can grow without an alert.

What to do
- Correct the budget: aws ssm put-parameter --overwrite --type String --name /cloudflare-budgets/budgets/mistaken \
--value '{...}'

Account: Bicycle shop (023e105f)
Kind: invalid_budget
Next alert: once a day while the problem lasts
Alert {alert_id}
"""  # noqa: E501 - a mail program wraps its lines

SUBJECT_RESOLVED = "Resolved: spend within: 56.30 of 200 USD (28 %) - Bicycle shop"
MAIL_RESOLVED = """\
Resolved: spend within: 56.30 of 200 USD (28 %)

The limit was changed from 50 USD.

What to do
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage

Period: 1 to 30 Nov 2026 (UTC), 9 days left
Account: Bicycle shop (023e105f)
Costs: without fixed fees and tax
Ends: alert {resolved_id}
data through 21 Nov, usage API V2
Alert {alert_id}
"""

SUBJECT_PROBLEM_GONE = "Resolved: budget mistaken is watched again - Bicycle shop"
MAIL_PROBLEM_GONE = """\
Resolved: budget mistaken is watched again

What to do
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage

Account: Bicycle shop (023e105f)
Ends: alert {resolved_id}
data through 21 Nov, usage API V2
Alert {alert_id}
"""

SUBJECT_PERIOD_CLOSED = (
    "Closed 1 to 30 Nov 2026: r2 over limit, 34.41 of 10 USD (344 %), and 4 more - Bicycle shop"
)
MAIL_PERIOD_CLOSED = """\
Closed 1 to 30 Nov 2026: r2 over limit, 34.41 of 10 USD (344 %), and 4 more

Usage that arrives late may still change it a little. The invoice is final.

What to do
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage

r2 over limit: 34.41 of 10 USD (344 %)
kv over limit: 32,088,000 of 20,000,000 Operations (160 %)
spend over limit: 65.43 of 50 USD (130 %)
workers passed 50 %: 21,392,000 of 40,000,000 Requests (53 %)
europe unknown: the limit is in EUR, but Cloudflare bills in USD (kv_read_operations): write `limit` in that currency

Period: 1 to 30 Nov 2026 (UTC)
Account: Bicycle shop (023e105f)
Costs: without fixed fees and tax
data through 1 Dec, usage API V2
Alert {alert_id}
"""  # noqa: E501 - a mail program wraps its lines

SUBJECT_DIGEST = "Digest 22 Nov: 5 budgets, 3 over limit, 1 unknown, 2 problems"
MAIL_DIGEST = """\
Digest 22 Nov: 5 budgets, 3 over limit, 1 unknown, 2 problems

Bicycle shop: 56.30 of 50 USD (112 %) so far, forecast 174 USD (165-183)
Checked 168 times since 15 Nov, 3 alerts sent.

What to do
- Report with charts (the link works for some hours): https://bucket.example.com/report-1.html
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage

Bicycle shop (data through 21 Nov, usage API V2)
r2 over limit: 34.41 of 10 USD (344 %), forecast 142 USD (133-151) ▁▁▁▁▁▁▁▁▁▁▁▁█▅
kv over limit: 22,644,000 of 20,000,000 Operations (113 %), forecast 32,083,419 Operations (31,654,496-32,532,761), \
muted until 1 Dec 2026 ▅▇▇███▅▅▇▇███▅
spend over limit: 56.30 of 50 USD (112 %), forecast 174 USD (165-183) ▁▂▂▂▂▂▁▁▂▂▂▂█▅
europe unknown: the limit is in EUR, but Cloudflare bills in USD (kv_read_operations): write `limit` in that currency
Week over week: R2 21.67 USD more (+510 %)
1 other below 50 %

Problems
budget mistaken is invalid and is not watched
budget europe does not fit the currency of its usage

Costs: without fixed fees and tax
Alert {alert_id}
"""  # noqa: E501 - a mail program wraps its lines

SPENDING = '{"limit": "50 USD", "description": "keep the shop\'s bill flat"}'
UNCROSSED = SPENDING.replace('"50 USD"', '"50 USD", "thresholds": ["100000%"]')
NEW = ("d1_rows_written", "D1 Rows Written", "D1", "Rows", 21_000_000)
MISTAKEN = '{"limit": "50 USD", "treshold": ["80%"]}'


def of_a_spike() -> Published:
    world = a_world(spend=UNCROSSED)
    world.use(*three_weeks())
    world.run()
    return only(world, "spike")


def of_a_new_metric() -> Published:
    world = a_world(spend=UNCROSSED)
    world.use(*days_of(REQUESTS, "2026-11-01", "2026-11-21"), *days_of(NEW, "2026-11-21", "2026-11-21"))
    world.run()
    return only(world, "new_metric")


def of_a_problem() -> Published:
    world = a_world(spend=SPENDING, mistaken=MISTAKEN)
    world.use(*three_weeks())
    world.run()
    return only(world, "problem")


def of_a_raised_limit() -> Published:
    world = a_world(spend=SPENDING)
    world.use(*three_weeks())
    world.run()
    world.configuration.given_budgets = {"spend": SPENDING.replace("50 USD", "200 USD")}
    world.run()
    return only(world, "resolved")


def of_a_problem_gone() -> Published:
    world = a_world(spend=SPENDING, mistaken=MISTAKEN)
    world.use(*three_weeks())
    world.run()
    world.configuration.given_budgets = {"spend": SPENDING, "mistaken": '{"limit": "900 USD"}'}
    world.run()
    return only(world, "resolved")


def of_a_closed_period() -> Published:
    world = a_world(**BUDGETS)
    december = "2026-12-01"
    world.use(
        *three_weeks(), *(row for one in (REQUESTS, READS) for row in days_of(one, "2026-11-22", december))
    )
    world.now = day("2026-12-02") + timedelta(hours=8)
    world.run_store.state = WATCHED
    world.run()
    return only(world, "period_closed")


def of_a_digest() -> Published:
    world = a_world(**BUDGETS, mistaken=MISTAKEN)
    world.pages = FakeReportStore()
    world.run_store.state = RunState({AS_OF_DAY - timedelta(days=back): a_day(back) for back in range(1, 8)})
    world.use(*three_weeks())
    world.run(digest=True)
    return only(world, "digest")


def of_a_crossing() -> Alert:
    return alert('{"limit": "50 USD", "description": "keep the shop\'s bill flat"}', *SPEND)


def a_day(back: int) -> RunCounts:
    return RunCounts(23 if back == 7 else 24)


def only(world: World, kind: str) -> Published:
    (message,) = mails(world, kind)
    return message


GOLDEN = {
    of_a_spike: (SUBJECT_SPIKE, MAIL_SPIKE),
    of_a_new_metric: (SUBJECT_NEW_METRIC, MAIL_NEW_METRIC),
    of_a_problem: (SUBJECT_PROBLEM, MAIL_PROBLEM),
    of_a_raised_limit: (SUBJECT_RESOLVED, MAIL_RESOLVED),
    of_a_problem_gone: (SUBJECT_PROBLEM_GONE, MAIL_PROBLEM_GONE),
    of_a_closed_period: (SUBJECT_PERIOD_CLOSED, MAIL_PERIOD_CLOSED),
    of_a_digest: (SUBJECT_DIGEST, MAIL_DIGEST),
}


def without_ids(body: str) -> str:
    """Put placeholders for the alert's own identity and that of the alert it ends."""
    body = re.sub(r"^Alert [0-9a-f]{32}$", "Alert {alert_id}", body, flags=re.MULTILINE)
    return re.sub(r"^Ends: alert [0-9a-f]{32}$", "Ends: alert {resolved_id}", body, flags=re.MULTILINE)


@pytest.mark.parametrize("told", GOLDEN, ids=lambda told: told.__name__)
def test_each_mail_reads_as_it_should(told: Callable[[], Published]) -> None:
    message = told()
    subject, body = GOLDEN[told]
    assert message.subject == subject
    assert without_ids(message.body) == body


def on_a_phone(body: str) -> int:
    return len([line for text in body.splitlines() for line in textwrap.wrap(text, PHONE) or [""]])


@pytest.mark.parametrize("told", [of_a_crossing, *GOLDEN], ids=lambda told: told.__name__)
def test_a_mail_is_at_most_two_screens_of_a_phone(told: Callable[[], Published | Alert]) -> None:
    assert on_a_phone(told().body) <= (25 if told is of_a_crossing else 36)


def test_a_crossing_that_includes_other_alerts_is_25_lines_on_a_phone() -> None:
    world = a_world(**BUDGETS, reads='{"limit": "1000000 Operations", "scope": {"metric_id": ["r2_*"]}}')
    world.use(*three_weeks())
    world.run()
    crossed = [each for each in world.topic.published if each.attributes["type"] == "threshold_crossed"]
    assert max(len(each.alert["also"]) for each in crossed) >= 2
    assert all("This alert includes\n- " in each.body for each in crossed if each.alert["also"])
    assert max(on_a_phone(each.body) for each in crossed) <= 25


def test_a_crossing_that_includes_many_alerts_counts_the_last_ones() -> None:
    world = a_world(**{f"budget-{each}": BUDGETS["r2"] for each in range(12)})
    world.use(*three_weeks())
    world.run()
    [message] = [each for each in world.topic.published if each.attributes["type"] == "threshold_crossed"]
    assert len(message.alert["also"]) >= 11
    assert "\n- and " in message.body
    assert message.body.count("\n- budget-") == 3
    assert on_a_phone(message.body) <= 25


def test_what_an_alert_includes_is_named_in_few_words() -> None:
    world = a_world(**BUDGETS, reads='{"limit": "1000000 Operations", "scope": {"metric_id": ["r2_*"]}}')
    world.use(*three_weeks())
    world.run()
    bodies = "".join(each.body for each in world.topic.published)
    assert "\n- reads over limit: 7" in bodies or "\n- reads over limit: 8" in bodies


@pytest.mark.parametrize("told", [of_a_crossing, *GOLDEN], ids=lambda told: told.__name__)
def test_no_mail_needs_a_font_of_one_width(told: Callable[[], Published | Alert]) -> None:
    assert "  " not in told().body
    assert "[#" not in told().body


def test_a_problem_names_its_account_to_machines_too() -> None:
    assert of_a_problem().alert["account"] == {"id": ACCOUNT_ID, "name": "Bicycle shop"}


@pytest.mark.parametrize("told", GOLDEN, ids=lambda told: told.__name__)
def test_no_subject_is_cut(told: Callable[[], Published]) -> None:
    subject = told().subject
    assert len(subject) <= MAX_SUBJECT
    assert "..." not in subject
    assert subject.isascii()


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
