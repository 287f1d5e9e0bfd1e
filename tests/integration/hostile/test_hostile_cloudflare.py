"""Everything the local Cloudflare can do wrong, and what must become of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.errors import (
    AccessDeniedError,
    AccountUnknownError,
    CloudflareBudgetsError,
    UsageRefusedError,
    UsageUnavailableError,
    UsageUnreadableError,
)
from local.cloudflare.accounts.account import GivenRows, account
from local.cloudflare.faults.faults import Fault, FaultKind
from local.cloudflare.server import LocalCloudflare
from tests.integration.hostile.deadlines import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloudflare.http import Row

# The fault, its argument, the error, a part of its text.
_FINAL: list[tuple[FaultKind, str | None, type[CloudflareBudgetsError], str]] = [
    (
        FaultKind.INVALID_TOKEN,
        None,
        AccessDeniedError,
        r"401 \(code 1000, Invalid API Token\).*Billing > Read",
    ),
    (
        FaultKind.AUTHENTICATION_ERROR,
        None,
        AccessDeniedError,
        r"403 \(code 10000, Auth.*account id in the name of the parameter.*Account > Billing > Read",
    ),
    (
        FaultKind.V2_NOT_OPEN,
        None,
        AccessDeniedError,
        r"403 \(insufficient_permissions\).*not opened this version.*Version 2",
    ),
    (FaultKind.NOT_FOUND, None, AccountUnknownError, r"404 \(code 7003"),
    (FaultKind.INVALID_PARAMETERS, None, UsageRefusedError, r"400 \(code 1183, Invalid request parameters"),
    (FaultKind.SUCCESS_FALSE, None, UsageRefusedError, r"answers 200 and reports a failure \(code 10001"),
    (
        FaultKind.SUCCESS_WITH_ERRORS,
        None,
        UsageRefusedError,
        r"answers 200 and reports a failure \(code 10001",
    ),
    (FaultKind.REDIRECT, None, UsageRefusedError, "302: redirects are not followed"),
    (FaultKind.NO_CONTENT, None, UsageUnavailableError, "204: this status does not answer"),
    (FaultKind.PARTIAL_CONTENT, None, UsageUnavailableError, "206: this status does not answer"),
    (FaultKind.EARLY_HINTS, None, UsageUnavailableError, "103: this status does not answer"),
    (FaultKind.TOO_MANY_REQUESTS, "300", UsageUnavailableError, "429 .* requests a delay of 300 s"),
    (FaultKind.RESULT, None, UsageUnreadableError, "`result` .* is null, but must be a list"),
    (FaultKind.RESULT, "{}", UsageUnreadableError, "`result` .* is an object, but must be a list"),
    (FaultKind.RESULT, "true", UsageUnreadableError, "`result` .* is true, but must be a list"),
    (FaultKind.RESULT, "[null]", UsageUnreadableError, "row 1 .* is null, but must be an object"),
    (FaultKind.FIELD, "ConsumedQuantity=true", UsageUnreadableError, "row 1 .* ConsumedQuantity true"),
    (FaultKind.FIELD, 'ChargePeriodStart="now"', UsageUnreadableError, 'row 1 .* ChargePeriodStart "now"'),
    (FaultKind.FIELD, "ConsumedQuantity=1e-300000000", UsageUnreadableError, "row 1 .* below 1e24"),
    (FaultKind.FIELD, "ConsumedQuantity=" + "9" * 5000, UsageUnreadableError, "number of 5000 digits"),
    (FaultKind.FIELD_MISSING, "ChargePeriodEnd", UsageUnreadableError, "row 1 .* has no ChargePeriodEnd"),
    (FaultKind.FIELD_MISSING, "ConsumedUnit", UsageUnreadableError, "row 1 .* neither a ConsumedUnit nor"),
    (FaultKind.NOT_A_NUMBER, None, UsageUnreadableError, "row 1 .* NaN is not a number"),
    (FaultKind.NEGATIVE_QUANTITY, None, UsageUnreadableError, "row 1 .* ConsumedQuantity -1, .* at least 0"),
    (FaultKind.ANOTHER_ACCOUNT, None, UsageUnreadableError, 'row 1 .* BillingAccountId "ffff'),
    (FaultKind.OVERSIZED_BODY, None, UsageUnreadableError, "larger than 1048576 bytes"),
    (FaultKind.ENDLESS_CHUNKS, None, UsageUnreadableError, "larger than 1048576 bytes"),
    (FaultKind.DUPLICATE_KEYS, None, UsageUnreadableError, "member result twice"),
    (FaultKind.DEEP_NESTING, None, UsageUnreadableError, "row 1 .* nested too deeply|row 1 .* larger"),
    (FaultKind.LONE_SURROGATE, None, UsageUnreadableError, "row 1 .* without lone surrogates"),
]
_PASSING: list[tuple[FaultKind, str | None, str]] = [
    (FaultKind.TOO_MANY_REQUESTS, None, "429"),
    (FaultKind.TOO_MANY_REQUESTS, "soon", "429"),
    (FaultKind.TOO_MANY_REQUESTS, "-5", "429"),
    (FaultKind.SERVER_ERROR, "500", "500"),
    (FaultKind.SERVER_ERROR, "503", "503"),
    (FaultKind.SERVER_ERROR, "520", "520"),
    (FaultKind.SERVER_ERROR, "527", "527"),
    (FaultKind.HTML_PAGE, None, "not JSON from here on: <!DOCTYPE html>"),
    (FaultKind.EMPTY_BODY, None, "empty"),
    (FaultKind.CUT_JSON, None, "ends too early"),
    (FaultKind.BYTE_ORDER_MARK, None, "byte order mark"),
    (FaultKind.UTF_16, None, "not UTF-8"),
    (FaultKind.INVALID_UTF_8, None, "not UTF-8"),
    (FaultKind.GZIP, None, "compressed"),
    (FaultKind.GZIP_CUT, None, "compressed"),
    (FaultKind.GZIP_BOMB, "10", "compressed"),
    (FaultKind.ENCODING_CLAIMED, "br", "compressed"),
    (FaultKind.ENCODING_CLAIMED, "gzip, gzip, gzip, gzip, gzip, gzip", "compressed"),
    (FaultKind.CLOSED_AT_ONCE, None, "it was interrupted"),
    (FaultKind.RESET_AT_ONCE, None, "it was interrupted"),
    (FaultKind.RESET_MIDWAY, None, "it was interrupted"),
    (FaultKind.SILENCE, None, "no data came for too long"),
    (FaultKind.STALLED_BODY, None, "in time|too long"),
    (FaultKind.DRIPPING_HEAD, "0.05", "does not answer in time"),
    (FaultKind.ENDLESS_CONTINUE, None, "does not answer in time"),
    (FaultKind.TRUNCATED_BODY, None, "it was interrupted"),
    (FaultKind.CLOSE_DELIMITED_CUT, None, "ends too early"),
    (FaultKind.SHORT_LENGTH, None, "ends too early"),
    (FaultKind.TWO_LENGTHS, None, "it was interrupted"),
    (FaultKind.CHUNKS_CUT, None, "it was interrupted"),
    (FaultKind.BAD_CHUNK_SIZE, None, "it was interrupted"),
    (FaultKind.GARBAGE_STATUS_LINE, None, "it was interrupted"),
    (FaultKind.NO_HEAD, None, "it was interrupted"),
    (FaultKind.MANY_HEADERS, None, "it was interrupted"),
    (FaultKind.LARGE_HEADER, None, "it was interrupted"),
]
_ID = "023e105f4ecef8ad9ca31a8372d0c353"
_ROWS: tuple[Row, ...] = tuple(
    {
        "BillingAccountId": _ID,
        "BillingAccountName": "Given",
        "ChargeCategory": "Usage",
        "ChargePeriodStart": f"2026-11-{day:02}T00:00:00Z",
        "ChargePeriodEnd": f"2026-11-{day + 1:02}T00:00:00Z",
        "ConsumedQuantity": 1000 * day,
        "ConsumedUnit": "Requests",
        "x_BillableMetricId": "workers_standard_requests",
        "BilledCost": day,
        "BillingCurrency": "USD",
    }
    for day in range(1, 23)
)
_ACCOUNT = account(_ID, "Given", GivenRows(_ROWS))
_HARMLESS = [
    FaultKind.QUANTITY_AS_TEXT,
    FaultKind.COST_MISSING,
    FaultKind.MIXED_CURRENCIES,
    FaultKind.MIXED_UNITS,
    FaultKind.DAYS_NOT_ASKED_FOR,
    FaultKind.NULLS,
    FaultKind.UNKNOWN_FIELDS,
    FaultKind.CLOSED_AFTERWARDS,
    FaultKind.DUPLICATE_ROW,
]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalCloudflare]:
    with LocalCloudflare(now=datetime(2026, 11, 22, 10, tzinfo=UTC), accounts=[_ACCOUNT]) as running:
        yield running


@pytest.fixture
def cloudflare(server: LocalCloudflare) -> Iterator[LocalCloudflare]:
    yield server
    server.switch_off()


@pytest.mark.parametrize(("kind", "argument", "error", "words"), _FINAL, ids=lambda value: str(value)[:30])
def test_an_error_that_a_retry_cannot_fix_is_reported_after_one_request(
    cloudflare: LocalCloudflare,
    kind: FaultKind,
    argument: str | None,
    error: type[CloudflareBudgetsError],
    words: str,
) -> None:
    cloudflare.switch_on(Fault(kind, argument))
    before = len(cloudflare.requests)
    _reader(cloudflare).is_refused(error, words)
    assert len(cloudflare.requests) - before == 1


@pytest.mark.parametrize(("kind", "argument", "words"), _PASSING, ids=lambda value: str(value)[:30])
def test_a_temporary_error_is_retried_at_most_twice_within_the_deadline(
    cloudflare: LocalCloudflare, kind: FaultKind, argument: str | None, words: str
) -> None:
    cloudflare.switch_on(Fault(kind, argument))
    before = len(cloudflare.requests)
    reader = _reader(cloudflare)
    reader.is_refused(UsageUnavailableError, words)
    assert 2 <= len(cloudflare.requests) - before <= 3
    assert len(cloudflare.requests) - before == len(reader.waits) + 1


@pytest.mark.parametrize(("kind", "argument", "words"), _PASSING, ids=lambda value: str(value)[:30])
def test_an_error_that_ends_at_the_second_request_has_no_effect(
    cloudflare: LocalCloudflare, kind: FaultKind, argument: str | None, words: str
) -> None:
    whole = _reader(cloudflare).read()
    cloudflare.switch_on(Fault(kind, argument, times=1))
    before = len(cloudflare.requests)
    assert _reader(cloudflare).read() == whole, words
    assert len(cloudflare.requests) - before == 2


def test_a_slow_body_ends_at_the_deadline(cloudflare: LocalCloudflare) -> None:
    cloudflare.switch_on(Fault(FaultKind.DRIPPING_BODY, "0.05"))
    before = len(cloudflare.requests)
    _reader(cloudflare).is_refused(UsageUnavailableError, "does not finish its answer in time")
    assert len(cloudflare.requests) - before == 1


@pytest.mark.parametrize("kind", _HARMLESS)
def test_an_unusual_but_valid_answer_is_read(cloudflare: LocalCloudflare, kind: FaultKind) -> None:
    whole = _reader(cloudflare).read()
    cloudflare.switch_on(Fault(kind))
    charges = _reader(cloudflare).read()
    assert len(charges) - len(whole) == (
        kind in {FaultKind.MIXED_UNITS, FaultKind.DUPLICATE_ROW}
    )  # which add a row


def test_no_rows_are_no_charges(cloudflare: LocalCloudflare) -> None:
    cloudflare.switch_on(Fault(FaultKind.EMPTY_RESULT))
    assert list(_reader(cloudflare).read()) == []


def test_every_fault_is_tried() -> None:
    tried = {kind for kind, *_ in (*_FINAL, *_PASSING)} | set(_HARMLESS)
    assert set(FaultKind) - tried == {FaultKind.DRIPPING_BODY, FaultKind.EMPTY_RESULT}


def _reader(cloudflare: LocalCloudflare) -> Reader:
    return Reader(cloudflare.url, token=_ACCOUNT.credentials.token, account_id=_ACCOUNT.id)
