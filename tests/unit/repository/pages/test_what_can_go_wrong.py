"""Every row of the troubleshooting table is covered by tests, and every kind of problem has its row."""

import re
from functools import cache

import pytest

from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.messages.alerts.problem_texts import PROBLEM_TEXTS
from local.aws.translation import source
from tests.unit.repository.pages.documentation import ROOT, page
from tests.unit.repository.pages.held_by import HELD_BY

SECTION = page("troubleshooting").partition("\n## What can go wrong")[2].partition("\n## ")[0]
CELLS = re.findall(r"^\| (?!cause \||\*\*)(.+?) \| (.+) \|$", SECTION, re.MULTILINE)
TOLD = dict(CELLS)
# These reasons are not problems: nothing is wrong yet, or another problem covers them.
UNTOLD = {UnknownKind.NO_DATA_YET}

FAILED_RUN = "Cloudflare is down, slow, or rate-limiting"  # and so for all other rows with a failed run
# By the metric that an alarm watches.
ROWS_OF_ALARMS = {
    "ChecksCompleted": "the schedule stops",
    "ConfirmedSubscribers": "the last subscriber leaves",
    "DataAgeHours": "usage is older than `StaleAfterHours`, regardless of the budgets",
    "AlertsPending": "an alert remains unsent over two checks",
    "Errors": FAILED_RUN,
    "Duration": "a check uses four fifths of its time",
    "Throttles": "checks are throttled, dropped, or wait for half an hour",
    "AsyncEventsDropped": "checks are throttled, dropped, or wait for half an hour",
    "AsyncEventAge": "checks are throttled, dropped, or wait for half an hour",
    "DestinationDeliveryFailures": "a failed run cannot be stored in its queue",
    "ApproximateAgeOfOldestMessage": "alerts for Slack wait without an attempt",
    "ApproximateNumberOfMessagesVisible": "a check or a digest cannot be started",
    "NumberOfNotificationsFailed": "SNS cannot deliver a message to a subscriber",
    "NumberOfNotificationsFailedToRedriveToDlq": "SNS cannot deliver a message to a subscriber",
}


@cache
def sources() -> dict[str, list[str]]:
    """Return the sources of the files with a test of a name, by the name without `test_`."""
    found: dict[str, list[str]] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        text = path.read_text()
        for name in re.findall(r"^def test_(\w+)\(", text, re.MULTILINE):
            found.setdefault(name, []).append(text)
    return found


def source_of(test: str) -> str:
    """Return the source of the file of a test, of which there must be one."""
    found = sources().get(test, [])
    assert len(found) == 1, test
    return found[0]


def test_every_row_is_held_by_tests_and_what_is_held_has_its_row() -> None:
    assert list(HELD_BY) == list(TOLD)
    assert len(CELLS) == len(TOLD)


@pytest.mark.parametrize("row", HELD_BY)
def test_the_tests_that_hold_a_row_exist_and_know_its_kinds(row: str) -> None:
    text = "\n".join(source_of(test) for test in HELD_BY[row]).lower()
    kinds = set(re.findall(r"`([a-z_]+)`", TOLD.get(row, ""))) & set(PROBLEM_TEXTS)
    assert [kind for kind in sorted(kinds) if kind not in text] == []


def test_every_alarm_has_its_row() -> None:
    alarms = [one for one in source()["Resources"].values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    assert {alarm["Properties"]["MetricName"] for alarm in alarms} == set(ROWS_OF_ALARMS)
    assert {row for row in ROWS_OF_ALARMS.values() if "an alarm" not in TOLD[row]} == {FAILED_RUN}


def test_every_kind_of_problem_has_its_row() -> None:
    told = {kind for text in TOLD.values() for kind in re.findall(r"`([a-z_]+)`", text)}
    assert sorted({*PROBLEM_TEXTS, *UnknownKind} - UNTOLD - told) == []
