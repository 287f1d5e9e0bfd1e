"""Whatever anybody writes, Slack takes the message, and nothing in it rings or links."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.messages.slack.blocks import header, line, preformatted, section
from cloudflare_budgets.messages.slack.message import plain_message, slack_message
from local.slack import refusal_of, rendered
from local.slack.server import CLOUDFLARE
from tests import documents
from tests.builders import AS_OF

NASTY = st.sampled_from(
    ["<!channel>", "<@U024BE7LH>", "<https://evil.example|here>", "&amp;", "&lt;!here&gt;", "```", ""]
)
SHORT = st.one_of(NASTY, st.text(max_size=30))
WRITTEN = st.one_of(SHORT, SHORT.map(lambda found: found * 200), st.just("<&>*`" * 300))
LONG = "x" * 3000
AMOUNTS = st.decimals(min_value=0, max_value=10**14, allow_nan=False, allow_infinity=False).map(
    lambda found: f"{found:f}"
)


def takes(message: dict[str, Any]) -> None:
    assert refusal_of(message, (CLOUDFLARE,)) is None


def names_of(found: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({"metric_id": found, "name": found})


@st.composite
def drivers(draw: st.DrawFn) -> list[dict[str, Any]]:
    count = draw(st.integers(0, 60))
    name, zone, amount = draw(WRITTEN), draw(st.none() | WRITTEN), draw(AMOUNTS)
    one = {
        **documents.driver("", amount, draw(WRITTEN)),
        "name": name,
        "zone": zone,
        "metric_id": name,
        "last_day": amount,
    }
    return [one] * count


@given(WRITTEN, WRITTEN, WRITTEN, drivers(), AMOUNTS, WRITTEN, WRITTEN)
def test_any_crossing_is_taken(  # noqa: PLR0913, PLR0917 - what people write, thing by thing
    name: str,
    description: str,
    unit: str,
    found: list[dict[str, Any]],
    amount: str,
    reason: str,
    account: str,
) -> None:
    budget = {
        **documents.crossed()["budget"],
        "name": name,
        "description": description,
        "limit": {"amount": "50", "unit": unit},
        "allowance_of": reason or None,
    }
    use = {"metric_id": name, "name": name, "used": amount, "included": amount, "unit": unit, "percent": name}
    document = documents.crossed(
        budget=budget,
        observed={"amount": amount, "unit": unit},
        drivers=found,
        allowances=[use] * len(found),
        incomplete=reason,
        account={"id": account, "name": account},
        alert_id=account,
        source=unit,
        attempt=3,
    )
    takes(slack_message(document, name, description, AS_OF))


@given(names_of(WRITTEN), WRITTEN, AMOUNTS, WRITTEN, st.sampled_from(["spike", "new_metric"]))
def test_any_anomaly_is_taken(
    metric: dict[str, str], unit: str, amount: str, account: str, kind: str
) -> None:
    observed = {"amount": amount, "unit": unit}
    document = documents.spike(
        type=kind, metric=metric, observed=observed, usual=observed, account={"id": account, "name": None}
    )
    takes(slack_message(document, account, unit, AS_OF))


@given(WRITTEN, WRITTEN, WRITTEN, st.sampled_from(["problem", "digest", "threshold_crossed"]))
def test_any_problem_and_any_text_is_taken(subject: str, kind: str, message: str, of_type: str) -> None:
    document = documents.problem(type=of_type, problem={"kind": kind, "subject": subject, "message": message})
    takes(slack_message(document, subject, message, AS_OF))
    takes(plain_message(subject, message))


@given(
    st.dictionaries(st.text(max_size=9), st.none() | st.integers() | st.text() | st.lists(st.text())),
    st.text(),
)
def test_any_document_is_taken(changed: dict[str, Any], text: str) -> None:
    for document in (documents.crossed(), documents.spike(), documents.problem(), {}):
        spoilt = (
            document | changed | {key: text for key in document if key in {"observed", "budget", "account"}}
        )
        takes(slack_message(spoilt, text, text))


@given(st.text(max_size=300), st.integers(10, 100))
def test_a_line_is_never_longer_than_it_may_be(text: str, limit: int) -> None:
    assert len(line(text, limit)) <= limit


@given(st.lists(st.text(max_size=80), max_size=80).map("\n".join), st.integers(60, 400))
def test_a_block_of_monospace_is_never_longer_than_it_may_be(text: str, limit: int) -> None:
    assert len(preformatted(text, limit)) <= limit


def test_slack_takes_3000_characters_in_a_section_and_150_in_a_header() -> None:
    assert section(["x" * 3000])[0]["text"]["text"] == "x" * 3000
    assert section(["x" * 3001])[0]["text"]["text"] == "x" * 2997 + "..."
    assert header("x" * 150)["text"]["text"] == "x" * 150
    assert header("x" * 151)["text"]["text"] == "x" * 147 + "..."


@pytest.mark.parametrize(
    ("document", "longest"),
    [
        (documents.crossed(budget={**documents.crossed()["budget"], "description": LONG}), 500),
        (documents.crossed(budget={**documents.crossed()["budget"], "name": LONG}), 60),
        (documents.crossed(budget={**documents.crossed()["budget"], "allowance_of": LONG}), 60),
        (documents.crossed(account={"id": "1", "name": LONG}), 100),
        (documents.crossed(incomplete=LONG), 900),
        (documents.crossed(drivers=[{**documents.driver("", "1", "1"), "name": LONG}]), 100),
        (documents.spike(metric={"metric_id": "1", "name": LONG}), 60),
        (documents.problem(problem={"kind": "k", "subject": "s", "message": LONG}), 2500),
        (documents.period_closed(budgets=[documents.standing(status="unknown", reason=LONG)]), 160),
    ],
)
def test_what_somebody_wrote_leaves_room_for_the_rest(document: dict[str, Any], longest: int) -> None:
    text = rendered(slack_message(document, "a subject", "a text", AS_OF))
    assert max(map(len, re.findall(r"x+\.\.\.", text))) == longest


def test_a_notification_is_300_characters_at_most() -> None:
    assert len(plain_message(LONG, "")["text"].strip()) == 300


def test_a_mention_in_a_budgets_name_stays_text() -> None:
    budget = {**documents.crossed()["budget"], "name": "<!channel> R&D"}
    message = slack_message(documents.crossed(budget=budget), "a subject", "a text", AS_OF)
    assert message["blocks"][0]["text"]["text"] == "⚠️ &lt;!channel&gt; R&amp;D at 82% of 50 USD"
    assert rendered(message).startswith("⚠️ <!channel> R&D at 82% of 50 USD\n")


def test_metrics_that_are_too_many_are_counted() -> None:
    one = {**documents.crossed()["drivers"][0], "name": "n" * 90}
    text = rendered(slack_message(documents.crossed(drivers=[one] * 40), "", "", AS_OF))
    assert "... and 29 more" in text
    assert text.count("n" * 90) == 11


def test_a_text_that_is_too_long_keeps_its_beginning_and_counts_the_rest() -> None:
    lines = "\n".join(f"line {count}" for count in range(1, 101))
    block = "```\nline 1\nline 2\nline 3\nline 4\n... and 96 more lines\n```"
    assert [preformatted(lines, limit) for limit in (60, 59)] == [block] * 2
    assert preformatted(lines, 58) == block.replace("line 4\n", "").replace("96", "97")
    assert preformatted("x" * 100, 40) == "```\n" + "x" * 29 + "...\n```"
    assert preformatted("x" * 100 + "\ny", 40) == "```\nxxxxxxxx...\n... and 1 more lines\n```"


def test_a_text_that_just_fits_is_all_there() -> None:
    text = "x" * 15 + "\n" + "y" * 16
    assert preformatted(text, 40) == f"```\n{text}\n```"
    assert preformatted(text + "y", 40).endswith("... and 1 more lines\n```")
