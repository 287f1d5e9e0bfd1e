"""Ways in which an answer can differ from what it should be: each makes one change to a body.

None changes a value into another one that could be true, for nobody could tell.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from tests.support.builders import NOT_NEEDED

Row = dict[str, Any]
Mutation = Callable[[Random, list[Row]], bytes]

_JUNK = ("", "12 Requests", "NaN", "Infinity", "0x1F", " 1", "1,5", "1_000", "\uff11", "--1", "1e-300000000")
_NO_TEXTS: Sequence[object] = (0, 7, 1.5, True, [], ["a"], {}, {"a": "b"})
_NO_NUMBERS: Sequence[object] = (True, False, [], [1], {}, {"n": 1}, *_JUNK)
_OUT_OF_BOUNDS = (10**24, 1e24, 10**70, 1e300, 1e-61, "1e999", "9" * 61)
_NEGATIVE = (-1, -0.5, "-5")
_NO_INSTANTS = (
    "",
    "yesterday",
    "2026-02-30T00:00:00Z",
    "2026-11-05T00:00:00",
    "20261105",
    1793491200,
    True,
    [1],
)
_NO_ROWS: Sequence[object] = (None, 1, 1.5, True, "row", [], [1])
_STRUCTURE = '{}[]:,"'


@dataclass(frozen=True, slots=True)
class Raw:
    """JSON text that stands for itself."""

    text: str


def envelope(rows: object, **members: object) -> bytes:
    """Write an answer; a member that is given replaces the usual one."""
    return _text({"success": True, "errors": [], "messages": [], "result": rows} | members).encode()


def a_key_is_dropped(random: Random, rows: list[Row]) -> bytes:
    row = random.choice(rows)
    del row[random.choice(list(row))]
    return envelope(rows)


def a_key_is_renamed(random: Random, rows: list[Row]) -> bytes:
    row = random.choice(rows)
    name = random.choice(list(row))
    row[random.choice((name.lower(), f"X{name}", f"{name} ", name[:-1], f"{name}\u200b"))] = row.pop(name)
    return envelope(rows)


def a_value_is_null(random: Random, rows: list[Row]) -> bytes:
    row = random.choice(rows)
    row[random.choice(list(row))] = None
    return envelope(rows)


def a_text_is_none(random: Random, rows: list[Row]) -> bytes:
    return _with(random, rows, _is_text, random.choice(_NO_TEXTS))


def a_number_is_none(random: Random, rows: list[Row]) -> bytes:
    return _with(random, rows, _is_number, random.choice(_NO_NUMBERS))


def a_number_is_not_finite(random: Random, rows: list[Row]) -> bytes:
    return _with(
        random, rows, _is_number, Raw(random.choice(("NaN", "Infinity", "-Infinity", "1e400", "-1e400")))
    )


def a_number_is_out_of_bounds(random: Random, rows: list[Row]) -> bytes:
    return _with(random, rows, _is_number, random.choice(_OUT_OF_BOUNDS))


def a_number_is_long(random: Random, rows: list[Row]) -> bytes:
    return _with(random, rows, _is_number, Raw("0." + "1" * random.randint(61, 5000)))


def a_timestamp_is_none(random: Random, rows: list[Row]) -> bytes:
    return _with(random, rows, _is_instant, random.choice(_NO_INSTANTS))


def a_period_is_upside_down(random: Random, rows: list[Row]) -> bytes:
    row = random.choice(rows)
    row["ChargePeriodEnd"] = random.choice((row["ChargePeriodStart"], "2020-01-01T00:00:00Z"))
    return envelope(rows)


def numbers_are_texts(random: Random, rows: list[Row]) -> bytes:
    row = random.choice(rows)
    row |= {name: str(value) for name, value in row.items() if _is_number(name, value)}
    return envelope(rows)


def numbers_are_written_otherwise(random: Random, rows: list[Row]) -> bytes:
    row = random.choice(rows)
    for name, value in list(row.items()):
        if _is_number(name, value):
            plain = format(Decimal(str(value)), "f")
            row[name] = Raw(random.choice((f"{plain}e0", f"{plain}0" if "." in plain else f"{plain}.0")))
    return envelope(rows)


def what_nobody_needs_is_strange(random: Random, rows: list[Row]) -> bytes:
    row = random.choice(rows)
    row[random.choice(NOT_NEEDED)] = random.choice((*_NO_TEXTS, *_NO_NUMBERS, -1, 1e300, 10**24))
    return envelope(rows)


def a_quantity_is_negative(random: Random, rows: list[Row]) -> bytes:
    random.choice(rows)["ConsumedQuantity"] = random.choice(_NEGATIVE)
    return envelope(rows)


def a_row_with_an_id_comes_twice(random: Random, rows: list[Row]) -> bytes:
    row = random.choice(rows)
    row["x_ChargeId"] = f"{random.getrandbits(128):032x}"
    copy = list(row.items())
    random.shuffle(copy)
    rows.insert(random.randint(0, len(rows)), dict(copy))
    return envelope(rows)


def a_row_is_none(random: Random, rows: list[Row]) -> bytes:
    changed: list[object] = [*rows]
    changed[random.randrange(len(rows))] = random.choice(_NO_ROWS)
    return envelope(changed)


def a_row_is_of_another_account(random: Random, rows: list[Row]) -> bytes:
    random.choice(rows)["BillingAccountId"] = f"{random.getrandbits(128):032x}"
    return envelope(rows)


def rows_are_in_another_order(random: Random, rows: list[Row]) -> bytes:
    random.shuffle(rows)
    return envelope(rows)


def keys_are_in_another_order(random: Random, rows: list[Row]) -> bytes:
    shuffled = [random.sample(list(row.items()), len(row)) for row in rows]
    members = [("success", True), ("result", [dict(row) for row in shuffled]), ("errors", None)]
    random.shuffle(members)
    return _text(dict(members)).encode()


def there_are_columns_nobody_knows(random: Random, rows: list[Row]) -> bytes:
    for row in rows:
        row[f"x_New{random.randint(0, 3)}"] = random.choice(
            (None, True, 7, "text", [1, [2]], {"a": {"b": None}})
        )
    return envelope(rows, result_info={"page": 1})


def it_says_that_it_is_incomplete(random: Random, rows: list[Row]) -> bytes:
    choices: Sequence[dict[str, object]] = (
        {"result_info": {"total_pages": 2}},
        {"result_info": {"cursors": {"after": "eyJ"}}},
        {"truncated": True},
        {"messages": [{"message": "results are incomplete"}]},
    )
    return envelope(rows, **random.choice(choices))


def success_is_not_true(random: Random, rows: list[Row]) -> bytes:
    return envelope(rows, success=random.choice((False, None, 0, 1, "true", [], {})))


def there_are_errors(random: Random, rows: list[Row]) -> bytes:
    error = {"code": 10000, "message": "Authentication error"}
    return envelope(rows, errors=random.choice(([error], [error, error], [None], error, "error", 1, True)))


def a_member_is_missing(random: Random, rows: list[Row]) -> bytes:
    members = {"success": True, "errors": [], "messages": [], "result": rows}
    del members[random.choice(list(members))]
    return _text(members).encode()


def the_result_is_no_list_of_rows(random: Random, rows: list[Row]) -> bytes:
    return envelope(random.choice((None, {}, {"rows": rows}, rows[0], "rows", 7, True, [rows], [[]])))


def the_body_is_cut(random: Random, rows: list[Row]) -> bytes:
    body = envelope(rows)
    return body[: random.randrange(len(body))]


def the_body_goes_on(random: Random, rows: list[Row]) -> bytes:
    body = envelope(rows)
    return body + random.choice((b"x", b"{}", b",", b"]", b"}", b"\x00", body))


def a_key_comes_twice(random: Random, rows: list[Row]) -> bytes:
    at = random.randrange(len(rows))
    name = random.choice(list(rows[at]))
    twice = (
        _text(rows[at])[:-1] + f", {json.dumps(name)}: {_text(random.choice((rows[at][name], None, 0)))}}}"
    )
    return envelope([*rows[:at], Raw(twice), *rows[at + 1 :]])


def a_member_comes_twice(random: Random, rows: list[Row]) -> bytes:
    more = random.choice(('"result": []', '"success": true', '"success": false', '"errors": null'))
    body = envelope(rows).decode()
    return random.choice((f"{{{more}, {body[1:]}", f"{body[:-1]}, {more}}}")).encode()


def it_is_not_in_utf_8(random: Random, rows: list[Row]) -> bytes:
    body = envelope(rows)
    if random.random() < 0.1:
        encoding: str = random.choice(("utf-16", "utf-32", "utf-8-sig"))
        return body.decode().encode(encoding)
    at = random.randint(0, len(body))
    return (
        body[:at] + random.choice((b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xc0\xaf", b"\x80")) + body[at:]
    )


def half_a_character_is_in_it(random: Random, rows: list[Row]) -> bytes:
    half = random.choice(("\ud800", "\udfff", "a\ud83d"))
    row = random.choice(rows)
    if random.random() < 0.5:
        row[f"x_{half}"] = half
        return envelope(rows)
    return _with(random, rows, _is_text, half)


def its_structure_is_broken(random: Random, rows: list[Row]) -> bytes:
    body = envelope(rows).decode()
    at = random.choice(_structure_of(body))
    other: str = random.choice([sign for sign in ("", *_STRUCTURE, "x", "\x00") if sign != body[at]])
    return (body[:at] + other + body[at + 1 :]).encode()


def something_is_too_large_or_too_deep(random: Random, rows: list[Row]) -> bytes:
    deep = Raw("[" * 50_000 + "]" * 50_000)
    random.choice(rows)["x_New"] = random.choice((deep, "x" * 70_000, Raw("1" * 5000)))
    return envelope(rows)


def there_are_blanks_everywhere(random: Random, rows: list[Row]) -> bytes:
    return json.dumps(json.loads(envelope(rows)), indent=random.choice((1, 4, "\t"))).encode()


# Whatever the totals would be, such an answer is not to be trusted.
NEVER_READ: Sequence[Mutation] = (
    a_text_is_none,
    a_number_is_none,
    a_number_is_not_finite,
    a_number_is_out_of_bounds,
    a_number_is_long,
    a_timestamp_is_none,
    a_period_is_upside_down,
    a_quantity_is_negative,
    a_row_with_an_id_comes_twice,
    it_says_that_it_is_incomplete,
    a_row_is_none,
    a_row_is_of_another_account,
    success_is_not_true,
    there_are_errors,
    the_result_is_no_list_of_rows,
    the_body_is_cut,
    the_body_goes_on,
    a_key_comes_twice,
    a_member_comes_twice,
    it_is_not_in_utf_8,
)
ALWAYS_READ: Sequence[Mutation] = (
    numbers_are_texts,
    numbers_are_written_otherwise,
    rows_are_in_another_order,
    keys_are_in_another_order,
    there_are_columns_nobody_knows,
    what_nobody_needs_is_strange,
    there_are_blanks_everywhere,
)
MUTATIONS: Sequence[Mutation] = (
    *NEVER_READ,
    *ALWAYS_READ,
    a_key_is_dropped,
    a_key_is_renamed,
    a_value_is_null,
    a_member_is_missing,
    half_a_character_is_in_it,
    its_structure_is_broken,
    something_is_too_large_or_too_deep,
)


def a_row_that_cost_something_is_lost(random: Random, rows: list[Row]) -> bytes:
    """Of Version 1: not the newest of its series, which the running total cannot miss."""
    del rows[random.choice(_priced_and_not_newest(rows))]
    return envelope(rows)


def a_digit_of_a_cost_is_lost(random: Random, rows: list[Row]) -> bytes:
    """Of Version 1."""
    row = random.choice([row for row in rows if row["ContractedCost"]])
    row["ContractedCost"] = row["ContractedCost"] // 10
    return envelope(rows)


def a_row_that_cost_something_comes_twice_in_disguise(random: Random, rows: list[Row]) -> bytes:
    """Of Version 1."""
    row = random.choice([row for row in rows if row["ContractedCost"]])
    rows.insert(random.randint(0, len(rows)), row | {"x_New": random.random()})
    return envelope(rows)


RUNNING_TOTALS: Sequence[Mutation] = (
    a_row_that_cost_something_is_lost,
    a_digit_of_a_cost_is_lost,
    a_row_that_cost_something_comes_twice_in_disguise,
)


def _with(random: Random, rows: list[Row], fits: Callable[[str, object], bool], value: object) -> bytes:
    row = random.choice(rows)
    names = [name for name, old in row.items() if name not in NOT_NEEDED and fits(name, old)]
    row[random.choice(names)] = value
    return envelope(rows)


def _is_text(name: str, value: object) -> bool:
    return isinstance(value, str) and not _is_instant(name, value)


def _is_instant(name: str, _: object) -> bool:
    return "Period" in name


def _is_number(_: str, value: object) -> bool:
    return type(value) in {int, float}


def _priced_and_not_newest(rows: list[Row]) -> list[int]:
    series = [(row["ServiceName"], row.get("ZoneId"), row["ChargePeriodStart"]) for row in rows]
    return [
        at
        for at, (service, zone, start) in enumerate(series)
        if rows[at]["ContractedCost"]
        and any(other[:2] == (service, zone) and other[2] > start for other in series)
    ]


def _structure_of(body: str) -> list[int]:
    found, inside = [], False
    for at, sign in enumerate(body):  # no text here holds an escaped quotation mark
        if sign == '"':
            inside = not inside
        if sign in _STRUCTURE and (sign == '"' or not inside):
            found.append(at)
    return found


def _text(value: object) -> str:
    held: list[str] = []

    def hold(raw: object) -> str:
        assert isinstance(raw, Raw)
        held.append(raw.text)
        return f"raw text {len(held)}"

    text = json.dumps(value, default=hold)
    for number, raw in enumerate(held, start=1):
        text = text.replace(f'"raw text {number}"', raw)
    return text
