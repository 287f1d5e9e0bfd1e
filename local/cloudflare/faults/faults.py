"""Faults of the local Cloudflare, by name, and which of them are active.

Activate one with `LocalCloudflare.switch_on`, or from another process with `PUT /_local/faults` and a JSON
list such as `[{"kind": "too_many_requests", "argument": "2", "times": 2}]`.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.cloudflare.http import Target


class FaultKind(StrEnum):
    """The faults; what follows a dash is the argument and what it is when none is given."""

    # Answers that are not the requested usage
    INVALID_TOKEN = auto()  # 401
    AUTHENTICATION_ERROR = auto()  # 403, code 10000
    V2_NOT_OPEN = auto()  # 403, insufficient_permissions
    NOT_FOUND = auto()  # 404, code 7003
    INVALID_PARAMETERS = auto()  # 400, code 1183
    TOO_MANY_REQUESTS = auto()  # 429 - the text of Retry-After; without an argument there is no such header
    SERVER_ERROR = auto()  # an HTML page - its status, 500
    NO_CONTENT = auto()  # 204
    PARTIAL_CONTENT = auto()  # 206 with half of the body
    REDIRECT = auto()  # 302 - the Location, another path on the same host
    SUCCESS_FALSE = auto()  # 200 with the envelope of a failure
    SUCCESS_WITH_ERRORS = auto()  # 200, success is true, errors are not empty
    RESULT = auto()  # 200 with another result - its JSON text, null
    EMPTY_RESULT = auto()  # 200 with no rows

    # Invalid rows
    DUPLICATE_ROW = auto()  # the first row comes again at the end
    FIELD = auto()  # one column of the first row - `Column=JSON text`, ConsumedQuantity=true
    FIELD_MISSING = auto()  # one column left out of every row - its name, ConsumedQuantity
    NOT_A_NUMBER = auto()  # the first row's ConsumedQuantity is NaN
    NEGATIVE_QUANTITY = auto()
    QUANTITY_AS_TEXT = auto()
    COST_MISSING = auto()  # the first row has no cost columns
    MIXED_CURRENCIES = auto()  # the first row is in another currency - its code, EUR
    MIXED_UNITS = auto()  # the first row comes again in another unit - the unit, Dozens
    ANOTHER_ACCOUNT = auto()  # the rows name another account
    DAYS_NOT_ASKED_FOR = auto()  # the first row comes again, 40 days earlier
    NULLS = auto()  # every optional column is there, and null
    UNKNOWN_FIELDS = auto()  # every row has an unknown column

    # Bodies that are not valid JSON
    HTML_PAGE = auto()  # 200
    EMPTY_BODY = auto()  # 200
    CUT_JSON = auto()  # half of the text, all the rest in order
    OVERSIZED_BODY = auto()  # blanks follow the answer - bytes in all, 10 MiB
    DUPLICATE_KEYS = auto()  # `result` comes twice, the second time empty
    DEEP_NESTING = auto()  # - how deep, 100000
    BYTE_ORDER_MARK = auto()
    UTF_16 = auto()
    INVALID_UTF_8 = auto()
    LONE_SURROGATE = auto()
    GZIP = auto()  # compressed although the request did not accept it
    GZIP_CUT = auto()
    GZIP_BOMB = auto()  # - MiB once unpacked, 100
    ENCODING_CLAIMED = auto()  # plain text under a Content-Encoding - its name, gzip

    # Connections that do not deliver
    CLOSED_AT_ONCE = auto()
    RESET_AT_ONCE = auto()
    RESET_MIDWAY = auto()
    SILENCE = auto()  # accepted, then nothing
    DRIPPING_HEAD = auto()  # - seconds between bytes, 1
    DRIPPING_BODY = auto()  # - seconds between bytes, 1
    TRUNCATED_BODY = auto()  # closed after half of the promised length
    STALLED_BODY = auto()  # held open after half of the promised length
    CLOSE_DELIMITED_CUT = auto()  # no length promised, closed after half
    SHORT_LENGTH = auto()  # Content-Length is 10 bytes too small
    TWO_LENGTHS = auto()
    CHUNKS_CUT = auto()  # closed after the first chunk
    BAD_CHUNK_SIZE = auto()
    ENDLESS_CHUNKS = auto()
    ENDLESS_CONTINUE = auto()  # 100 Continue, for ever
    EARLY_HINTS = auto()  # 103 before the answer
    GARBAGE_STATUS_LINE = auto()
    NO_HEAD = auto()  # the body alone, as in HTTP/0.9
    MANY_HEADERS = auto()  # - how many, 200
    LARGE_HEADER = auto()  # - bytes, 1 MiB
    CLOSED_AFTERWARDS = auto()  # a good answer, then the kept-alive connection closes


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, for the next `times` requests or for all.

    It meets all requests, or those of one account, one method and one path below `/accounts/{account_id}/`,
    such as `billable-usage`.
    """

    kind: FaultKind
    argument: str | None = None
    times: int | None = None
    account_id: str | None = None
    path: str | None = None
    method: str | None = None

    def meets(self, target: Target) -> bool:
        """Return whether a request matches."""
        return (
            self.account_id in (None, target.account_id)
            and self.path in (None, target.path)
            and self.method in (None, target.method)
        )


def faults_of_json(body: bytes) -> list[Fault]:
    """Read faults in the form of `PUT /_local/faults`.

    Raises:
        ValueError: The body is not JSON, or a kind is not one of `FaultKind`.
        TypeError: The body is not a list of objects with the fields of `Fault`.
    """
    documents = json.loads(body)
    if not isinstance(documents, list):
        raise TypeError("faults are a JSON list")
    return [Fault(**{**document, "kind": FaultKind(document["kind"])}) for document in documents]


class Switchboard:
    """The faults that are on, in the order they came; each request meets the first that applies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def switch_on(self, *faults: Fault) -> None:
        """Add faults behind those that are on already: one that lasts n times, then the next."""
        with self._lock:
            self._faults.extend(faults)

    def switch_off(self) -> None:
        """Heal everything."""
        with self._lock:
            self._faults.clear()

    def replace(self, faults: Iterable[Fault]) -> None:
        """Have exactly these faults on."""
        with self._lock:
            self._faults[:] = faults

    def take(self, target: Target) -> Fault | None:
        """Find the fault that a request meets, and count it."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if fault.meets(target):
                    self._faults[place : place + 1] = _used_once(fault)
                    return fault
        return None


def _used_once(fault: Fault) -> list[Fault]:
    if fault.times is None:
        return [fault]
    return [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
