"""What people read in Slack, message by message."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.messages.message import Message, parse_message
from cloudflare_budgets.messages.notification import Notification, read_notifications
from cloudflare_budgets.messages.slack.message import slack_message
from local.slack.server import CLOUDFLARE
from tests.support.fakes import Published
from tests.unit.messages.alerts.each_kind import (
    of_a_closed_period,
    of_a_crossing,
    of_a_digest,
    of_a_new_metric,
    of_a_problem,
    of_a_problem_gone,
    of_a_raised_limit,
    of_a_spike,
)
from tests.unit.messages.slack.shown import REPORT, posted, shown

LINK = f"Cloudflare ({CLOUDFLARE})"
INFO = "\N{INFORMATION SOURCE}\ufe0f"
MUTE = "mute in /cloudflare-budgets/budgets/spend"
DATA = "data through 21 Nov, usage API V2"
CROSSED = f"""\
⚠️ workers passed 80 %: 41.20 of 50 USD (82 %), 9 days left

████████░░  Forecast 57.40 USD (54.59-67.60) · Example account
73 % of it: Durable objects requests, 4.10 USD a day since 21 Nov, 3.2 times the usual
Passed 80 % (also 50 %)
keep the shop's bill flat

{LINK} · mute in /cloudflare-budgets/budgets/workers · {DATA} · alert {{alert_id}}
"""
SPIKE = f"""\
🚨 R2 Storage Class A Operations: 1,830,000 Operations on 21 Nov, 20 times the usual

Saturday 21 Nov: 1,830,000 Operations, usually 92,595, unusual for 2 days since 20 Nov.
Worth 7.82 USD a day more than usual, once allowances are used up; 234.55 USD in 30 days if it continues.

{LINK} · {MUTE} · Bicycle shop · {DATA} · alert {{alert_id}}
"""
NEW_METRIC = f"""\
🚨 New metric in use: D1 - Rows Written, 12,810,000 Rows on 21 Nov

Not used on the 20 days before.
Worth 12.81 USD a day by its price, once allowances are used up; 384.30 USD in 30 days if it continues.

{LINK} · {MUTE} · Bicycle shop · {DATA} · alert {{alert_id}}
"""
PROBLEM = """\
⚠️ Problem: budget mistaken is invalid and is not watched

/cloudflare-budgets/budgets/mistaken: treshold: found an unknown key, expected one of limit, column, description, \
account_id, period, scope, thresholds, alert_on, muted_until, enabled, $schema; did you mean "thresholds"?
Until this is corrected, spending can grow without an alert.

Bicycle shop · alert {alert_id}
"""  # noqa: E501 - Slack wraps its lines
RESOLVED = f"""\
✅ Resolved: spend within: 56.30 of 200 USD (28 %)

██░░░░░░░░  The limit was changed from 50 USD. · Bicycle shop

{LINK} · {DATA} · alert {{alert_id}}
"""
PROBLEM_GONE = f"""\
✅ Resolved: budget mistaken is watched again

{LINK} · Bicycle shop · {DATA} · alert {{alert_id}}
"""
CLOSED = f"""\
{INFO} Closed 1 to 30 Nov 2026: r2 over limit, 34.41 of 10 USD (344 %), and 4 more

Usage that arrives late may still change it a little. The invoice is final.

r2 over limit: 34.41 of 10 USD (344 %)
kv over limit: 32,088,000 of 20,000,000 Operations (160 %)
spend over limit: 65.43 of 50 USD (130 %)
workers passed 50 %: 21,392,000 of 40,000,000 Requests (53 %)
europe unknown: the limit is in EUR, but Cloudflare bills in USD (kv_read_operations): write `limit` in that currency

{LINK} · Bicycle shop · data through 1 Dec, usage API V2 · alert {{alert_id}}
"""  # noqa: E501 - Slack wraps its lines
DIGEST = f"""\
{INFO} Digest 22 Nov: 5 budgets, 3 over limit, 1 unknown, 2 problems

