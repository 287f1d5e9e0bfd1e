"""Each kind of mail, verbatim, from three weeks of an account; a crossing's is in test_crossing_alert."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.alert_key import problem_key
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.alerts.resolution import Reason, Resolution
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.primitives.amount import MAX_NUMBER, Amount
from cloudflare_budgets.domain.primitives.period import midnight
from cloudflare_budgets.domain.run.digest import Digest
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.domain.run.state import RunCounts, RunState
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.messages.alerts.digest import digest_subject
from cloudflare_budgets.messages.alerts.layout import MAX_SUBJECT, WIDTH, paragraphs, wrapped
from cloudflare_budgets.messages.alerts.phrases import bar_lines
from cloudflare_budgets.messages.alerts.problem import _HEADLINES, problem_alert
from cloudflare_budgets.messages.alerts.resolved import resolved_alert
from cloudflare_budgets.messages.slack.message import slack_message
from tests.builders import ACCOUNT_ID, AS_OF, budget, charge, day, each_day, judged, price, prices, usage
from tests.fakes import Published
from tests.unit.mailed import BUDGETS, READS, REQUESTS, a_world, days_of, mails, three_weeks
from tests.unit.messages.test_crossing import SPEND, alert
from tests.unit.world import FakeReportStore, World

AS_OF_DAY = midnight(AS_OF)

SUBJECT_SPIKE = "R2 Storage Class A Operations at 21 times the usual on 2026-11-21 - Bicycle shop"
MAIL_SPIKE = """\
R2 Storage Class A Operations came to 1,830,000 Operations on Saturday,
2026-11-21, 21 times the usual.

Observed  1,830,000 Operations
Usual     87,000 Operations on such a day
Since     2026-11-20, 2 days out of line
Worth     7.84 USD a day more than usual, no allowance left
          235.30 USD in 30 days, if it goes on
Metric    r2_storage_class_a_operations
Data      through 2026-11-21 (UTC); Cloudflare usage API V2
Account   Bicycle shop
          023e105f4ecef8ad9ca31a8372d0c353
Asked by  budget spend

This is told once; after two days as usual, the next one is news again.

What to do
  - Is that usage meant? If not, stop its cause (a loop, a cron, a
    deployment of that day). Usage comes a day late: it may be going on
    as you read this.
  - Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage
  - Change this budget, or silence it with "muted_until", in the
    Parameter Store parameter /cloudflare-budgets/budgets/spend

Alert {alert_id}
"""

SUBJECT_NEW_METRIC = "New metric in use: D1 - Rows Written, 12,810,000 Rows on 2026-11-21 - Bicycle shop"
MAIL_NEW_METRIC = """\
D1 - Rows Written is newly in use: not once on the 20 days before. It
came to 12,810,000 Rows on Saturday, 2026-11-21.

Observed  12,810,000 Rows
Since     2026-11-21
Worth     12.81 USD a day by its price, no allowance left
          384.30 USD in 30 days, if it goes on
Metric    d1_rows_written
Data      through 2026-11-21 (UTC); Cloudflare usage API V2
Account   Bicycle shop
          023e105f4ecef8ad9ca31a8372d0c353
Asked by  budget spend

This is told once for each metric.

What to do
  - Is the product meant to be in use? If not, see who switched it on.
  - Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage
  - Change this budget, or silence it with "muted_until", in the
    Parameter Store parameter /cloudflare-budgets/budgets/spend

Alert {alert_id}
"""

SUBJECT_PROBLEM = "Problem: budget mistaken cannot be used and is not watched"
MAIL_PROBLEM = """\
Budget mistaken cannot be used and is not watched.

/cloudflare-budgets/budgets/mistaken: treshold: found an unknown key,
expected one of limit, column, description, account_id, period, scope,
thresholds, alert_on, muted_until, enabled, $schema; did you mean
"thresholds"?

Account   Bicycle shop
          023e105f4ecef8ad9ca31a8372d0c353
Kind      invalid_budget

Until this is mended, spending there can grow unseen.
This is told once a day for as long as it lasts.

Alert {alert_id}
"""

SUBJECT_RESOLVED = "Resolved: spend at 28% of 200 USD - Bicycle shop"
MAIL_RESOLVED = """\
spend is below its thresholds again: at 28.1% of its budget of 200 USD.
The limit was changed from 50 USD.

