"""What is refused of a budget document, and that code and schema agree."""

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.budgets.document import InvalidBudget, parse_budget
from tests.support.builders import ACCOUNT_ID, budget

SCHEMA = json.loads(resources.files("cloudflare_budgets").joinpath("schemas/budget.schema.json").read_text())
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "limit", "found nothing"),
    ({"limit": 50}, "limit", "found 50"),
    ({"limit": "50"}, "limit", '"50 USD"'),
    ({"limit": "-5 USD"}, "limit", "above zero"),
    ({"limit": "0 USD"}, "limit", "above zero"),
    ({"limit": "50 usd"}, "limit", 'did you mean "50 USD"?'),
    ({"limit": "50 Chf"}, "limit", 'did you mean "50 CHF"?'),
    ({"limit": "$50"}, "limit", 'did you mean "50 USD"?'),
    ({"limit": "50 dollars"}, "limit", 'did you mean "50 USD"?'),
    ({"limit": "50 Euro"}, "limit", 'did you mean "50 EUR"?'),
    ({"limit": "50 US$"}, "limit", 'did you mean "50 USD"?'),
    ({"limit": "\u0665\u0660 USD"}, "limit", 'did you mean "50 USD"?'),
    ({"limit": "50%"}, "limit", 'did you mean "50% of allowance"?'),
    ({"limit": "50 USD", "treshold": ["80%"]}, "treshold", 'did you mean "thresholds"?'),
    ({"limit": "50 USD", "period": "monthly"}, "period", 'did you mean "month"?'),
    ({"limit": "50 USD", "$schema": 1}, "$schema", "address"),
    ({"limit": "50 USD", "thresholds": ["\u0668\u0660%"]}, "thresholds[0]", 'did you mean "80%"?'),
    ({"limit": "50 USD", "muted_until": "\u0662\u0660\u0662\u0666-12-01"}, "muted_until", '"2026-12-01"'),
    ({"limit": "1e3 USD"}, "limit", 'did you mean "1000 USD"?'),
    ({"limit": "1,000 USD"}, "limit", 'did you mean "1000 USD"?'),
    ({"limit": "9" * 30 + " USD"}, "limit", "below 10^24"),
    ({"limit": "1" + "0" * 24 + " Bytes"}, "limit", "below 10^24"),
    ({"limit": "5 " + "x" * 65}, "limit", "at most 64 characters"),
    ({"limit": "50 USD", "colum": "ListCost"}, "colum", 'did you mean "column"?'),
    ({"limit": "50 USD", "column": "Cost"}, "column", "BilledCost"),
    ({"limit": "5 GB-months", "column": "ListCost"}, "column", "ConsumedQuantity"),
    ({"limit": "50 USD", "period": "fortnight"}, "period", "quarter"),
    ({"limit": "50 USD", "account_id": "ABC"}, "account_id", "32 hex digits"),
    ({"limit": "50 USD", "account_id": ACCOUNT_ID.upper()}, "account_id", f'did you mean "{ACCOUNT_ID}"?'),
    ({"limit": "50 USD", "muted_until": "2026/12/1"}, "muted_until", 'did you mean "2026-12-01"?'),
    ({"limit": "50 USD", "muted_until": "2026-12-01T00:00:00Z"}, "muted_until", 'mean "2026-12-01"?'),
    ({"limit": "50 USD", "muted_until": "2026-13-1"}, "muted_until", "expected the day"),
    ({"limit": "50 USD", "enabled": "no"}, "enabled", "true or false"),
    ({"limit": "50 USD", "description": ["x"]}, "description", "one line"),
    ({"limit": "50 USD", "description": "x" * 501}, "description", "at most 500 characters"),
    ({"limit": "50 USD", "scope": ["x"]}, "scope", "metric_id"),
    ({"limit": "50 USD", "scope": {"metric": ["x"]}}, "scope.metric", "product_family"),
    ({"limit": "50 USD", "scope": {"zone": "example.com"}}, "scope.zone", "list of patterns"),
    ({"limit": "50 USD", "scope": {"zone": []}}, "scope.zone", "list of patterns"),
    ({"limit": "50 USD", "scope": {"zone": [1]}}, "scope.zone", "list of patterns"),
    ({"limit": "50 USD", "scope": {"zone": ["a\n\nAlert 0"]}}, "scope.zone", "list of patterns"),
    ({"limit": "50 USD", "scope": {"zone": ["*", "\ud800"]}}, "scope.zone", "list of patterns"),
    ({"limit": "50 USD", "scope": {"zone": ["\u202emoc"]}}, "scope.zone", "list of patterns"),
    ({"limit": "50 USD", "scope": {"zone": [""]}}, "scope.zone", "list of patterns"),
    ({"limit": "50 USD", "scope": {"zone": ["x" * 257]}}, "scope.zone", "list of patterns"),
    ({"limit": "50 USD", "thresholds": []}, "thresholds", "1 to 20"),
    ({"limit": "50 USD", "thresholds": [f"{share}%" for share in range(1, 22)]}, "thresholds", "1 to 20"),
    ({"limit": "50 USD", "thresholds": "80%"}, "thresholds", "1 to 20"),
    ({"limit": "50 USD", "thresholds": [80]}, "thresholds[0]", '"80%"'),
    ({"limit": "50 USD", "thresholds": ["0%"]}, "thresholds[0]", "above zero"),
    ({"limit": "50 USD", "thresholds": ["50%", "-1%"]}, "thresholds[1]", '"-1%"'),
    ({"limit": "50 USD", "thresholds": ["40 EUR"]}, "thresholds[0]", "unit of the limit, USD"),
    ({"limit": "50 USD", "thresholds": ["80%", "80%"]}, "thresholds[1]", "the same amount"),
    ({"limit": "50 USD", "thresholds": ["80%", "40 USD"]}, "thresholds[1]", "the same amount"),
    ({"limit": "100 % of allowance"}, "limit", '"100% of allowance"'),
    ({"limit": "100% of allowance", "period": "month"}, "period", "with the billing period"),
    ({"limit": "100% of allowance", "thresholds": ["5 Requests"]}, "thresholds[0]", "a percentage of"),
    ({"limit": "100% of allowance", "scope": {"zone": ["a.example"]}}, "scope.zone", "the whole account"),
    ({"limit": "100% of allowance", "scope": {"region": ["eu"]}}, "scope.region", "the whole account"),
    ({"limit": "50 USD", "muted_until": "tomorrow"}, "muted_until", '"2026-12-01"'),
    ({"limit": "50 USD", "muted_until": "2026-13-01"}, "muted_until", '"2026-12-01"'),
    ({"limit": "50 USD", "muted_until": 2026}, "muted_until", '"2026-12-01"'),
    ({"limit": "50 USD", "alert_on": "spike"}, "alert_on", "spike or new_metric"),
    ({"limit": "50 USD", "alert_on": ["spikes"]}, "alert_on", "spike or new_metric"),
    ({"limit": "50 USD", "alert_on": ["spike", "spike"]}, "alert_on", "each name once"),
]


