"""The pace of each token in the table: shared by all workers, and never lost between two of them."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.many_accounts.pace_table import PaceTable
from cloudflare_budgets.domain.run.pace import TokenPace
from cloudflare_budgets.errors import StateUnavailableError
from tests.support.outgoing import NOW

TOKEN = "0123456789abcdef"


@pytest.fixture
def pace(table_name: str) -> PaceTable:
    return PaceTable(table_name, lambda: NOW, aws_clients.dynamodb)


def _read(pace: PaceTable) -> TokenPace:
    return pace.update(TOKEN, lambda found: found)


def test_a_worker_reads_what_another_one_reserved(pace: PaceTable) -> None:
    assert pace.update(TOKEN, lambda found: found.reserved(5, NOW)) == TokenPace()
    assert _read(pace) == TokenPace().reserved(5, NOW)


def test_a_parked_token_is_parked_for_every_worker(pace: PaceTable) -> None:
    pace.update(TOKEN, lambda found: found.parked(timedelta(minutes=5), NOW))

    assert _read(pace).parked_until == NOW + timedelta(minutes=5)


def test_other_tokens_have_a_pace_of_their_own(pace: PaceTable) -> None:
    pace.update(TOKEN, lambda found: found.parked(None, NOW))

    assert pace.update("another", lambda found: found) == TokenPace()


def test_a_change_between_read_and_write_is_not_lost(pace: PaceTable, table_name: str) -> None:
    other = PaceTable(table_name, lambda: NOW, aws_clients.dynamodb)
    is_first = [True]

    def change(found: TokenPace) -> TokenPace:
        if is_first.pop() if is_first else False:
            other.update(TOKEN, lambda each: each.reserved(7, NOW))
        return found.reserved(5, NOW)

    pace.update(TOKEN, change)

    assert sum(_read(pace).sent.values()) == 12


class OneCallAtATime:
    """The client for DynamoDB; moto does not evaluate a condition and write in one step."""

    _lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a client has
        def call(**arguments: Any) -> Any:  # noqa: ANN401
            with self._lock:
                return getattr(aws_clients.dynamodb(), name)(**arguments)

        return call


def test_workers_at_the_same_time_never_reserve_more_than_the_limit(table_name: str) -> None:
    granted = []

    def work() -> None:
        own = PaceTable(table_name, lambda: NOW, OneCallAtATime)  # type: ignore[arg-type]
        for _ in range(30):
            earlier = own.update(TOKEN, lambda found: found.reserved(10, NOW))
            granted.append(earlier.resumes_at(10, NOW) is None)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert granted.count(True) == 100


def test_an_item_expires_when_it_does_not_count_any_more(pace: PaceTable, table_name: str) -> None:
    pace.update(TOKEN, lambda found: found.reserved(5, NOW))

    [item] = aws_clients.dynamodb().scan(TableName=table_name)["Items"]
    assert item["ttl"]["N"] == str(int((NOW + timedelta(hours=2)).timestamp()))


def test_a_table_that_fails_is_an_error_of_the_table(aws: None) -> None:  # noqa: ARG001
    with pytest.raises(StateUnavailableError, match="alert table absent: ResourceNotFoundException"):
        PaceTable("absent", lambda: NOW, aws_clients.dynamodb).update(TOKEN, lambda found: found)
