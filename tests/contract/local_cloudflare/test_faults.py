"""The faults that only a socket shows, and the way to them from another process."""

from __future__ import annotations

import gzip
import http.client
import json
import time
from contextlib import closing

import pytest

from local.cloudflare.accounts.examples import EMPTY, ORDINARY, RATED
from local.cloudflare.faults.faults import Fault, FaultKind
from local.cloudflare.server import LocalCloudflare
from tests.contract.local_cloudflare.calls import _bytes_until_the_end, _connect, _get, _path


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