Standing  [#####---------------] 28.1%
          56.30 of 200 USD
Period    2026-11-01 to 2026-11-30 (UTC)
Data      through 2026-11-21 (UTC); Cloudflare usage API V2
Account   Bicycle shop
          023e105f4ecef8ad9ca31a8372d0c353

Not included: fixed plan and seat fees, and tax.

This ends the alert {resolved_id}.

Alert {alert_id}
"""

SUBJECT_PROBLEM_GONE = "Resolved problem: budget mistaken cannot be used and is not watched - Bicycle shop"
MAIL_PROBLEM_GONE = """\
This problem is gone: budget mistaken cannot be used and is not watched.

Data      through 2026-11-21 (UTC); Cloudflare usage API V2
Account   Bicycle shop
          023e105f4ecef8ad9ca31a8372d0c353

This ends the alert {resolved_id}.

Alert {alert_id}
"""

SUBJECT_PERIOD_CLOSED = "2026-11-01 to 2026-11-30 closed: r2 at 344% of 10 USD and 4 more - Bicycle shop"
MAIL_PERIOD_CLOSED = """\
The period 2026-11-01 to 2026-11-30 (UTC) is over. It came to:

r2
  [####################] 344.1%
  34.41 of 10 USD

kv
  [####################] 160.4%
  32,088,000 of 20,000,000 Operations

spend
  [####################] 130.8%
  65.43 of 50 USD

workers
  [##########----------] 53.4%
  21,392,000 of 40,000,000 Requests

europe
  not known
  the limit is in EUR, but Cloudflare bills in USD (kv_read_operations):
  write `limit` in that currency

Data      through 2026-12-01 (UTC); Cloudflare usage API V2
Account   Bicycle shop
          023e105f4ecef8ad9ca31a8372d0c353

Usage that arrives late may still change it a little; the invoice has
the last word.
Not included: fixed plan and seat fees, and tax.

Alert {alert_id}
"""

SUBJECT_DIGEST = "Digest 2026-11-22: 5 budgets, 3 breached, 1 unknown, 2 problems"
MAIL_DIGEST = """\
5 budgets, 3 breached, 1 unknown, 2 problems.
Checked 168 times since 2026-11-15, 5 alerts sent.

Bicycle shop
data through 2026-11-21 (UTC); Cloudflare usage API V2

r2: breached
  [####################] 344.1%
  34.41 of 10 USD
  forecast 142.41 USD by 2026-11-30
  ▁▁▁▁▁▁▁▁▁▁▁▁█▅ last 14 days

kv: breached, muted until 2026-12-01
  [####################] 113.2%
  22,644,000 of 20,000,000 Operations
  forecast 32,099,819 Operations by 2026-11-30
  ▅▇▇███▅▅▇▇███▅ last 14 days

spend: breached
  [####################] 112.6%
  56.30 of 50 USD
  forecast 174.30 USD by 2026-11-30
  ▁▂▂▂▂▂▁▁▂▂▂▂█▅ last 14 days

workers: ok
  [#######-------------] 37.7%
  15,096,000 of 40,000,000 Requests
  forecast 21,399,879 Requests by 2026-11-30
  ▅▇▇███▅▅▇▇███▅ last 14 days

europe: unknown
  the limit is in EUR, but Cloudflare bills in USD (kv_read_operations):
  write `limit` in that currency

Moved most, week over week
  R2: 21.67 USD more (+510%)

Problems
  - budget mistaken cannot be used and is not watched
  - budget europe does not fit the currency of its usage

Not included: fixed plan and seat fees, and tax.

Charts (the link works for some hours):
https://bucket.example.com/report-1.html

Alert {alert_id}
"""

SPENDING = '{"limit": "50 USD", "description": "keep the shop\'s bill flat"}'
NEW = ("d1_rows_written", "D1 Rows Written", "D1", "Rows", 21_000_000)
MISTAKEN = '{"limit": "50 USD", "treshold": ["80%"]}'


def of_a_spike() -> Published:
    world = a_world(spend=SPENDING)
    world.use(*three_weeks())
    world.run()
    return only(world, "spike")


def of_a_new_metric() -> Published:
    world = a_world(spend=SPENDING)
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
    return re.sub(r"ends the alert [0-9a-f]{32}\.", "ends the alert {resolved_id}.", body)


@pytest.mark.parametrize("told", GOLDEN, ids=lambda told: told.__name__)
def test_each_mail_reads_as_it_should(told: Callable[[], Published]) -> None:
    message = told()
    subject, body = GOLDEN[told]
    assert message.subject == subject
    assert without_ids(message.body) == body


@pytest.mark.parametrize("told", [of_a_crossing, *GOLDEN], ids=lambda told: told.__name__)
def test_a_line_of_ours_fits_a_monospace_window(told: Callable[[], Published | Alert]) -> None:
    too_wide = [line for line in told().body.splitlines() if len(line) > WIDTH]
    assert all("https://" in line or "Parameter Store parameter" in line for line in too_wide)


def test_long_figures_and_scopes_go_on_in_lines_that_fit_too() -> None:
    world = World()
    scope = {"metric_id": [f"workers_standard_requests_{number}*" for number in range(8)] + ["*"]}
    world.configuration.given_budgets = {
        "spend": json.dumps({"limit": "1 Dimension-Months", "scope": scope, "thresholds": ["100%"]})
    }
    rows = each_day("2026-11-01", "2026-11-20", "11859245.123", consumed_unit="Dimension-Months")
    world.use(*rows, charge("2026-11-21", "71859245.123", consumed_unit="Dimension-Months"))
    world.run()
    body = world.topic.published[0].body
    assert "metric_id workers_standard_requests_0*," in body
    assert [line for line in body.splitlines() if len(line) > WIDTH and "https://" not in line] == []


def test_a_line_is_as_long_as_a_monospace_window_is_wide() -> None:
    words = "x" * 35
    assert paragraphs([f"{words} {words}x"]) == f"{words} {words}x"
    assert paragraphs([f"{words} {words}xx"]) == f"{words}\n{words}xx"
    assert wrapped(f"{words} {words}x", indent=1) == [words, f"{words}x"]


def test_a_word_with_hyphens_is_not_broken() -> None:
    word = "-".join(["long"] * 8)
    assert wrapped(f"{'x' * 40} {word}") == ["x" * 40, word]


def test_a_problem_names_its_account_to_machines_too() -> None:
    assert of_a_problem().alert["account"] == {"id": ACCOUNT_ID, "name": "Bicycle shop"}


def test_what_a_problem_says_is_wrapped_between_words_alone() -> None:
    parameter = "/cloudflare-budgets/" + "-".join(["long"] * 16)
    problem = Problem("invalid_budget", "workers", f"{'x' * 40} {parameter} is mistaken")
    lines = problem_alert(problem, AS_OF).body.splitlines()
    assert lines[2:5] == ["x" * 40, parameter, "is mistaken"]


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
            "included: kv_storage forecast at 120% of its allowance (1.2 of 1 GB-months)",
        ),
        (
            "what-the-plan-of-the-shop-includes",
            "durable_objects_storage_rows_written",
            "what-the-plan-of-the-...: durable_objects_storage_rows_written forecast at 120% o...",
        ),
        ("i" * 64, "m" * 80, f"{'i' * 21}...: {'m' * 33}... forecast at 120% o..."),
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
    assert len(subject) == MAX_SUBJECT
    assert subject.startswith(f"{fact} - Zurich a")
    assert subject.endswith("a...")


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
    assert f"({told} USD" in crossing.subject
    slack = [str(slack_message(each.alert, each.subject, each.body)) for each in (crossing, digest)]
    assert all(f"{told} USD" in said for said in (crossing.body, slack[0]))
    assert told in digest.body
    assert ("49.998 USD of 50 USD" in slack[1]) == (told == "49.998")  # it tells of no forecast


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
    resolved, closed = (
        next(each for each in subjects if word in each) for word in ("Resolved: ", " closed: ")
    )
    for subject, percent in ((resolved, 21), (closed, 30)):
        assert re.search(rf"{name[:10]}.*, {metric[:16]}.* at {percent}%.* - Bicycle s", subject), subject


@pytest.mark.parametrize("kind", _HEADLINES)
def test_a_problem_is_named_whole_however_long_its_budget_is_called(kind: str) -> None:
    name = "production-workers-and-durable-objects-spend-of-the-whole-house"
    subject = problem_alert(Problem(kind, name, "m", ACCOUNT_ID), AS_OF).subject
    before, _, after = _HEADLINES[kind].partition("{}")
    assert subject.startswith(f"Problem: {before}production-workers-and-durable")
    assert subject.endswith(after)


@pytest.mark.parametrize("kind", _HEADLINES)
def test_a_problem_that_is_gone_is_named_whole_and_so_is_whose_it_was(kind: str) -> None:
    name = "production-workers-and-durable-objects-spend-of-the-whole-house"
    key = problem_key(Problem(kind, name, "m"), AS_OF)
    opened = OpenAlert(key, name, kind, account_id=ACCOUNT_ID)
    account = AccountReport(ACCOUNT_ID, "v2", account_name="Bicycle shop of the North")
    subject = resolved_alert(Resolution(opened, Reason.PROBLEM_GONE), account, AS_OF).subject
    before, _, after = _HEADLINES[kind].partition("{}")
    assert re.fullmatch(rf"Resolved problem: {before}production-w.*{after} - Bicycle s\.\.\.", subject), (
        subject
    )


def test_a_digest_says_first_that_nobody_looked() -> None:
    missed = [AccountReport(f"{number:032x}", failures=("503",)) for number in range(3)]
    used = usage(*each_day("2026-11-01", "2026-11-21", "1", "1"))
    judged_ones = tuple(judged(f'{{"limit": "{limit} USD"}}', used) for limit in (10, 10, 10))
    unknown = replace(judged_ones[0], status=Status.UNKNOWN)
    problems = (Problem("stale_data", "a", "m"),)
    read = [
        AccountReport(f"{number + 50:032x}", "v2", evaluations=(*judged_ones, unknown), problems=problems)
        for number in range(12)
    ]
    subject = digest_subject(Digest(Report(AS_OF, (*missed, *read)), RunCounts()))
    assert subject == (
        "Digest 2026-11-22: 3 accounts not checked, 12 budgets, 36 breached, 12 unknown, 12 problems"
    )


AMOUNTS = st.decimals(0, MAX_NUMBER, places=9)


@given(AMOUNTS, AMOUNTS.filter(bool), st.sampled_from(["USD", "Requests", "GB-months", "Dimension-Months"]))
def test_a_bar_fits_a_monospace_window_whatever_it_is_of(used: Decimal, limit: Decimal, unit: str) -> None:
    judged = replace(budget(), limit=Amount(limit, unit))
    lines = bar_lines(Evaluation(judged, None, Status.OK, Amount(used, unit)))
    assert all(len(line) <= WIDTH - 10 for line in lines)