@pytest.mark.parametrize(("document", "field", "words"), REFUSED)
def test_a_refusal_names_the_field_and_what_would_be_right(
    document: dict[str, Any], field: str, words: str
) -> None:
    found = parse_budget("workers", json.dumps(document))
    assert isinstance(found, InvalidBudget)
    assert [error.field for error in found.errors] == [field]
    assert words in str(found)
    assert "expected" in str(found)


# What only the code can tell, as the schema itself says.
_BEYOND_THE_SCHEMA = (
    {"limit": "9" * 30 + " USD"},
    {"limit": "1" + "0" * 24 + " Bytes"},
    {"limit": "50 USD", "muted_until": "2026-13-01"},
)
_BEYOND_THE_SCHEMA_WORDS = (
    "unit of the limit",
    "the same amount",
    "ConsumedQuantity",
    "with the billing period",
    "a percentage of",
    "the whole account",
)


@pytest.mark.parametrize(("document", "field", "words"), REFUSED)
def test_the_schema_refuses_what_the_code_refuses(document: dict[str, Any], field: str, words: str) -> None:
    del field
    duplicates = document.get("thresholds") == ["80%", "80%"]
    says_so = any(known in words for known in _BEYOND_THE_SCHEMA_WORDS)
    beyond = document in _BEYOND_THE_SCHEMA or (says_so and not duplicates)
    is_valid = jsonschema.Draft202012Validator(SCHEMA).is_valid(document)
    assert is_valid == beyond


