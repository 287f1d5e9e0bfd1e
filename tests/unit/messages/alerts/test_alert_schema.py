"""The published schema takes what alerts are, and nothing else."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest

from cloudflare_budgets.domain.alerts.alert import AlertType
from tests.schemas.alert import SCHEMA, checked
from tests.support.documents import (
    crossed,
    digest,
    new_metric,
    period_closed,
    problem,
    resolved,
    spike,
    truncated,
)

WHOLE = jsonschema.Draft202012Validator(SCHEMA)
KINDS: list[Callable[[], dict[str, Any]]] = [
    crossed,
    spike,
    new_metric,
    problem,
    resolved,
    period_closed,
    digest,
    truncated,
]


def parts(document: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401 - JSON
    if isinstance(document, dict | list):
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield (*path, key)
            yield from parts(value, *path, key)


def changed(document: dict[str, Any], path: tuple[str | int, ...], change: Callable[[Any, Any], None]) -> Any:  # noqa: ANN401
    copied = copy.deepcopy(document)
    inner: Any = copied
    for key in path[:-1]:
        inner = inner[key]
    change(inner, path[-1])
    return copied


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_type_of_alert_has_a_definition() -> None:
    defined = {each["$ref"].rpartition("/")[2] for each in SCHEMA["oneOf"]}

    assert defined == {each.value for each in AlertType} | {"truncated"}


@pytest.mark.parametrize("kind", KINDS)
def test_an_alert_is_of_exactly_one_type(kind: Callable[[], dict[str, Any]]) -> None:
    assert checked(kind()) == kind()
    assert WHOLE.is_valid(kind())


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_may_be_missing(kind: Callable[[], dict[str, Any]]) -> None:
    for path in parts(kind()):
        if isinstance(path[-1], str) and (kind, path) != (truncated, ("budget",)):
            assert not WHOLE.is_valid(changed(kind(), path, lambda inner, key: inner.pop(key))), path


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_may_be_added(kind: Callable[[], dict[str, Any]]) -> None:
    for path in {path[:-1] for path in parts(kind()) if isinstance(path[-1], str)} - {("budget", "scope")}:
        with_more = changed(kind(), (*path, "surprise"), lambda inner, key: inner.update({key: "1"}))
        assert not WHOLE.is_valid(with_more), path


@pytest.mark.parametrize(
    "amount", [41.2, "41.20", "4.12E+1", "-0", "+1", ".5", "1.", "01", "NaN", "1,000", ""]
)
def test_an_amount_is_a_decimal_as_text_without_loose_digits(amount: object) -> None:
    assert not WHOLE.is_valid(crossed(observed={"amount": amount, "unit": "USD"}))


@pytest.mark.parametrize("amount", ["0", "41.2", "-3", "-0.05", "0.000001", "100", "12345678901234567890.5"])
def test_an_amount_has_as_many_digits_as_it_needs(amount: str) -> None:
    checked(crossed(observed={"amount": amount, "unit": "USD"}))


@pytest.mark.parametrize(
    "instant",
    [
        "2026-11-22",
        "2026-11-22T00:00:00",
        "2026-11-22T00:00:00+00:00",
        "2026-13-22T00:00:00Z",
        "2026-11-22 00:00:00Z",
    ],
)
def test_an_instant_is_utc_to_the_second(instant: str) -> None:
    assert not WHOLE.is_valid(crossed(data_through=instant))


def test_a_type_that_is_unknown_is_refused_by_name() -> None:
    with pytest.raises(AssertionError, match="the schema has no type 'surprise'"):
        checked(crossed(type="surprise"))


def test_a_fault_is_named_with_its_place() -> None:
    with pytest.raises(AssertionError, match=r"\$\.observed\.amount: 41\.2 is not of type 'string'"):
        checked(crossed(observed={"amount": 41.2, "unit": "USD"}))
