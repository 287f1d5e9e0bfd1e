"""The messages that the documentation shows are the messages that are sent.

`UPDATE_DOCS=1 pytest tests/unit/repository/pages/test_sample_messages.py` writes them anew.
"""

import os
import re
from collections.abc import Callable

import pytest

from cloudflare_budgets.domain.alerts.alert import Alert
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
from tests.unit.messages.slack.shown import shown
from tests.unit.messages.slack.test_slack_messages import notification_of
from tests.unit.repository.pages.documentation import PAGES, ROOT

MARKED = re.compile(r"<!-- sample: ([a-z ]+) -->\n(.*?)<!-- end sample -->\n", re.DOTALL)
MAILS: dict[str, Callable[[], Published | Alert]] = {
    "crossing": of_a_crossing,
    "spike": of_a_spike,
    "new metric": of_a_new_metric,
    "problem": of_a_problem,
    "resolved": of_a_raised_limit,
    "problem gone": of_a_problem_gone,
    "period closed": of_a_closed_period,
    "digest": of_a_digest,
}


def mail(name: str) -> str:
    message = MAILS[name]()
    return f"Subject: `{message.subject}`\n\n```text\n{message.body}```\n"


def slack(_: str) -> str:
    return f"```text\n{shown(notification_of(of_a_crossing()))}```\n"


SAMPLES: dict[str, Callable[[str], str]] = {**dict.fromkeys(MAILS, mail), "slack crossing": slack}
SHOWN = [(page, name) for page, text in PAGES.items() for name, _ in MARKED.findall(text)]


@pytest.mark.parametrize(("page", "name"), SHOWN)
def test_a_sample_is_the_message_that_is_sent(page: str, name: str) -> None:
    path = ROOT / page
    expected = f"<!-- sample: {name} -->\n{SAMPLES[name](name)}<!-- end sample -->\n"
    if os.environ.get("UPDATE_DOCS"):
        text = path.read_text()
        path.write_text(MARKED.sub(lambda found: expected if found[1] == name else found[0], text))
    shown = [found[0] for found in MARKED.finditer(path.read_text()) if found[1] == name]
    assert shown == [expected], "out of date: run `make pictures`"


def test_every_kind_of_message_is_shown() -> None:
    assert {name for _, name in SHOWN} == set(SAMPLES)