values: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, False, 0, "", "50 USD", "0 USD", "5 GB-months", "month", "soon", "text", "ListCost"),
        *([], ["80%"], ["80"], ["x*"], ["0%"], {}, {"zone": ["*.com"]}, {"zone": []}, {"color": ["red"]}),
        ACCOUNT_ID,
    ]
)
keys = st.sampled_from([*SCHEMA["properties"], "unknown"])


@given(st.dictionaries(keys, values, max_size=4))
def test_the_code_accepts_nothing_that_the_schema_refuses(document: dict[str, Any]) -> None:
    accepted = isinstance(parse_budget("workers", json.dumps(document)), Budget)
    assert not accepted or jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize(
    ("key", "told"), [("colour", "colour"), ("a\nb", '"a?b"'), ("x" * 65, '"' + "x" * 65 + '"')]
)
def test_an_unknown_key_of_a_scope_is_reported_word_for_word(key: str, told: str) -> None:
    found = parse_budget("workers", json.dumps({"limit": "50 USD", "scope": {key: ["x"]}}))
    assert str(found) == (
        f"scope.{told}: found an unknown key, expected one of metric_id, metric_name, product_family, zone,"
        " region, subscription"
    )


def test_an_unknown_key_of_a_scope_that_resembles_others_names_them() -> None:
    found = parse_budget("workers", json.dumps({"limit": "50 USD", "scope": {"metric": ["x"]}}))
    assert str(found).endswith('did you mean "metric_id" or "metric_name"?')


def test_every_reason_is_given_at_once() -> None:
    document = {
        "limit": "50 dollars",
        "column": "Cost",
        "period": "decade",
        "enabled": 1,
        "colour": "red",
        "hue": "red",
        "scope": {"zone": [], "place": ["x"], "region": "eu"},
        "thresholds": ["80", "80%", "80%", "x", "9%"],
    }
    found = parse_budget("-workers", json.dumps(document))
    assert isinstance(found, InvalidBudget)
    assert [error.field for error in found.errors] == [
        *("colour", "hue", "limit", "column", "period"),
        *("scope.zone", "scope.place", "scope.region", "thresholds[0]", "thresholds[3]", "enabled", "name"),
    ]


def test_every_pair_of_equal_thresholds_is_named_at_once() -> None:
    found = parse_budget("x", '{"limit": "50 USD", "thresholds": ["80%", "80%", "9%", "40 USD", "9%"]}')
    assert isinstance(found, InvalidBudget)
    assert [error.field for error in found.errors] == ["thresholds[1]", "thresholds[3]", "thresholds[4]"]


def test_a_document_may_name_its_schema() -> None:
    document = {"$schema": "https://example.com/budget.schema.json", "limit": "50 USD"}
    jsonschema.validate(document, SCHEMA)
    assert parse_budget("workers", json.dumps(document)) == budget('{"limit": "50 USD"}')


@pytest.mark.parametrize(("long", "told"), [("x" * 78, "x" * 78 + '"'), ("x" * 79, "x" * 76 + "...")])
def test_what_was_found_is_shown_in_80_characters_at_most(long: str, told: str) -> None:
    found = parse_budget("workers", json.dumps({"limit": "50 USD", "period": long}))
    assert f'period: found "{told}, expected' in str(found)


@pytest.mark.parametrize("name", ["", "-x", "a/b", "a#b", "x" * 65, "a b"])
def test_a_name_that_cannot_be_part_of_a_key_is_refused(name: str) -> None:
    found = parse_budget(name, '{"limit": "50 USD"}')
    assert isinstance(found, InvalidBudget)
    assert found.errors[0].field == "name"


def test_a_byte_order_mark_before_a_budget_is_ignored() -> None:
    text = '{"limit": "50 USD"}'
    assert parse_budget("spend", f"\ufeff{text}") == parse_budget("spend", text)
    assert isinstance(parse_budget("spend", f"\ufeff\ufeff{text}"), InvalidBudget)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '"50 USD"',
        '{"limit": NaN}',
        '{"limit": "1 USD", "limit": "2 USD"}',
        "[" * 100_000,
    ],
)
def test_what_is_no_json_object_is_refused_in_words(text: str) -> None:
    found = parse_budget("workers", text)
    assert isinstance(found, InvalidBudget)
    assert found.errors[0].field == "the document"
    assert len(str(found)) < 300


@given(st.text(max_size=200) | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(json.dumps))
def test_any_text_is_a_budget_or_a_refusal(text: str) -> None:
    assert isinstance(parse_budget("workers", text), InvalidBudget)
