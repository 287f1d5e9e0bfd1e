"""What is refused of own prices, and that code and schema agree."""

import json
from decimal import Decimal
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.pricing.price import Tier
from cloudflare_budgets.domain.pricing.price_fields import READERS
from cloudflare_budgets.domain.pricing.price_overrides import parse_prices
from tests.unit.domain.pricing.overrides import OWN, REFUSED, REQUESTS, SHIPPED, parsed

SCHEMA = json.loads(resources.files("cloudflare_budgets").joinpath("schemas/prices.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_a_refused_entry_leaves_its_metric_without_a_price_and_the_others_alone() -> None:
    found = parsed({REQUESTS: {"price": "cheap"}, "kv_storage": {"price": "0.40 USD"}})
    [refusal] = found.refusals
    assert refusal.field == f"{REQUESTS}.price"
    refused, good = found.prices.prices[REQUESTS], found.prices.prices["kv_storage"]
    assert refused.reason_unpriced == "its entry in the parameter prices was refused"
    assert good.tiers == (Tier(None, Decimal("0.40")),)


def test_every_reason_is_given_at_once() -> None:
    found = parsed({REQUESTS: {"prize": "1 USD", "per": "0", "each_zone": 1}, "unheard_of": {}})
    assert [refusal.field for refusal in found.refusals] == [
        f'{REQUESTS}."prize"',
        f"{REQUESTS}.per",
        f"{REQUESTS}.each_zone",
        "unheard_of.price",
        "unheard_of.unit",
    ]


@pytest.mark.parametrize(("document", "field", "words", "by_schema"), REFUSED)
def test_a_refusal_names_the_field_and_what_would_be_right(
    document: dict[str, Any],
    field: str,
    words: str,
    by_schema: bool,  # noqa: FBT001 - a column of the table
) -> None:
    [refusal] = parsed(document).refusals
    assert refusal.field == field
    assert words in str(refusal)
    assert VALIDATOR.is_valid(document) != by_schema


@pytest.mark.parametrize("document", [*OWN.values(), *SCHEMA["examples"]])
def test_what_the_code_accepts_the_schema_accepts(document: dict[str, Any]) -> None:
    assert parsed(document).refusals == ()
    jsonschema.validate(document, SCHEMA)


def test_the_schema_names_every_field() -> None:
    assert set(SCHEMA["$defs"]["price"]["properties"]) == set(READERS)


values: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(
            None,
            True,
            0,
            "",
            "0",
            "5",
            "1.5",
            "0.25 USD",
            "1 usd",
            "day",
            "block",
            "Requests",
            "a\nb",
            "x" * 200,
        ),
        *(
            [],
            ["Requests"],
            [1],
            {},
            [{"price": "1 USD"}],
            [{"up_to": "5", "price": "1 USD"}, {"price": "2 USD"}],
        ),
    ]
)
entries = st.none() | values | st.dictionaries(st.sampled_from([*READERS, "unknown"]), values, max_size=4)
metrics = st.sampled_from([REQUESTS, "zaraz_loads", "dynamic_workers", "unheard_of", "two words", ""])


@given(st.dictionaries(metrics, entries, max_size=3))
def test_the_code_accepts_nothing_that_the_schema_refuses(document: dict[str, Any]) -> None:
    assert parsed(document).refusals or VALIDATOR.is_valid(document)


@given(st.dictionaries(metrics, entries, max_size=3))
def test_an_entry_is_refused_or_makes_a_price_and_no_other_entry_matters(document: dict[str, Any]) -> None:
    together = parsed(document)
    for metric_id, entry in document.items():
        alone = parsed({metric_id: entry})
        assert set(alone.refusals) <= set(together.refusals)
        assert together.prices.find(metric_id, None) == alone.prices.find(metric_id, None)
        assert alone.refusals or entry is None or alone.prices.find(metric_id, None)


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", '"0.25 USD"', '{"a": null, "a": null}', '{"a": NaN}', "[" * 100_000]
)
def test_what_is_no_json_object_leaves_the_shipped_prices(text: str) -> None:
    found = parse_prices(text, SHIPPED)
    assert found.prices == SHIPPED
    [refusal] = found.refusals
    assert refusal.field == "the document"
    assert len(str(refusal)) < 300


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
)


@given(st.text(max_size=200) | json_values.map(json.dumps))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = parse_prices(text, SHIPPED)
    assert found.prices == SHIPPED or found.refusals
