"""Ways in which an answer can differ from what it should be: each makes one change to a body.

No change turns a value into another value that could be true, because no reader could detect it.
"""

import json
from collections.abc import Sequence
from random import Random

from tests.unit.adapters.cloudflare.usage.answers import Mutation, Raw, Row, envelope, text_of
from tests.unit.adapters.cloudflare.usage.row_mutations import (
    a_digit_of_a_cost_is_lost,
    a_key_is_dropped,
    a_key_is_renamed,
    a_number_is_long,
    a_number_is_none,
    a_number_is_not_finite,
    a_number_is_out_of_bounds,
    a_period_is_upside_down,
    a_quantity_is_negative,
    a_row_is_none,
    a_row_is_of_another_account,
    a_row_that_cost_something_comes_twice_in_disguise,
    a_row_that_cost_something_is_lost,
    a_row_with_an_id_comes_twice,
    a_text_is_none,
    a_timestamp_is_none,
    a_value_is_null,
    half_a_character_is_in_it,
    keys_are_in_another_order,
    numbers_are_texts,
    numbers_are_written_otherwise,
    rows_are_in_another_order,
    there_are_columns_nobody_knows,
    what_nobody_needs_is_strange,
)

_STRUCTURE = '{}[]:,"'


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
    return text_of(members).encode()


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
        text_of(rows[at])[:-1]
        + f", {json.dumps(name)}: {text_of(random.choice((rows[at][name], None, 0)))}}}"
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
RUNNING_TOTALS: Sequence[Mutation] = (
    a_row_that_cost_something_is_lost,
    a_digit_of_a_cost_is_lost,
    a_row_that_cost_something_comes_twice_in_disguise,
)


def _structure_of(body: str) -> list[int]:
    found, inside = [], False
    for at, sign in enumerate(body):  # no text here holds an escaped quotation mark
        if sign == '"':
            inside = not inside
        if sign in _STRUCTURE and (sign == '"' or not inside):
            found.append(at)
    return found
