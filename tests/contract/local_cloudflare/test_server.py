"""The server of the local Cloudflare: connections, long answers, and its process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.cloudflare.accounts.examples import ORDINARY, RATED, crowded
from local.cloudflare.faults.faults import Fault, FaultKind
from local.cloudflare.server import LocalCloudflare
from tests.contract.local_cloudflare.calls import (
    _PATIENCE_SECONDS,
    _bytes_until_the_end,
    _call,
    _connect,
    _get,
    _path,
)

_PROJECT = Path(__file__).parents[3]


def test_a_healthy_connection_is_reused(cloudflare: LocalCloudflare) -> None:
    with closing(_connect(cloudflare.origin)) as connection:
        for _ in range(3):
            connection.request(
                "GET", _path(RATED), headers={"Authorization": f"Bearer {RATED.credentials.token}"}
            )
            assert connection.getresponse().read()
            plug = connection.sock
        assert connection.sock is plug is not None


def test_a_long_answer_is_read_in_chunks_with_as_many_rows_as_were_ordered(
    cloudflare: LocalCloudflare,
) -> None:
    crowd = crowded(2000)
    cloudflare.register(crowd)
    path = f"/client/v4/accounts/{crowd.id}/billable/usage"

    _, body, headers = _call(
        cloudflare.origin, "GET", path, {"Authorization": f"Bearer {crowd.credentials.token}"}
    )

    assert headers["Transfer-Encoding"] == "chunked"
    rows = json.loads(body)["result"]
    keys = {(row["x_BillableMetricId"], row["x_ZoneId"], row["ChargePeriodStart"]) for row in rows}
    assert len(rows) == len(keys) == 2000


def test_nothing_is_left_running_when_the_server_ends() -> None:
    before = threading.active_count()
    with LocalCloudflare(now=datetime(2026, 11, 22, 10, tzinfo=UTC)) as cloudflare:
        cloudflare.switch_on(Fault(FaultKind.STALLED_BODY, times=1), Fault(FaultKind.DRIPPING_HEAD))
        stalled, dripping = _bytes_until_the_end(cloudflare), _bytes_until_the_end(cloudflare)
        assert next(stalled).startswith(b"HTTP/1.1 200")
        assert next(dripping) == b"H"
        assert threading.active_count() == before + 3

    assert threading.active_count() == before
    # Both connections are closed. What was sent before may arrive in several parts.
    assert b'"success"' not in b"".join(stalled)  # the end of the body
    assert len(b"".join(dripping)) < len(b"HTTP/1.1 200")


def test_faults_are_switched_on_and_requests_are_read_from_another_process(
    cloudflare: LocalCloudflare,
) -> None:
    faults = json.dumps([{"kind": "server_error", "argument": "503", "times": 1}])

    assert _call(cloudflare.origin, "PUT", "/_local/faults", body=faults)[0] == 200
    assert [_get(cloudflare)[0] for _ in range(2)] == [503, 200]
    _, record, _ = _call(cloudflare.origin, "GET", "/_local/requests")
    assert [asked["query"]["from"] for asked in json.loads(record)["requests"]] == ["2026-11-20"] * 2
    assert RATED.credentials.token.encode() not in record


@pytest.mark.parametrize(
    "faults",
    ["{", "{}", '["silence"]', '[{"kind": "rain"}]', '[{"times": 1}]', '[{"kind": "silence", "x": 1}]'],
)
def test_a_fault_that_does_not_exist_is_refused(cloudflare: LocalCloudflare, faults: str) -> None:
    assert _call(cloudflare.origin, "PUT", "/_local/faults", body=faults)[0] == 400
    assert _get(cloudflare)[0] == 200


def test_it_runs_as_a_process_until_a_signal() -> None:
    command = [sys.executable, "-m", "local.cloudflare", "--now", "2026-11-22T10:00:00Z", "--rows", "50"]
    with subprocess.Popen(command, cwd=_PROJECT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        account_id, token, name = process.stdout.readline().strip().split("  ")
        path = f"{urlsplit(url).path}/accounts/{account_id}/billable/usage"
        status, body, _ = _call(url, "GET", path, {"Authorization": f"Bearer {token}"})
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=_PATIENCE_SECONDS) == 0

    newest: Any = max(row["ChargePeriodStart"] for row in json.loads(body)["result"])
    assert (status, name, newest) == (200, ORDINARY.name, "2026-11-22T00:00:00Z")
