"""Spikes and new metrics: one message a metric and episode, whatever the limits."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from cloudflare_budgets.domain.alerts.severity import Severity, severity_of_anomaly
from cloudflare_budgets.domain.budgets.budget import AlertOn
from cloudflare_budgets.domain.evaluation.anomaly import Anomaly, anomalies_of
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.history import records_of
from cloudflare_budgets.messages.alerts.anomaly import anomaly_alert
from cloudflare_budgets.messages.channels.amazon_q import thread_id
from tests.support.builders import (
    ACCOUNT_ID,
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

SPEND = '{"limit": "100 USD"}'
KV = "kv_read_operations"
PRICED = prices(price(), price(metric=KV))


def with_days(
    quantity: str, days: Mapping[str, str], metric: str = "workers_standard_requests"
) -> list[Charge]:
    """Use the same on each day of November until the 21st, but for some days."""
    usual = each_day("2026-11-01", "2026-11-21", quantity, metric=metric)
    kept = [row for row in usual if f"{row.charge_period_start:%Y-%m-%d}" not in days]
    return [*kept, *(charge(on, other, metric=metric) for on, other in days.items())]


def found(
    rows: list[Charge],
    *texts: str,
    listed: PriceList = PRICED,
    **more: Any,  # noqa: ANN401 - for `evaluation_context`
) -> list[Anomaly]:
    budgets = [budget(text, f"budget-{number}") for number, text in enumerate(texts or (SPEND,))]
    return anomalies_of(budgets, known(usage_since("2026-11-01", *rows), prices=listed, **more))


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
        replace(row, x_zone_id=zone, x_zone_name=zone)
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
        replace(row, x_zone_id=zone, x_zone_name=f"{zone}.example")
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


@pytest.mark.parametrize(
    ("text", "quantity", "is_told"),
    [
        (SPEND, "6.99", False),  # 4.99 USD more than usual
        (SPEND, "7", True),
        ('{"limit": "20 USD"}', "6.99", False),
        ('{"limit": "20 USD"}', "7", True),
        ('{"limit": "1000 USD"}', "51.99", False),  # a twentieth of the budget is 50 USD
        ('{"limit": "1000 USD"}', "52", True),
    ],
)
def test_a_surplus_is_reported_from_five_dollars_or_a_twentieth_of_the_budget_on(
    text: str,
    quantity: str,
    is_told: bool,  # noqa: FBT001 - the case
) -> None:
    assert bool(found(with_days("2", {"2026-11-21": quantity}), text)) == is_told


@pytest.mark.parametrize(
    ("period", "quantity", "is_told"),
    [
        ("year", "51.99", False),  # a twentieth of a month's share, 1,000 of 12,000 USD
        ("year", "52", True),
        ("quarter", "201.99", False),
        ("quarter", "202", True),
        ("month", "601.99", False),
        ("month", "602", True),
        ("day", "602", True),
    ],
)
def test_the_floor_of_a_longer_period_is_that_of_a_month(
    period: str,
    quantity: str,
    is_told: bool,  # noqa: FBT001 - the case
) -> None:
    text = json.dumps({"limit": "12000 USD", "period": period, "alert_on": ["spike"]})
    assert bool(found(with_days("2", {"2026-11-21": quantity}), text)) == is_told


def test_a_quantity_budget_of_a_year_alerts_from_a_twentieth_of_a_month() -> None:
    text = '{"limit": "12000 Requests", "period": "year", "alert_on": ["spike"]}'
    assert found(with_days("2", {"2026-11-21": "51"}), text, listed=prices()) == []
    assert found(with_days("2", {"2026-11-21": "52"}), text, listed=prices()) != []


def test_a_job_that_runs_once_a_month_is_known_after_its_second_run() -> None:
    jobs = ("2026-08-01", "2026-09-01", "2026-10-01", "2026-11-01", "2026-12-01")
    rows = [
        row
        if f"{row.charge_period_start:%Y-%m-%d}" not in jobs
        else replace(row, consumed_quantity=Decimal(60))
        for row in each_day("2026-07-15", "2026-12-08", "0.5")
    ]
    told = set()
    for index in range(100):
        as_of = day("2026-09-01") + timedelta(days=index, hours=10)
        # As an account is known in a run: two months back, and no further.
        since = f"{as_of - timedelta(days=66):%Y-%m-%d}"
        kept = [row for row in rows if day(since) <= row.charge_period_start < as_of - timedelta(hours=10)]
        spikes = anomalies_of(
            [budget(SPEND)], known(usage_since(since, *kept, as_of=as_of), as_of, prices=PRICED)
        )
        told |= {f"{spike.day:%Y-%m-%d}" for spike in spikes}
    assert told == {"2026-09-01"}


IN_YEN = prices(price("100", currency="JPY"))


@pytest.mark.parametrize(
    ("text", "listed", "quantity", "is_told"),
    [
        ('{"limit": "100000 JPY"}', PRICED, "6.99", False),  # a twentieth is no number of dollars
        ('{"limit": "100000 JPY"}', PRICED, "7", True),
        (
            '{"limit": "1000 USD"}',
            IN_YEN,
            "9.9",
            False,
        ),  # 790 yen is no number of dollars: five times the usual
        ('{"limit": "1000 USD"}', IN_YEN, "10", True),
        ('{"limit": "100000 JPY"}', IN_YEN, "51.9", False),
        ('{"limit": "100000 JPY"}', IN_YEN, "52", True),
        ('{"limit": "20 JPY"}', IN_YEN, "3.81", True),  # and 5 USD are no number of yen
    ],
)
def test_a_surplus_is_compared_with_nothing_in_another_currency(
    text: str,
    listed: PriceList,
    quantity: str,
    is_told: bool,  # noqa: FBT001 - the case
) -> None:
    assert bool(found(with_days("2", {"2026-11-21": quantity}), text, listed=listed)) == is_told


def test_of_budgets_in_several_currencies_the_one_with_the_lower_floor_is_reported() -> None:
    (spike,) = found(with_days("2", {"2026-11-21": "60"}), '{"limit": "900 USD"}', '{"limit": "100000 JPY"}')
    assert spike.budget.name == "budget-1"


def test_a_surplus_is_worth_its_price_though_the_allowance_is_not_used_up() -> None:
    listed = prices(price("1", "100000"))
    (spike,) = found(with_days("2", {"2026-11-21": "42"}), listed=listed)
    assert str(spike.worth) == "40 USD"


def test_without_a_price_only_five_times_the_usual_is_reported() -> None:
    assert found(with_days("10", {"2026-11-21": "49"}), listed=prices()) == []
    (spike,) = found(with_days("10", {"2026-11-21": "50"}), listed=prices())
    assert (spike.worth, spike.if_it_goes_on) == (None, None)


def test_a_price_that_says_only_what_is_included_makes_nothing_worth_anything() -> None:
    (spike,) = found(with_days("10", {"2026-11-21": "50"}), listed=prices(price(tiers=())))
    assert (spike.worth, spike.if_it_goes_on) == (None, None)


def test_a_quantity_budget_without_a_price_alerts_from_a_twentieth_of_its_limit() -> None:
    text = '{"limit": "1000 Requests", "alert_on": ["spike"]}'
    assert found(with_days("2", {"2026-11-21": "51"}), text, listed=prices()) == []
    assert found(with_days("2", {"2026-11-21": "52"}), text, listed=prices()) != []


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        (SPEND, True),
        ('{"limit": "100 USD", "alert_on": []}', False),
        ('{"limit": "100 USD", "alert_on": ["new_metric"]}', False),
        ('{"limit": "100 USD", "alert_on": ["spike"]}', True),
        ('{"limit": "100 USD", "scope": {"metric_id": ["workers_*"]}}', False),
        ('{"limit": "100 USD", "scope": {"metric_id": ["workers_*"]}, "alert_on": ["spike"]}', True),
        ('{"limit": "100 USD", "scope": {"metric_id": ["kv_*"]}, "alert_on": ["spike"]}', False),
        ('{"limit": "1000 Requests"}', False),
    ],
)
def test_spikes_are_reported_to_cost_budgets_of_the_whole_account_and_on_request(
    text: str,
    is_told: bool,  # noqa: FBT001 - the case
) -> None:
    assert bool(found(with_days("2", {"2026-11-21": "42"}), text)) == is_told


def test_a_metric_in_two_budgets_is_one_spike_of_the_one_with_the_lower_floor() -> None:
    high = '{"limit": "900 USD"}'
    (spike,) = found(with_days("2", {"2026-11-21": "60"}), high, SPEND)
    assert spike.budget.name == "budget-1"


def test_each_metric_out_of_line_is_reported() -> None:
    rows = with_days("2", {"2026-11-21": "42"}) + with_days("2", {"2026-11-20": "42"}, KV)
    assert sorted(spike.metric_id for spike in found(rows)) == [KV, "workers_standard_requests"]


def test_a_spike_that_would_use_a_cost_budget_up_in_a_week_is_critical() -> None:
    (dear,) = found(with_days("2", {"2026-11-21": "42"}))
    (bearable,) = found(with_days("2", {"2026-11-21": "15"}))
    (of_no_price,) = found(with_days("2", {"2026-11-21": "42"}), listed=prices())
    (in_euros,) = found(with_days("2", {"2026-11-21": "42"}), listed=prices(price(currency="EUR")))
    assert [severity_of_anomaly(spike) for spike in (dear, bearable, of_no_price, in_euros)] == [
        Severity.CRITICAL,
        Severity.WARNING,
        Severity.WARNING,
        Severity.WARNING,
    ]


def test_a_seventh_of_the_budget_a_day_uses_it_up_in_a_week() -> None:
    (less,) = found(with_days("2", {"2026-11-21": "8.99"}), '{"limit": "49 USD"}')
    (seventh,) = found(with_days("2", {"2026-11-21": "9"}), '{"limit": "49 USD"}')
    assert [severity_of_anomaly(spike) for spike in (less, seventh)] == [Severity.WARNING, Severity.CRITICAL]


def test_a_metric_that_was_not_used_for_two_weeks_is_new() -> None:
    newcomer = each_day("2026-11-15", "2026-11-21", "3", metric=KV)
    (new,) = found([*with_days("2", {}), *newcomer])
    assert (new.kind, new.metric_id, new.since) == (AlertOn.NEW_METRIC, KV, day("2026-11-15"))
    assert (new.unseen_for, new.usual, severity_of_anomaly(new)) == (14, None, Severity.WARNING)


@pytest.mark.parametrize(("limit", "severity"), [("21 USD", "critical"), ("22 USD", "warning")])
def test_a_new_metric_that_would_use_a_budget_up_in_a_week_is_critical(limit: str, severity: str) -> None:
    newcomer = each_day("2026-11-15", "2026-11-21", "3", metric=KV)
    (new,) = found([*with_days("2", {}), *newcomer], f'{{"limit": "{limit}"}}')
    assert severity_of_anomaly(new) == severity


@pytest.mark.parametrize(
    ("first", "quantity", "is_told"),
    [
        ("2026-11-15", "1", True),
        ("2026-11-15", "0.99", False),  # less than a dollar on each day
        ("2026-11-14", "9", False),  # thirteen days without it
        ("2026-11-21", "9", True),
    ],
)
def test_a_new_metric_is_reported_from_a_dollar_a_day_on(
    first: str,
    quantity: str,
    is_told: bool,  # noqa: FBT001 - the case
) -> None:
    newcomer = each_day(first, "2026-11-21", quantity, metric=KV)
    anomalies = found([*with_days("2", {}), *newcomer])
    assert (AlertOn.NEW_METRIC in [anomaly.kind for anomaly in anomalies]) == is_told


@pytest.mark.parametrize(("first", "is_told"), [("2026-11-14", False), ("2026-11-15", True)])
def test_a_new_metric_is_reported_for_a_week(first: str, is_told: bool) -> None:  # noqa: FBT001 - the case
    rows = [*each_day("2026-10-19", "2026-11-21", "2"), *each_day(first, "2026-11-21", "3", metric=KV)]
    watched = known(usage_since("2026-10-19", *rows), prices=PRICED)
    assert bool(anomalies_of([budget(SPEND)], watched)) == is_told


def test_on_a_fresh_account_nothing_is_new() -> None:
    assert found(each_day("2026-11-20", "2026-11-21", "500")) == []


def test_days_without_use_do_not_make_a_metric_known() -> None:
    unused = each_day("2026-11-01", "2026-11-19", "0", metric=KV)
    used = each_day("2026-11-20", "2026-11-21", "3", metric=KV)
    (new,) = found([*with_days("2", {}), *unused, *used])
    assert new.since == day("2026-11-20")


def test_a_metric_that_changes_its_unit_is_not_new() -> None:
    before = each_day("2026-11-01", "2026-11-18", "3", metric=KV)
    after = each_day("2026-11-19", "2026-11-21", "3", metric=KV, consumed_unit="Count")
    listed = prices(price(), price(metric=KV, units=("Requests", "Count")))
    assert found([*with_days("2", {}), *before, *after], listed=listed) == []


def test_days_of_another_source_are_no_history() -> None:
    old = usage_since("2026-10-01", *each_day("2026-10-20", "2026-10-31", "2", metric="old_id"), source="v1")
    as_of = day("2026-11-04") + timedelta(hours=10)
    new = usage_since("2026-11-01", *each_day("2026-11-01", "2026-11-03", "50"), as_of=as_of)
    rows = known(new, as_of, prices=PRICED, history=records_of(old, AS_OF))
    assert anomalies_of([budget(SPEND)], rows) == []


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
    rows = [replace(row, x_billable_metric_name="m" * 300) for row in with_days("2", {"2026-11-21": "42"})]
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
