"""What people read in Slack of where budgets stand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.messages.slack.message import slack_message
from local.slack import refusal_of, rendered
from local.slack.server import CLOUDFLARE
from tests import documents
from tests.builders import ACCOUNT_ID, AS_OF

REPORT = "https://bucket.s3.amazonaws.com/report.html?X-Amz-Expires=3600&X-Amz-Signature=abc"
INFO = "\N{INFORMATION SOURCE}\ufe0f"
LINK = f"Cloudflare's own figures ({CLOUDFLARE})"
PERIOD = {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z", "estimated_end": False}
ENVELOPE = {
    "version": "1",
    "alert_id": "5b6e6c46dc6b5b2d4f4e4e2ba6e9d0b1",
    "severity": "info",
    "attempt": 1,
    "account": {"id": ACCOUNT_ID, "name": "Example account"},
    "data_through": "2026-11-22T00:00:00Z",
    "source": "v2",
}

RESOLVED = f"""\
✅ Resolved: workers at 41% of 100 USD - Example account

████░░░░░░ 41.2% workers: 41.20 USD of 100 USD
The limit was changed.

Period  2026-11-01 to 2026-11-30 (UTC)
Account  Example account
Ends  alert 11111111111111111111111111111111

Data through 2026-11-21 (UTC), usage API V2 · {LINK} · Alert 5b6e6c46dc6b5b2d4f4e4e2ba6e9d0b1
"""

CLOSED = f"""\
{INFO} 2026-11-01 to 2026-11-30 closed: workers at 41% of 100 USD and 2 more

████░░░░░░ 41.2% workers: 41.20 USD of 100 USD
? storage: not known (no usage data)
... and 1 more

Period  2026-11-01 to 2026-11-30 (UTC)
Account  Example account

Usage that arrives late may still change it a little; the invoice has the last word.

Data through 2026-11-21 (UTC), usage API V2 · {LINK} · Alert 5b6e6c46dc6b5b2d4f4e4e2ba6e9d0b1
"""

DIGEST = f"""\
{INFO} Digest 2026-11-22: 2 budgets, 1 unknown, 1 problem

168 checks since 2026-11-16, 3 alerts sent; 1 more left something undone

Example account · data through 2026-11-21
████░░░░░░ 41.2% workers: 41.20 USD of 100 USD, estimated, muted until 2026-12-01
? storage: not known (no usage data)

Problems
• no_data: budget storage: there is no usage data

Report with charts ({REPORT}), for some hours

