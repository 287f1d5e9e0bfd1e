"""Cloudflare's answers, read piece by piece."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloudflare_budgets.adapters.cloudflare.json_stream import MAX_MEMBERS, MAX_VALUE, Streamed, read_envelope
from cloudflare_budgets.adapters.http.retries import TransientError
from cloudflare_budgets.domain.primitives.json_input import loads
from cloudflare_budgets.errors import UsageUnreadableError
from tests.support.sizes import SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

_THOROUGH = settings(max_examples=3 * SIZE.examples)
_ROW = '{"Name": "Zoë 😀", "Quantity": 1.50, "Nested": {"a": [1, -2.5e3, true, null]}}'
_ROWS = f'[{_ROW}, 12 ,-0.5e+2,"x", {{}}, [ ]]'
_BODY = f' {{"errors": [], "result": {_ROWS}, "messages": null, "success": true}} \r\n'

_scalars = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


def test_the_elements_of_result_are_handed_over_one_by_one() -> None:
    assert _read(_BODY.encode()) == _expected(_BODY)


def test_members_may_arrive_in_any_order() -> None:
    rows, members = _read(b'{"success":false,"result":null,"errors":[{"message":"no"}]}')
    assert rows == []
    assert members == {"success": False, "result": None, "errors": [{"message": "no"}]}


def test_an_empty_list_is_a_list_and_an_empty_object_has_no_members() -> None:
    assert _read(b'{"result":[ ]}') == ([], {"result": Streamed(0)})
    assert _read(b"{ }") == ([], {})


def test_a_list_in_another_member_is_an_ordinary_value() -> None:
    assert _read(b'{"messages":[1]}') == ([], {"messages": [1]})


@pytest.mark.parametrize("size", range(1, 40))
def test_any_size_of_pieces_returns_the_same(size: int) -> None:
    body = _BODY.encode()
    assert _read(body, *range(0, len(body), size)) == _expected(_BODY)


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_a_text_that_looks_like_the_end_of_a_row_is_a_text(size: int) -> None:
    body = '{"result":[{"a":"},{"},{"b":"},"},{"c":{}},{"d":"}"}],"more":{"e":{}},"last":1}'
    assert _read(body.encode(), *range(0, len(body), size)) == _expected(body)


def test_an_invalid_row_among_others_is_named() -> None:
    with pytest.raises(UsageUnreadableError, match="row 2 of Cloudflare's answer: the key 'b' occurs twice"):
        _read(b'{"result":[{"a":1},{"b":1,"b":2},{"c":1},{"d":1}]}')


@_THOROUGH
@given(
    rows=st.lists(_values, max_size=6), cuts=st.lists(st.integers(0, 600), max_size=8), indent=st.booleans()
)
@example(rows=[12, 13], cuts=[12], indent=False)
def test_any_cutting_of_any_body_returns_the_same(rows: list[object], cuts: list[int], indent: bool) -> None:  # noqa: FBT001 - hypothesis draws it
    text = json.dumps({"result": rows, "success": True}, indent=1 if indent else None, ensure_ascii=indent)
    if _has_surrogates(text):
        text = json.dumps({"result": rows, "success": True})
    assert _read(text.encode(), *cuts) == _expected(text)


@_THOROUGH
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), cuts=st.lists(st.integers(0, 200), max_size=3))
def test_a_changed_byte_is_read_as_any_json_reader_would_or_refused(
    place: int, byte: int, cuts: list[int]
) -> None:
    body = bytearray(_BODY.encode())
    body[place % len(body)] = byte
    _same_or_refused(bytes(body), cuts)


@_THOROUGH
@given(start=st.integers(0, 10_000), length=st.integers(1, 40), copies=st.integers(0, 2))
def test_a_lost_or_repeated_part_is_read_as_any_json_reader_would_or_refused(
    start: int, length: int, copies: int
) -> None:
    body = _BODY.encode()
    start %= len(body)
    part = body[start : start + length]
    _same_or_refused(body[:start] + part * copies + body[start + length :], [])


@pytest.mark.parametrize("end", range(len(_BODY.encode().rstrip())))
def test_no_beginning_of_a_body_passes_for_the_whole(end: int) -> None:
    with pytest.raises(TransientError):
        _read(_BODY.encode()[:end])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b" \n", "ends too early"),
        (b"<html><body>Bad gateway</body></html>", "not JSON from here on: <html>"),
        (b"upstream connect error", "not JSON"),
        (b"[]", "not JSON"),
        (b"null", "not JSON"),
        (b'\xef\xbb\xbf{"result":[]}', "byte order mark"),
        ('{"result":[]}'.encode("utf-16"), "not UTF-8"),
        (b'{"result":["\xff"]}', "not UTF-8"),
        (b'{"result":["\xed\xa0\x80"]}', "not UTF-8"),
        (b'{"result":["\xc3', "not UTF-8"),
        (b'{"result":[]}{}', "not JSON from here on: {}"),
        (b'{"result":[]}x', "not JSON from here on: x"),
        (b'{"result":[1 2]}', "not JSON from here on: 2]}"),
        (b'{"result":[1,]}', "not JSON"),
        (b'{"result":[,1]}', "not JSON"),
        (b'{"result":[],}', "not JSON"),
        (b'{"result":[]', "ends too early"),
        (b'{"result":[{"a":1', "ends too early"),
        (b'{"result":["a', "ends too early"),
        (b"{'result':[]}", "not JSON"),
        (b"{result:[]}", "not JSON"),
        (b"{1:[]}", "not JSON"),
        (b'{"result" []}', "not JSON"),
        (b'{"result":[01]}', "not JSON"),
        (b'{"result":[tru]}', "not JSON from here on: tru"),
        (b'{"result":["\t"]}', "not JSON"),
        (b'{"result":[]}\x00', "not JSON from here on: "),
    ],
)
def test_what_is_no_json_is_a_setback(body: bytes, words: str) -> None:
    with pytest.raises(TransientError, match=words):
        _read(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"result":[{"a":NaN}]}', "row 1 .*NaN is not a number"),
        (b'{"result":[{},Infinity]}', "row 2 .*Infinity is not a number"),
        (b'{"result":[-Infinity]}', "-Infinity is not a number"),
        (b'{"result":[{"a":1,"a":1}]}', "the key 'a' occurs twice"),
        (b'{"result":[],"result":[]}', "member result twice"),
        (b'{"success":true,"success":false}', "member success twice"),
        (b'{"result":[%s]}' % (b"[" * 100_000), "nested too deeply|larger"),
        (b'{"result":[{"a":%s}]}' % (b"9" * 5000), "a whole number of 5000 digits"),
        (b'{"result":[{"a":1e%s}]}' % (b"9" * 30), "the exponent of a number is out of bounds"),
        (b'{"result":["%s"]}' % (b"x" * MAX_VALUE), "row 1 .*larger than 65536 characters"),
        (b'{"result":["%s' % (b"x" * 10 * MAX_VALUE), "row 1 .*larger"),
        (b'{"result":[[%s]]}' % (b"1," * MAX_VALUE + b"1"), "row 1 .*larger"),
        (b'{"messages":["%s"]}' % (b"x" * MAX_VALUE), "the member messages .*larger"),
        (b'{"%s":1}' % (b"x" * MAX_VALUE), "the name of a member .*larger"),
    ],
)
def test_a_liberty_is_refused_by_name(body: bytes, words: str) -> None:
    with pytest.raises(UsageUnreadableError, match=words):
        _read(body)
    with pytest.raises(UsageUnreadableError):
        _read(body, *range(0, len(body), 4096))


def test_more_members_than_any_envelope_has_are_refused() -> None:
    body = json.dumps({str(number): None for number in range(MAX_MEMBERS + 1)})
    with pytest.raises(UsageUnreadableError, match="more than 64 members"):
        _read(body.encode())


def test_text_that_is_no_json_in_the_middle_of_a_long_body_is_shown() -> None:
    row = b'{"a":"' + b"x" * 1000 + b'"},'
    body = b'{"result":[' + row * 50 + b"error: upstream reset" + row * 100
    with pytest.raises(TransientError, match="not JSON from here on: error: upstream reset"):
        _read(body)


def test_a_row_as_large_as_allowed_is_read_from_the_thinnest_pieces() -> None:
    body = b'{"result":["%s"]}' % (b"x" * (MAX_VALUE - 2))
    rows, _ = _read(body, *range(len(body)))
    assert rows == ["x" * (MAX_VALUE - 2)]


def test_blanks_without_end_are_not_stored() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"{"
        for _ in range(10_000):
            yield b" " * 1024
        yield b'"result":[]}'

    assert read_envelope(pieces(), lambda _: None) == {"result": Streamed(0)}


def _read(body: bytes, *cuts: int) -> tuple[list[object], dict[str, object]]:
    rows: list[object] = []
    members = read_envelope(_pieces(body, cuts), rows.append)
    return rows, members


def _pieces(body: bytes, cuts: tuple[int, ...]) -> Iterator[bytes]:
    start = 0
    for cut in sorted(set(cuts) - {0}):
        yield body[start:cut]
        start = max(start, min(cut, len(body)))
    yield body[start:]


def _expected(text: str) -> tuple[list[object], dict[str, object]]:
    document = loads(text)
    rows = document["result"]
    return rows, document | {"result": Streamed(len(rows))}


def _same_or_refused(body: bytes, cuts: list[int]) -> None:
    try:
        read = _read(body, *cuts)
    except (TransientError, UsageUnreadableError):
        return
    document = loads(body.decode())
    if isinstance(document.get("result"), list):
        assert read == _expected(body.decode())
    else:
        assert read == ([], document)


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
