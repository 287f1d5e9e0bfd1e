"""A mail is at most two screens of a phone, and its subject is never cut."""

import json
import textwrap
from collections.abc import Callable
from decimal import Decimal

import pytest

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.usage.fresh import Resource
from cloudflare_budgets.messages.mail import MAX_SUBJECT
from tests.support.builders import ACCOUNT_ID, day, each_day, instant
from tests.support.fakes import Published
from tests.support.world import FakeFreshUsage, World
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
from tests.unit.messages.alerts.mailed import BUDGETS, a_world, three_weeks

# How wide a mail is on a phone, in characters of a proportional font.
PHONE = 48
ROWS = "d1_rows_read"
EACH_KIND = (
    of_a_spike,
    of_a_new_metric,
    of_a_problem,
    of_a_raised_limit,
    of_a_problem_gone,
    of_a_closed_period,
    of_a_digest,
)


def on_a_phone(body: str) -> int:
    return len([line for text in body.splitlines() for line in textwrap.wrap(text, PHONE) or [""]])


@pytest.mark.parametrize("told", [of_a_crossing, *EACH_KIND], ids=lambda told: told.__name__)
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


@pytest.mark.parametrize("told", [of_a_crossing, *EACH_KIND], ids=lambda told: told.__name__)
def test_no_mail_needs_a_font_of_one_width(told: Callable[[], Published | Alert]) -> None:
    assert "  " not in told().body
    assert "[#" not in told().body


def test_a_problem_names_its_account_to_machines_too() -> None:
    assert of_a_problem().alert["account"] == {"id": ACCOUNT_ID, "name": "Bicycle shop"}


@pytest.mark.parametrize("told", EACH_KIND, ids=lambda told: told.__name__)
def test_no_subject_is_cut(told: Callable[[], Published]) -> None:
    subject = told().subject
    assert len(subject) <= MAX_SUBJECT
    assert "..." not in subject
    assert subject.isascii()


def provisional_crossing(description: str, **more: str) -> Published:
    """Return the longest crossing: provisional, with a description, and the other alerts of the metric."""
    fresh = FakeFreshUsage(
        {ROWS: {day("2026-11-22"): Decimal(42_000_000_000)}},
        {ROWS: "unread"},
        {ROWS: (Resource("D1 database", "0d9c", "shop-prod", Decimal(97)),)},
    )
    world = World(prices=shipped_prices(), fresh=fresh, now=instant("2026-11-22T14:33"))
    world.use(*each_day("2026-11-01", "2026-11-21", "1000", metric=ROWS, consumed_unit="Rows"))
    world.configuration.given_budgets = {
        "spend": json.dumps({"limit": "10 USD", "description": description}),
        "rows": '{"limit": "1000000 Rows", "scope": {"metric_id": ["d1_*"]}}',
        **more,
    }
    world.run()
    [message] = [each for each in world.topic.published if each.attributes["budget"] == "spend"]
    return message


@pytest.mark.parametrize("length", [0, 12, 48, 49, 80, 96, 97, 480])
@pytest.mark.parametrize("others", [0, 1, 2, 5])
def test_a_provisional_crossing_that_includes_others_is_25_lines_on_a_phone(length: int, others: int) -> None:
    description = ("why this budget exists " * 21)[:length].strip()
    more = {
        f"more-{each}": '{"limit": "900000 Rows", "scope": {"metric_id": ["d1_*"]}}' for each in range(others)
    }
    message = provisional_crossing(description, **more)
    assert len(message.alert["also"]) >= max(2, others)
    assert message.alert["budget"]["description"] == description
    assert on_a_phone(message.body) <= 25


def test_a_mail_names_one_of_the_alerts_that_it_includes_and_counts_the_others_if_it_is_too_long() -> None:
    more = {f"more-{each}": '{"limit": "900000 Rows", "scope": {"metric_id": ["d1_*"]}}' for each in range(4)}
    lines = provisional_crossing("why this budget exists", **more).body.splitlines()
    place = lines.index("This alert includes")
    assert lines[place + 1].startswith("- ")
    assert lines[place + 2 : place + 4] == ["- and 5 more", ""]


def test_a_long_description_is_cut_and_names_where_the_rest_is() -> None:
    description = "why this budget exists " * 20
    budget = {**json.loads(BUDGETS["r2"]), "description": description.strip()}
    world = a_world(**{**BUDGETS, "r2": json.dumps(budget)})
    world.use(*three_weeks())
    world.run()
    [message] = [each for each in world.topic.published if each.attributes["budget"] == "r2"]
    [line] = [each for each in message.body.splitlines() if each.startswith("why this budget")]
    assert line.endswith("... (see the budget)")
    assert len(line) <= 96
    assert on_a_phone(message.body) <= 25
    assert message.alert["budget"]["description"] == description.strip()