Bicycle shop: 56.30 of 50 USD (112 %) so far, forecast 174 USD (165-183)
Checked 168 times since 15 Nov, 3 alerts sent.

Bicycle shop (data through 21 Nov, usage API V2)
r2 over limit: 34.41 of 10 USD (344 %), forecast 142 USD (133-151) ▁▁▁▁▁▁▁▁▁▁▁▁█▅
kv over limit: 22,644,000 of 20,000,000 Operations (113 %), forecast 32,083,419 Operations (31,673,563-32,511,880), \
muted until 1 Dec 2026 ▅▇▇███▅▅▇▇███▅
spend over limit: 56.30 of 50 USD (112 %), forecast 174 USD (165-183) ▁▂▂▂▂▂▁▁▂▂▂▂█▅
europe unknown: the limit is in EUR, but Cloudflare bills in USD (kv_read_operations): write `limit` in that currency
Week over week: R2 21.67 USD more (+510 %)
1 other below 50 %

Problems
budget mistaken is invalid and is not watched
budget europe does not fit the currency of its usage

Report ({REPORT}) · {LINK} · alert {{alert_id}}
"""  # noqa: E501 - Slack wraps its lines
GOLDEN: dict[Callable[[], Published | Alert], str] = {
    of_a_crossing: CROSSED,
    of_a_spike: SPIKE,
    of_a_new_metric: NEW_METRIC,
    of_a_problem: PROBLEM,
    of_a_raised_limit: RESOLVED,
    of_a_problem_gone: PROBLEM_GONE,
    of_a_closed_period: CLOSED,
    of_a_digest: DIGEST,
}


def notification_of(found: Published | Alert) -> Notification:
    """Give an alert as a subscriber gets it."""
    if isinstance(found, Alert):
        document, message = {**found.document, "attempt": 1}, found.message
    else:
        document, message = dict(found.alert), found.attributes["message"]
    return Notification(found.subject, found.body, document, parse_message(message))


@pytest.mark.parametrize("told", GOLDEN, ids=lambda told: told.__name__)
def test_each_message_reads_as_it_should(told: Callable[[], Published | Alert]) -> None:
    text = shown(notification_of(told()))
    assert re.sub(r"alert [0-9a-f]{8}$", "alert {alert_id}", text, flags=re.MULTILINE) == GOLDEN[told]


def test_a_crossing_is_one_glance() -> None:
    lines = [line for line in CROSSED.splitlines() if line]
    assert len(lines) <= 6


def test_a_notification_says_what_the_subject_says() -> None:
    found = of_a_crossing()
    assert slack_message(notification_of(found))["text"] == f"⚠️ {found.subject}"


EVENT = Path(__file__).parent / "queued_before_messages.json"


def test_an_alert_that_was_queued_before_alerts_had_a_message_is_posted_with_its_text() -> None:
    [notification] = read_notifications(json.loads(EVENT.read_text()))
    assert notification.message is None
    text = shown(notification)
    assert text.startswith(
        "⚠️ workers at 82% of 50 USD (41.20 USD) - Example account\n\n```\nworkers is at 82.4%"
    )
    assert text.endswith("```\n\nalert 948b7506\n")
    assert "Where it comes from" in text


def test_an_alert_of_a_type_unknown_here_is_laid_out_like_any_other() -> None:
    text = posted(Message("spend moved", lead=("to another account",)), type="of_a_later_version")
    assert text == "⚠️ spend moved\n\nto another account\n\nalert 5b6e6c46\n"


@pytest.mark.parametrize(
    "document", [{}, {"severity": None, "alert_id": None, "attempt": "many"}, {"alert_id": 7}]
)
def test_an_alert_without_a_message_shows_its_text(document: dict[str, Any]) -> None:
    assert shown(Notification("hello", "world", document)).startswith("⚠️ hello\n\n```\nworld\n```\n")


def test_what_was_published_by_hand_is_posted_too() -> None:
    assert shown(Notification("", "", {})) == "⚠️ Cloudflare Budgets\n"
