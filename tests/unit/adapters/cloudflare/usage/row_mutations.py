"""Ways in which the rows of an answer can differ from what they should be."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random

from tests.support.builders import NOT_NEEDED
from tests.unit.adapters.cloudflare.usage.answers import Raw, Row, envelope, text_of

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
    return text_of(dict(members)).encode()


def there_are_columns_nobody_knows(random: Random, rows: list[Row]) -> bytes:
    for row in rows:
        row[f"x_New{random.randint(0, 3)}"] = random.choice(
            (None, True, 7, "text", [1, [2]], {"a": {"b": None}})
        )
    return envelope(rows, result_info={"page": 1})


def half_a_character_is_in_it(random: Random, rows: list[Row]) -> bytes:
    half = random.choice(("\ud800", "\udfff", "a\ud83d"))
    row = random.choice(rows)
    if random.random() < 0.5:
        row[f"x_{half}"] = half
        return envelope(rows)
    return _with(random, rows, _is_text, half)


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