{LINK} · Alert 5b6e6c46dc6b5b2d4f4e4e2ba6e9d0b1
"""


def standing(name: str = "workers", **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of it
    return {
        "budget": {**documents.crossed()["budget"], "name": name, "limit": {"amount": "100", "unit": "USD"}},
        "status": "ok",
        "period": PERIOD,
        "observed": {"amount": "41.2", "unit": "USD"},
        "percent_of_limit": "41.2",
        "forecast": None,
        "cost_basis": "billed",
        "reason": None,
        "muted_until": None,
        **changed,
    }


UNKNOWN = standing("storage", status="unknown", observed=None, percent_of_limit=None, reason="no usage data")


def resolved(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of it
    found = {"resolves": "1" * 32, "reason": "limit_raised", "problem": None, "standing": standing()}
    return {**ENVELOPE, "type": "resolved", **found, **changed}


def closed(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of it
    found = {"period": PERIOD, "budgets": [standing(), UNKNOWN], "more": 1}
    return {**ENVELOPE, "type": "period_closed", **found, **changed}


def digest(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of it
    muted = standing(muted_until="2026-12-01T00:00:00Z", cost_basis="estimated")
    account = {"account": ENVELOPE["account"], "data_through": "2026-11-22T00:00:00Z", "source": "v2"}
    about = {key: ENVELOPE[key] for key in ("version", "alert_id", "severity", "attempt")}
    return {
        **about,
        "type": "digest",
        "account": None,
        "since": "2026-11-16T00:00:00Z",
        "until": "2026-11-22T10:00:00Z",
        "checks": {"complete": 168, "incomplete": 1},
        "alerts": 3,
        "accounts": [{**account, "budgets": [muted, UNKNOWN], "more": 0}],
        "problems": [
            {"kind": "no_data", "subject": "storage", "message": "budget storage: there is no usage data"}
        ],
        "report_url": REPORT,
        **changed,
    }


def shown(document: dict[str, Any], subject: str = "a subject", body: str = "a text") -> str:
    message = slack_message(document, subject, body, AS_OF)
    assert refusal_of(message, (CLOUDFLARE, REPORT)) is None
    return rendered(message)


def test_what_is_over_says_why() -> None:
    assert shown(resolved(), "Resolved: workers at 41% of 100 USD - Example account") == RESOLVED


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("usage_restated", "restated"),
        ("thresholds_changed", "none of the budget's thresholds any more"),
        ("problem_gone", "is gone"),
    ],
)
def test_each_reason_has_its_words(reason: str, words: str) -> None:
    assert words in shown(resolved(reason=reason))


def test_a_problem_that_is_gone_is_named() -> None:
    text = shown(
        resolved(reason="problem_gone", standing=None, problem={"kind": "no_data", "subject": "storage"})
    )
    assert "This problem is gone.\n\nKind  no_data\nAbout  storage\n" in text


def test_a_period_that_is_over_is_told_budget_by_budget() -> None:
    assert shown(closed(), "2026-11-01 to 2026-11-30 closed: workers at 41% of 100 USD and 2 more") == CLOSED


def test_a_digest_says_where_every_budget_stands() -> None:
    assert shown(digest(), "Digest 2026-11-22: 2 budgets, 1 unknown, 1 problem") == DIGEST


def test_accounts_and_budgets_that_are_too_many_are_counted() -> None:
    account = {**digest()["accounts"][0], "budgets": [standing(f"budget-{count}") for count in range(60)]}
    text = shown(digest(accounts=[account] * 20))
    assert text.count("Example account") == 12
    assert "... and 8 more accounts" in text
    assert "... and 1,008 more accounts" in shown(digest(accounts=[account] * 20, more_accounts=1000))
    assert text.count("budget-") == 12 * 7
    assert text.count("... and 53 more\n") == 12


def test_budgets_that_the_alert_only_counts_are_counted_too() -> None:
    budgets = [standing(f"budget-{count}") for count in range(80)]
    text = shown(closed(budgets=budgets, more=7))
    assert f"... and {87 - text.count('budget-')} more\n" in text


def test_budgets_none_of_which_fits_are_counted_all_the_same() -> None:
    unknown = standing("b" * 100, observed=None, reason="r" * 300, muted_until="2026-12-01T00:00:00Z")
    account = {**digest()["accounts"][0], "account": {"id": "1", "name": "a" * 100}, "budgets": [unknown]}
    text = shown(digest(accounts=[account] * 12))
    assert text.count("... and 1 more\n") == 12
    assert shown(digest(accounts=[{**account, "budgets": [], "more": 3}])).count("... and 3 more\n") == 1
    assert "... and" not in shown(digest(accounts=[{**account, "budgets": []}]))


def test_one_check_is_no_checks() -> None:
    assert "\n1 check since 2026-11-16, " in shown(digest(checks={"complete": 1, "incomplete": 0}))


@pytest.mark.parametrize(
    "url", ["http://example.com", "https://a.example/|<!channel>", "https://a b", "", None, 7]
)
def test_a_link_that_is_none_is_left_out(url: object) -> None:
    assert "Report" not in shown(digest(report_url=url))


def test_a_link_that_is_too_long_is_left_out() -> None:
    assert "Report" not in shown(digest(report_url="https://example.com/" + "x" * 3000))


def test_a_link_that_just_fits_a_section_is_shown() -> None:
    room = 3000 - len("<|Report with charts>, for some hours")
    url = "https://example.com/".ljust(room, "x")
    for address, is_shown in ((url, True), (f"{url}x", False)):
        message = slack_message(digest(report_url=address), "a subject", "a text", AS_OF)
        assert (address in str(message)) == is_shown


NASTY = st.sampled_from(["<!channel>", "&", '"\\' * 90, "x" * 500]) | st.text(max_size=20)


@given(NASTY, NASTY, st.integers(0, 30), st.integers(0, 14))
def test_whatever_stands_in_them_slack_takes_them(name: str, unit: str, budgets: int, accounts: int) -> None:
    limit = {"amount": "100", "unit": unit}
    one = standing(reason=name, status="unknown", observed=limit)
    one["budget"] = one["budget"] | {"name": name, "limit": limit, "allowance_of": unit}
    account = {**digest()["accounts"][0], "account": {"id": name, "name": unit}, "budgets": [one] * budgets}
    problem = {"kind": name, "subject": unit, "message": name}
    shown(digest(accounts=[account] * accounts, problems=[problem] * budgets), name, unit)
    shown(closed(budgets=[one] * budgets), name, unit)
    shown(resolved(standing=one, problem=problem), name, unit)
