"""A metric that was not used for two weeks is new."""

from datetime import timedelta

import pytest

from cloudflare_budgets.domain.alerts.severity import Severity, severity_of_anomaly
from cloudflare_budgets.domain.budgets.budget import AlertOn
from cloudflare_budgets.domain.evaluation.anomaly import anomalies_of
from cloudflare_budgets.domain.usage.history import records_of
from tests.support.builders import (
    AS_OF,
    budget,
    day,
    each_day,
    known,
    price,
    prices,
    usage_since,
)
from tests.unit.domain.evaluation.anomalies.episodes import KV, PRICED, SPEND, found, with_days


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
