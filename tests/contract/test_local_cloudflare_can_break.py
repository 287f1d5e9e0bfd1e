"""The faults that only a socket shows, and the way to them from another process."""

from __future__ import annotations

import gzip
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from local.cloudflare.accounts.examples import EMPTY, ORDINARY, RATED, crowded
from local.cloudflare.faults.faults import Fault, FaultKind
from local.cloudflare.server import LocalCloudflare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.cloudflare.accounts.account import Account

_PROJECT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 10


def _connect(origin: str) -> http.client.HTTPConnection:
    parts = urlsplit(origin)
    return http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=_PATIENCE_SECONDS)


def _call(
    origin: str, method: str, path: str, headers: Mapping[str, str] | None = None, body: str | None = None
) -> tuple[int, bytes, http.client.HTTPMessage]:
    with closing(_connect(origin)) as connection:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read(), response.headers


def _path(account: Account) -> str:
    return f"/client/v4/accounts/{account.id}/billable/usage?from=2026-11-20&to=2026-11-20"


def _get(cloudflare: LocalCloudflare, account: Account = RATED) -> tuple[int, bytes, http.client.HTTPMessage]:
    headers = {"Authorization": f"Bearer {account.credentials.token}"}
    return _call(cloudflare.origin, "GET", _path(account), headers)


def _bytes_until_the_end(cloudflare: LocalCloudflare, account: Account = RATED) -> Iterator[bytes]:
    parts = urlsplit(cloudflare.origin)
    with socket.create_connection((parts.hostname, parts.port), timeout=_PATIENCE_SECONDS) as plug:
        request = (
            f"GET {_path(account)} HTTP/1.1\r\nAuthorization: Bearer {account.credentials.token}\r\n\r\n"
        )
        plug.sendall(request.encode())
        while received := plug.recv(65536):
            yield received


def _raw(cloudflare: LocalCloudflare) -> bytes:
    return b"".join(_bytes_until_the_end(cloudflare))


def test_a_fault_lasts_for_its_number_of_requests(
    cloudflare: LocalCloudflare,
) -> None:
    cloudflare.switch_on(Fault(FaultKind.SERVER_ERROR, "520", times=2), Fault(FaultKind.NO_CONTENT, times=1))

    assert [_get(cloudflare)[0] for _ in range(5)] == [520, 520, 204, 200, 200]


def test_a_fault_can_be_limited_to_one_account(cloudflare: LocalCloudflare) -> None:
    cloudflare.switch_on(Fault(FaultKind.INVALID_TOKEN, account_id=ORDINARY.id))

    assert (_get(cloudflare, ORDINARY)[0], _get(cloudflare, RATED)[0]) == (401, 200)


@pytest.mark.parametrize("retry_after", ["120", "Sun, 22 Nov 2026 10:05:00 GMT", "soon", None])
def test_a_429_has_a_retry_after_or_not(cloudflare: LocalCloudflare, retry_after: str | None) -> None:
    cloudflare.switch_on(Fault(FaultKind.TOO_MANY_REQUESTS, retry_after))

    status, _, headers = _get(cloudflare)

    assert (status, headers["Retry-After"]) == (429, retry_after)


def test_a_redirect_leads_to_another_host(cloudflare: LocalCloudflare) -> None:
    with LocalCloudflare(accounts=()) as elsewhere:
        cloudflare.switch_on(Fault(FaultKind.REDIRECT, elsewhere.url))

        status, _, headers = _get(cloudflare)

    assert (status, headers["Location"]) == (302, elsewhere.url)
    assert elsewhere.requests == ()


@pytest.mark.parametrize("kind", [FaultKind.CLOSED_AT_ONCE, FaultKind.RESET_AT_ONCE])
def test_the_connection_closes_before_the_first_byte(cloudflare: LocalCloudflare, kind: FaultKind) -> None:
    cloudflare.switch_on(Fault(kind))

    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)) as caught:
        _get(cloudflare)
    assert (caught.type is ConnectionResetError) == (kind is FaultKind.RESET_AT_ONCE)


