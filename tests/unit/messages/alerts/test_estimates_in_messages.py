"""What messages say of an amount that is estimated, corrected or credited."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from cloudflare_budgets.domain.budgets.budget import Threshold
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Level
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.messages.alerts.documents import standing_document
from cloudflare_budgets.messages.budget_text import level_text, status_text
from tests.support.builders import AS_OF, budget, charge, known, usage
from tests.unit.messages.alerts.test_crossing import alert_of

LIMIT = Amount(Decimal(50), "USD")


def usd(number: str) -> Amount:
    return Amount(Decimal(number), "USD")


def evaluated(cost: str, **more: Any) -> Evaluation:  # noqa: ANN401 - any field
    context = known(usage(charge(cost=cost)), AS_OF)
    return replace(evaluate([budget('{"limit": "50 USD"}')], context)[0], **more)


def test_the_level_of_an_estimate_is_that_of_its_low_end() -> None:
    estimate = evaluated("50", low=usd("41"), high=usd("60"), crossed=())
    assert estimate.level is Level.WITHIN
    assert evaluated("50", low=usd("50"), high=usd("60")).level is Level.OVER_LIMIT


def test_a_threshold_that_only_the_high_end_has_reached_may_have_been_passed() -> None:
    reached = (Threshold.at_percent(Decimal(80), LIMIT), Threshold.at_percent(Decimal(100), LIMIT))
    estimate = evaluated("30", low=usd("20"), high=usd("52"), crossed=(), may_have_crossed=reached)
    assert level_text(estimate) == "within"
    assert status_text(estimate) == "workers within: 30 of 50 USD (60 %), may have passed 100 % (20-52 USD)"


def test_a_crossing_says_which_higher_threshold_may_have_been_passed() -> None:
    reached = (Threshold.at_percent(Decimal(100), LIMIT),)
    body = alert_of(evaluated("45", low=usd("41"), high=usd("52"), may_have_crossed=reached)).body
    assert "\nIt may have passed 100 % too: the estimate is between 41 and 52 USD.\n" in body


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"credits": usd("-5")}, "Credits: -5 USD are in it"),
        ({"corrections": usd("2.5")}, "Corrections: 2.50 USD of earlier invoices are in it"),
    ],
)
def test_what_is_no_usage_is_named(more: dict[str, Amount], line: str) -> None:
    assert f"\n{line}\n" in alert_of(evaluated("45", **more)).body
    assert line not in alert_of(evaluated("45")).body


def test_machines_get_the_range_of_an_estimate() -> None:
    estimate = evaluated("45", low=usd("41"), high=usd("52"))
    expected = {"low": "41", "high": "52", "unit": "USD"}
    assert alert_of(estimate).document["cost_range"] == expected
    assert standing_document(estimate)["cost_range"] == expected
    assert alert_of(evaluated("45")).document["cost_range"] is None
