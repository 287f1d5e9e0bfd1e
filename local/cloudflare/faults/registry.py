"""What each fault does to a reply, and the argument it has when none is given."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from local.cloudflare.faults import answers, rows
from local.cloudflare.faults import answers as bodies
from local.cloudflare.faults import connections as wires
from local.cloudflare.faults.faults import Fault, FaultKind
from local.cloudflare.faults.rows import on_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.cloudflare.http import Breakage, Delivery, Reply


def broken(reply: Reply, fault: Fault) -> Reply:
    """Do to `reply` what the fault does."""
    breakage, default = _BREAKAGES[fault.kind]
    return breakage(reply, default if fault.argument is None else fault.argument)


def _by(delivery: Delivery) -> Breakage:
    return lambda reply, _argument: replace(reply, deliver=delivery)


def _dripping(drip: Callable[..., None]) -> Breakage:
    return lambda reply, seconds: replace(reply, deliver=partial(drip, seconds=float(seconds)))


def _many_headers(reply: Reply, count: str) -> Reply:
    extra = tuple((f"X-Filler-{number}", "x") for number in range(int(count)))
    return replace(reply, headers=(*reply.headers, *extra))


def _large_header(reply: Reply, size: str) -> Reply:
    return reply.with_header("X-Filler", "x" * int(size))


_BREAKAGES: dict[FaultKind, tuple[Breakage, str]] = {
    FaultKind.INVALID_TOKEN: (answers.invalid_token, ""),
    FaultKind.AUTHENTICATION_ERROR: (answers.authentication_error, ""),
    FaultKind.V2_NOT_OPEN: (answers.v2_not_open, ""),
    FaultKind.NOT_FOUND: (answers.not_found, ""),
    FaultKind.INVALID_PARAMETERS: (answers.refused_parameters, ""),
    FaultKind.TOO_MANY_REQUESTS: (answers.too_many_requests, ""),
    FaultKind.SERVER_ERROR: (answers.server_error, "500"),
    FaultKind.NO_CONTENT: (answers.no_content, ""),
    FaultKind.PARTIAL_CONTENT: (answers.partial_content, ""),
    FaultKind.REDIRECT: (answers.redirect, "/client/v4/elsewhere"),
    FaultKind.SUCCESS_FALSE: (answers.success_false, ""),
    FaultKind.SUCCESS_WITH_ERRORS: (answers.success_with_errors, ""),
    FaultKind.RESULT: (answers.result, "null"),
    FaultKind.EMPTY_RESULT: (on_rows(rows.empty_result), ""),
    FaultKind.DUPLICATE_ROW: (on_rows(rows.duplicate_row), ""),
    FaultKind.FIELD: (rows.field, "ConsumedQuantity=true"),
    FaultKind.FIELD_MISSING: (on_rows(rows.field_missing), "ConsumedQuantity"),
    FaultKind.NOT_A_NUMBER: (rows.field, "ConsumedQuantity=NaN"),
    FaultKind.NEGATIVE_QUANTITY: (rows.field, "ConsumedQuantity=-1"),
    FaultKind.QUANTITY_AS_TEXT: (rows.field, 'ConsumedQuantity="12.5"'),
    FaultKind.COST_MISSING: (on_rows(rows.cost_missing), ""),
    FaultKind.MIXED_CURRENCIES: (lambda reply, code: rows.field(reply, f'BillingCurrency="{code}"'), "EUR"),
    FaultKind.MIXED_UNITS: (on_rows(rows.mixed_units), "Dozens"),
    FaultKind.ANOTHER_ACCOUNT: (on_rows(rows.another_account), "f" * 32),
    FaultKind.DAYS_NOT_ASKED_FOR: (on_rows(rows.days_not_asked_for), "40"),
    FaultKind.NULLS: (on_rows(rows.nulls), ""),
    FaultKind.UNKNOWN_FIELDS: (on_rows(rows.unknown_fields), ""),
    FaultKind.HTML_PAGE: (answers.html_page, ""),
    FaultKind.EMPTY_BODY: (bodies.empty_body, ""),
    FaultKind.CUT_JSON: (bodies.cut_json, ""),
    FaultKind.OVERSIZED_BODY: (bodies.oversized_body, str(10 * 1024 * 1024)),
    FaultKind.DUPLICATE_KEYS: (bodies.duplicate_keys, ""),
    FaultKind.DEEP_NESTING: (bodies.deep_nesting, "100000"),
    FaultKind.BYTE_ORDER_MARK: (bodies.byte_order_mark, ""),
    FaultKind.UTF_16: (bodies.utf_16, ""),
    FaultKind.INVALID_UTF_8: (bodies.invalid_utf_8, ""),
    FaultKind.LONE_SURROGATE: (bodies.lone_surrogate, ""),
    FaultKind.GZIP: (bodies.gzipped, ""),
    FaultKind.GZIP_CUT: (bodies.gzip_cut, ""),
    FaultKind.GZIP_BOMB: (bodies.gzip_bomb, "100"),
    FaultKind.ENCODING_CLAIMED: (bodies.encoding_claimed, "gzip"),
    FaultKind.CLOSED_AT_ONCE: (_by(wires.closed_at_once), ""),
    FaultKind.RESET_AT_ONCE: (_by(wires.reset_at_once), ""),
    FaultKind.RESET_MIDWAY: (_by(wires.reset_midway), ""),
    FaultKind.SILENCE: (_by(wires.silence), ""),
    FaultKind.DRIPPING_HEAD: (_dripping(wires.dripping_head), "1"),
    FaultKind.DRIPPING_BODY: (_dripping(wires.dripping_body), "1"),
    FaultKind.TRUNCATED_BODY: (_by(wires.truncated_body), ""),
    FaultKind.STALLED_BODY: (_by(wires.stalled_body), ""),
    FaultKind.CLOSE_DELIMITED_CUT: (_by(wires.close_delimited_cut), ""),
    FaultKind.SHORT_LENGTH: (_by(wires.short_length), ""),
    FaultKind.TWO_LENGTHS: (_by(wires.two_lengths), ""),
    FaultKind.CHUNKS_CUT: (_by(wires.chunks_cut), ""),
    FaultKind.BAD_CHUNK_SIZE: (_by(wires.bad_chunk_size), ""),
    FaultKind.ENDLESS_CHUNKS: (_by(wires.endless_chunks), ""),
    FaultKind.ENDLESS_CONTINUE: (_by(wires.endless_continue), ""),
    FaultKind.EARLY_HINTS: (_by(wires.early_hints), ""),
    FaultKind.GARBAGE_STATUS_LINE: (_by(wires.garbage_status_line), ""),
    FaultKind.NO_HEAD: (_by(wires.no_head), ""),
    FaultKind.MANY_HEADERS: (_many_headers, "200"),
    FaultKind.LARGE_HEADER: (_large_header, str(1024 * 1024)),
    FaultKind.CLOSED_AFTERWARDS: (_by(wires.closed_afterwards), ""),
}