def test_the_connection_is_reset_in_the_middle_of_the_body(cloudflare: LocalCloudflare) -> None:
    cloudflare.switch_on(Fault(FaultKind.RESET_MIDWAY))

    with pytest.raises(ConnectionResetError):
        _get(cloudflare)


@pytest.mark.parametrize("kind", [FaultKind.TRUNCATED_BODY, FaultKind.CHUNKS_CUT])
def test_the_body_is_shorter_than_its_content_length(cloudflare: LocalCloudflare, kind: FaultKind) -> None:
    cloudflare.switch_on(Fault(kind))

    with pytest.raises(http.client.IncompleteRead):
        _get(cloudflare)


@pytest.mark.parametrize("kind", [FaultKind.CLOSE_DELIMITED_CUT, FaultKind.SHORT_LENGTH, FaultKind.CUT_JSON])
def test_the_body_is_truncated_without_a_transport_error(
    cloudflare: LocalCloudflare, kind: FaultKind
) -> None:
    cloudflare.switch_on(Fault(kind))

    status, body, _ = _get(cloudflare)

    assert status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


@pytest.mark.parametrize("kind", [FaultKind.SILENCE, FaultKind.STALLED_BODY, FaultKind.DRIPPING_HEAD])
def test_the_server_notices_when_a_client_times_out(cloudflare: LocalCloudflare, kind: FaultKind) -> None:
    cloudflare.switch_on(Fault(kind, times=1))

    with closing(_connect(cloudflare.origin)) as connection:
        connection.timeout = 0.2
        connection.request(
            "GET", _path(RATED), headers={"Authorization": f"Bearer {RATED.credentials.token}"}
        )
        with pytest.raises(TimeoutError):
            connection.getresponse().read()
    assert _get(cloudflare)[0] == 200


def test_a_body_drips_byte_by_byte(cloudflare: LocalCloudflare) -> None:
    cloudflare.switch_on(Fault(FaultKind.DRIPPING_BODY, "0.02"))
    start = time.monotonic()

    _, body, _ = _get(cloudflare, EMPTY)

    assert time.monotonic() - start > 0.02 * (len(body) - 1)


@pytest.mark.parametrize("kind", [FaultKind.ENDLESS_CHUNKS, FaultKind.ENDLESS_CONTINUE])
def test_an_endless_body_lasts_until_the_client_disconnects(
    cloudflare: LocalCloudflare, kind: FaultKind
) -> None:
    cloudflare.switch_on(Fault(kind, times=1))
    received = 0

    for part in _bytes_until_the_end(cloudflare):
        received += len(part)
        if received > 4 * 1024 * 1024:
            break

    assert _get(cloudflare)[0] == 200


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [
        (FaultKind.EARLY_HINTS, b"HTTP/1.1 103 Early Hints"),
        (FaultKind.GARBAGE_STATUS_LINE, b"220 mail.example.com"),
        (FaultKind.NO_HEAD, b'{"errors":[]'),
        (FaultKind.BAD_CHUNK_SIZE, b"HTTP/1.1 200 OK"),
        (FaultKind.TWO_LENGTHS, b"HTTP/1.1 200 OK"),
        (FaultKind.CLOSED_AFTERWARDS, b"HTTP/1.1 200 OK"),
    ],
)
def test_after_invalid_http_the_connection_closes(
    cloudflare: LocalCloudflare, kind: FaultKind, beginning: bytes
) -> None:
    cloudflare.switch_on(Fault(kind))

    assert _raw(cloudflare).startswith(beginning)


def test_a_gzip_bomb_is_small_compressed_and_large_decompressed(cloudflare: LocalCloudflare) -> None:
    cloudflare.switch_on(Fault(FaultKind.GZIP_BOMB, "20"))

    _, body, headers = _get(cloudflare)

    assert headers["Content-Encoding"] == "gzip"
    assert len(body) < 100_000
    assert len(gzip.decompress(body)) > 20 * 1024 * 1024


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
    assert list(stalled) == list(dripping) == []


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
