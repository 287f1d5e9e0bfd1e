"""Spikes and new metrics: one message a metric and episode, whatever the limits."""

import json
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.budgets.budget import AlertOn
from cloudflare_budgets.domain.evaluation.anomaly import anomalies_of
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.messages.alerts.anomaly import anomaly_alert
from cloudflare_budgets.messages.channels.amazon_q import thread_id
from tests.support.builders import (
    ACCOUNT_ID,
    budget,
    charge,
    day,
    known,
    usage_since,
)
from tests.unit.domain.evaluation.anomalies.episodes import PRICED, SPEND, found, with_days


def test_a_day_far_out_of_line_is_a_spike() -> None:
    (spike,) = found(with_days("2", {"2026-11-21": "42"}))
    assert (spike.kind, spike.day, spike.since) == (AlertOn.SPIKE, day("2026-11-21"), day("2026-11-21"))
    assert (spike.quantity, spike.usual) == (Decimal(42), Decimal(2))
    assert (str(spike.worth), str(spike.if_it_goes_on)) == ("40 USD", "1200 USD")


def test_the_unfinished_day_makes_no_spike() -> None:
    assert found([*with_days("2", {}), charge("2026-11-22", "500")]) == []


def test_zones_and_regions_of_a_metric_are_one_spike() -> None:
    rows = with_days("2", {"2026-11-21": "42"})
    split = [charge("2026-11-21", "8", x_zone_id=zone, x_zone_name=zone) for zone in "abcd"]
    (spike,) = found([*rows, *split])
    assert spike.quantity == 42 + 32


def test_a_budget_of_a_zone_is_reported_for_that_zone_alone() -> None:
    rows = [
        row._replace(x_zone_id=zone, x_zone_name=zone)
        for zone, days in (("a", {"2026-11-21": "42"}), ("b", {}))
        for row in with_days("2", days)
    ]
    text = '{{"limit": "100 USD", "scope": {{"zone": ["{}"]}}, "alert_on": ["spike"]}}'
    (spike,) = found(rows, text.format("a"))
    assert spike.quantity == 42
    assert found(rows, text.format("b")) == []


def in_zones(**surges: str) -> list[Charge]:
    """Use 2 a day in each zone, and so much on the last day."""
    return [
        row._replace(x_zone_id=zone, x_zone_name=f"{zone}.example")
        for zone, surge in surges.items()
        for row in with_days("2", {"2026-11-21": surge})
    ]


def of(*zones: str) -> str:
    return json.dumps({"limit": "300 USD", "scope": {"zone": zones}, "alert_on": ["spike"]})


def test_a_spike_in_one_zone_does_not_silence_a_bigger_one_in_another() -> None:
    told = known(usage_since("2026-11-01", *in_zones(a="100", b="900")), prices=PRICED)
    spikes = anomalies_of([budget(of("a"), "a"), budget(of("b"), "b")], told)
    assert [(spike.budget.name, spike.quantity) for spike in spikes] == [
        ("a", Decimal(100)),
        ("b", Decimal(900)),
    ]
    first, second = (anomaly_alert(spike, told, "parameter") for spike in spikes)
    assert first.key != second.key
    assert thread_id(first.document) != thread_id(second.document)
    assert "Where: zone b\n" in second.body


def test_a_zone_out_of_line_is_reported_beside_the_account_that_it_puts_out_of_line() -> None:
    spikes = found(in_zones(a="100", b="2"), SPEND, of("a"))
    assert [spike.quantity for spike in spikes] == [102, 100]


@pytest.mark.parametrize(
    ("text", "text_again"),
    [(of("a", "b"), of("b", "a")), (of("a"), of("A")), (of("a"), of("a", "a"))],
)
def test_a_place_is_the_same_however_its_patterns_are_written(text: str, text_again: str) -> None:
    assert len(found(in_zones(a="100", b="900"), text, text_again)) == 1


def test_the_key_of_a_spike_of_the_whole_account_is_what_it_always_was() -> None:
    told = known(usage_since("2026-11-01", *with_days("2", {"2026-11-21": "42"})), prices=PRICED)
    (spike,) = anomalies_of([budget(SPEND)], told)
    key = anomaly_alert(spike, told, "parameter").key
    assert key.partition == f"ACCT#{ACCOUNT_ID}#-#2026-11-21T00:00:00Z"
    assert key.sort == "SPIKE#workers_standard_requests"
