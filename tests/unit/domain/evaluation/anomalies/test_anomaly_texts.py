"""The message of a spike and of a new metric."""

from datetime import timedelta

import pytest

from cloudflare_budgets.domain.evaluation.anomaly import anomalies_of
from cloudflare_budgets.messages.alerts.anomaly import anomaly_alert
from tests.support.builders import (
    AS_OF,
    budget,
    charge,
    day,
    each_day,
    known,
    price,
    prices,
    usage_since,
)
from tests.unit.domain.evaluation.anomalies.episodes import KV, PRICED, SPEND, with_days


def test_the_alert_of_an_episode_is_the_same_from_day_to_day() -> None:
    rows = with_days("2", {"2026-11-18": "42", "2026-11-19": "60", "2026-11-20": "2", "2026-11-21": "50"})
    keys = set()
    for on in ("2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22"):
        as_of = day(on) + timedelta(hours=10)
        usage = usage_since("2026-11-01", *[row for row in rows if row.charge_period_start < day(on)])
        told = known(usage, as_of, prices=PRICED)
        (spike,) = anomalies_of([budget(SPEND)], told)
        keys.add(anomaly_alert(spike, told, "parameter").key.alert_id)
    assert len(keys) == 1


def test_the_message_says_how_far_out_of_line_it_is_and_what_it_costs() -> None:
    told = known(usage_since("2026-11-01", *with_days("2", {"2026-11-21": "42"})), prices=PRICED)
    (spike,) = anomalies_of([budget(SPEND)], told)
    alert = anomaly_alert(spike, told, "/cloudflare-budgets/budgets/spend")
    assert alert.subject == (
        "Workers standard requests: 42 Requests on 21 Nov, 21 times the usual - Example account"
    )
    for text in (
        "Saturday 21 Nov: 42 Requests, usually 2.",
        "40 USD a day more than usual",
        "1,200 USD in 30 days",
        "Requests",
    ):
        assert text in alert.body
    assert alert.document["worth"] == {"amount": "40", "unit": "USD"}
    assert alert.document["usual"] == {"amount": "2", "unit": "Requests"}
    assert alert.document["type"] == "spike"
    assert alert.document["data_through"] == "2026-11-22T00:00:00Z"
    assert alert.expires == AS_OF + timedelta(days=120)


def test_a_long_name_leaves_room_for_the_figures() -> None:
    rows = [row._replace(x_billable_metric_name="m" * 300) for row in with_days("2", {"2026-11-21": "42"})]
    told = known(usage_since("2026-11-01", *rows), prices=PRICED)
    (spike,) = anomalies_of([budget(SPEND)], told)
    alert = anomaly_alert(spike, told, "parameter")
    assert alert.subject == f"{'m' * 37}...: 42 Requests on 21 Nov, 21 times the usual - Example ac..."
    assert alert.body.startswith(f"{'m' * 57}...: 42 Requests")


@pytest.mark.parametrize(
    ("quantity", "words"), [("19.8", ", 9.9 times the usual - "), ("20", ", 10 times the usual - ")]
)
def test_a_factor_has_a_decimal_below_ten(quantity: str, words: str) -> None:
    told = known(usage_since("2026-11-01", *with_days("2", {"2026-11-21": quantity})), prices=PRICED)
    (spike,) = anomalies_of([budget(SPEND)], told)
    assert words in anomaly_alert(spike, told, "parameter").subject


@pytest.mark.parametrize(
    ("days", "line"),
    [
        ({"2026-11-21": "42"}, "usually 2.\n"),
        ({"2026-11-20": "42", "2026-11-21": "42"}, "usually 2, unusual for 2 days since 20 Nov.\n"),
    ],
)
def test_an_episode_says_how_long_it_lasts_from_the_second_day_on(days: dict[str, str], line: str) -> None:
    told = known(usage_since("2026-11-01", *with_days("2", days)), prices=PRICED)
    (spike,) = anomalies_of([budget(SPEND)], told)
    assert line in anomaly_alert(spike, told, "parameter").body


def test_the_message_of_a_new_metric_says_for_how_long_it_was_not_used() -> None:
    newcomer = each_day("2026-11-20", "2026-11-21", "3", metric=KV)
    told = known(usage_since("2026-11-01", *with_days("2", {}), *newcomer), prices=PRICED)
    (new,) = anomalies_of([budget(SPEND)], told)
    alert = anomaly_alert(new, told, "/cloudflare-budgets/budgets/spend")
    assert "Not used on the 19 days before." in alert.body
    assert (alert.document["type"], alert.document["usual"]) == ("new_metric", None)
    assert alert.expires == AS_OF + timedelta(days=3650)


def test_a_metric_is_shown_in_the_unit_of_its_price_instead_of_count() -> None:
    listed = prices(price(metric="workers_cpu_ms", units=("Milliseconds", "Count")))
    days = each_day("2026-11-01", "2026-11-20", "100", metric="workers_cpu_ms", consumed_unit="Count")
    burst = charge("2026-11-21", "28219420", metric="workers_cpu_ms", consumed_unit="Count")
    told = known(usage_since("2026-11-01", *days, burst), prices=listed)
    (spike,) = anomalies_of([budget(SPEND)], told)
    alert = anomaly_alert(spike, told, "parameter")
    assert alert.subject.startswith("Workers cpu ms: 28,219,420 ms on 21 Nov, ")
    assert "Count" not in alert.body
    assert alert.document["observed"] == {"amount": "28219420", "unit": "Count"}
