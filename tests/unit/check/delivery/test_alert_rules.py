"""The rules that the model goes by are those of the expressions, and of the fake that is like the table."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product

import pytest

from cloudflare_budgets.adapters.aws.alert_table import alert_items
from cloudflare_budgets.domain.alerts.alert import ClaimState, OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from tests.model.rows import (
    CLAIMED,
    PENDING,
    SENT,
    SUPERSEDED,
    Alert,
    Answer,
    Row,
    Rows,
    Rules,
    claim,
    confirm,
    release,
    settle,
)
from tests.support import fakes
from tests.support.fakes import FakeOutbox
from tests.support.outgoing import NOW, key, outgoing

PERCENT = (100, 80, 50)  # of the alerts 0, 1, 2
KEYS = tuple(key(percent) for percent in PERCENT)
SUBSETS = [frozenset(found) for size in range(3) for found in combinations((1, 2), size)]
RULES = Rules()


def every_row() -> Iterator[Row | None]:
    """Find every row there can be of alert 0."""
    yield None
    for owner, is_over, attempts, lower in product((0, 1), (True, False), (1, 2), SUBSETS):
        yield Row(CLAIMED, owner, is_over, attempts, lower)
    for state, lower in product((SENT, SUPERSEDED), SUBSETS):
        yield Row(state, lower=lower)


OTHERS = (None, Row(CLAIMED, 1, is_over=False, attempts=1), Row(SENT), Row(SUPERSEDED))
ROWS: list[Rows] = list(product(every_row(), OTHERS, OTHERS))


def keys(places: frozenset[int]) -> tuple[AlertKey, ...]:
    return tuple(KEYS[place] for place in sorted(places))


def rendered(place: int, lower: frozenset[int] = frozenset()) -> OutgoingAlert:
    return replace(outgoing(PERCENT[place]), lower=keys(lower))


def memory_with(rows: Rows) -> FakeOutbox:
    memory = FakeOutbox()
    for place, row in enumerate(rows):
        if row is None:
            continue
        is_claimed = row.state == CLAIMED
        memory.rows[KEYS[place]] = fakes.Row(
            row.state,
            f"run {row.owner}",
            0 if row.is_over else int((NOW + fakes.LEASE).timestamp()),
            row.attempts,
            rendered(place, row.lower) if is_claimed else None,
            lower=set() if is_claimed else set(keys(row.lower)),
        )
    return memory


def rows_of(memory: FakeOutbox) -> Rows:
    return tuple(row_of(memory.rows.get(each)) for each in KEYS)


def row_of(found: fakes.Row | None) -> Row | None:
    if found is None:
        return None
    if found.state != CLAIMED:
        return Row(found.state, lower=places(found.lower))
    assert found.alert is not None
    is_over = found.lease_until < NOW.timestamp()
    owner = int(found.owner.removeprefix("run "))
    return Row(CLAIMED, owner, is_over, min(found.attempts, 2), places(found.alert.lower))


def places(found: set[AlertKey] | tuple[AlertKey, ...]) -> frozenset[int]:
    return frozenset(KEYS.index(each) for each in found)


@pytest.mark.parametrize(
    "alert", [Alert(0), Alert(0, frozenset({1})), Alert(0, frozenset({1}), frozenset({2}))]
)
def test_the_fake_claims_as_the_model_does(alert: Alert) -> None:
    asked = replace(rendered(0, alert.lower), alongside=keys(alert.alongside))
    for rows in ROWS:
        memory = memory_with(rows)
        found = memory.claim(asked, "run 0", NOW)
        told = Answer(
            PENDING if found.state is ClaimState.PENDING else CLAIMED,
            places(found.alert.lower) if found.state is ClaimState.CLAIMED else frozenset(),
            min(found.attempt, 2),
        )
        if found.state is ClaimState.SETTLED:
            assert rows[0] is not None
            told = Answer(rows[0].state, places(found.alert.lower))
        assert (rows_of(memory), told) == claim(rows, alert, 0), rows


def test_the_fake_releases_as_the_model_does() -> None:
    for rows in ROWS:
        memory = memory_with(rows)
        memory.release(KEYS[0], "run 0")
        assert rows_of(memory) == release(rows, 0, 0, RULES), rows


@pytest.mark.parametrize("lower", SUBSETS)
def test_the_fake_confirms_as_the_model_does(lower: frozenset[int]) -> None:
    for rows in ROWS:
        memory = memory_with(rows)
        memory.confirm(rendered(0, lower), "message", NOW)
        is_first = rows[0] is None or rows[0].state == CLAIMED  # a late one never mentions anything else
        if is_first:
            assert rows_of(memory) == confirm(rows, 0, 0, lower, RULES), rows


@pytest.mark.parametrize("lower", SUBSETS)
def test_the_fake_settles_as_the_model_does(lower: frozenset[int]) -> None:
    for rows in ROWS:
        if rows[0] is not None and rows[0].state != CLAIMED:
            memory = memory_with(rows)
            memory.settle_lower(rendered(0, lower))
            assert rows_of(memory) == settle(rows, 0, lower), rows


def test_the_conditions_are_those_of_the_expressions() -> None:
    alert, lease = rendered(0, frozenset({1})), timedelta(seconds=1)
    claiming = alert_items.claiming("alerts", alert, "me", NOW, lease)
    releasing = alert_items.releasing("alerts", alert.key, "me")
    assert claim.__doc__ == f"Only if {claiming['ConditionExpression']}."
    assert release.__doc__ == f"Only if {releasing['ConditionExpression']}."
    unconditional = (
        alert_items.confirming_alone("alerts", alert, "message", NOW),
        alert_items.confirming_with_lower("alerts", alert, "message", NOW),
        alert_items.recording_lower("alerts", alert),
        alert_items.superseding("alerts", KEYS[1], NOW),
    )
    assert not any("ConditionExpression" in update for update in unconditional)
