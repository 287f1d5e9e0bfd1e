"""Own prices over the shipped ones: what is taken, and what is refused with its reason."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.pricing.price import IncludedPer, Origin, Price, Rounding, Tier
from cloudflare_budgets.domain.pricing.price_fields import READERS
from cloudflare_budgets.domain.pricing.price_overrides import ParsedPrices, parse_prices

SCHEMA = json.loads(resources.files("cloudflare_budgets").joinpath("schemas/prices.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
SHIPPED = shipped_prices()
REQUESTS = "workers_standard_requests"

OWN: dict[str, dict[str, Any]] = {
    "a price alone": {REQUESTS: {"price": "0.25 USD"}},
    "everything": {
        "page_shield_scripts": {
            "price": "0.25 EUR",
            "per": "1000",
            "included": "10.5",
            "included_per": "day",
            "rounding": "nearest",
            "unit": ["Scripts", "Script Months"],
            "each_zone": True,
            "name": "Page Shield: scripts",
        }
    },
    "tiers": {REQUESTS: {"tiers": [{"up_to": "5", "price": "0.30 USD"}, {"price": "0.20 USD"}]}},
    "only an allowance": {"fast_twitch_neurons": {"included": "0"}},
    "no price": {"kv_storage": None},
    "a price for each period": {
        REQUESTS: [
            {"price": "0.30 USD", "valid_until": "2026-12-01"},
            {"price": "0.25 USD", "valid_from": "2026-12-01"},
        ]
    },
    "the free plan": {"plan": "free"},
    "nothing": {},
    "nothing that differs": {REQUESTS: {}},
}


def parsed(document: object) -> ParsedPrices:
    return parse_prices(json.dumps(document), SHIPPED)


def own(metric_id: str, entry: object) -> Price:
    found = parsed({metric_id: entry})
    assert found.refusals == ()
    price = found.prices.find(metric_id, None)
    assert price is not None
    return price


def test_what_an_entry_leaves_out_is_read_from_the_list() -> None:
    price, shipped = own(REQUESTS, {"price": "0.25 USD"}), SHIPPED.prices[REQUESTS]
    assert price.tiers == (Tier(None, Decimal("0.25")),)
    assert (price.per, price.included, price.rounding) == (shipped.per, shipped.included, shipped.rounding)
    assert (price.units, price.name) == (shipped.units, shipped.name)
    assert (price.origin, shipped.origin) == (Origin.OWN, Origin.LIST)


def test_the_other_prices_stay_as_they_are() -> None:
    found = parsed({REQUESTS: {"price": "0.25 USD"}}).prices
    assert {**found.prices, REQUESTS: SHIPPED.prices[REQUESTS]} == SHIPPED.prices


def test_a_metric_that_the_list_lacks_needs_only_a_price_and_its_unit() -> None:
    assert own("page_shield_scripts", {"price": "2 EUR", "unit": "Scripts"}) == Price(
        metric_id="page_shield_scripts",
        name="page_shield_scripts",
        units=("Scripts",),
        tiers=(Tier(None, Decimal(2)),),
        currency="EUR",
        origin=Origin.OWN,
        source="the parameter prices",
    )


def test_every_field_is_read() -> None:
    price = own("page_shield_scripts", OWN["everything"]["page_shield_scripts"])
    assert (price.per, price.included, price.included_per) == (
        Decimal(1000),
        Decimal("10.5"),
        IncludedPer.DAY,
    )
    assert (price.rounding, price.each_zone) == (Rounding.NEAREST, True)
    assert price.counts("script months")
    assert (price.name, price.currency) == ("Page Shield: scripts", "EUR")


def test_tiers_replace_a_flat_price() -> None:
    assert own(REQUESTS, OWN["tiers"][REQUESTS]).tiers == (
        Tier(Decimal(5), Decimal("0.30")),
        Tier(None, Decimal("0.20")),
    )


def test_twenty_tiers_and_ten_spellings_of_a_unit_are_accepted() -> None:
    tiers = [{"price": "1 USD", "up_to": str(end)} for end in range(1, 20)] + [{"price": "2 USD"}]
    units = [f"Unit {number}" for number in range(10)]
    found = parsed({REQUESTS: {"tiers": tiers, "unit": units}})
    assert found.refusals == ()
    price = found.prices.find(REQUESTS, None)
    assert price is not None
    assert [tier.up_to for tier in price.tiers] == [*map(Decimal, range(1, 20)), None]
    assert price.units == tuple(units)


def test_null_removes_a_price_and_the_list_says_why() -> None:
    price = own("kv_storage", None)
    assert price.reason_unpriced == "the parameter prices removes its price"


def test_an_own_allowance_completes_a_listed_price_without_one() -> None:
    assert SHIPPED.prices["fast_twitch_neurons"].included is None
    assert own("fast_twitch_neurons", {"included": "0"}).included == 0


def test_each_day_has_the_own_price_of_its_period_and_else_the_listed_one() -> None:
    price = own(REQUESTS, {"price": "0.25 USD", "valid_from": "2026-12-01", "valid_until": "2027-01-01"})
    amounts = []
    for day in ("2026-11-30", "2026-12-01", "2026-12-31", "2027-01-01"):
        version = price.at(datetime.fromisoformat(day).replace(tzinfo=UTC))
        assert version is not None
        amounts.append((str(version.tiers[0].amount), str(version.origin)))
    assert amounts == [("0.30", "list"), ("0.25", "own"), ("0.25", "own"), ("0.30", "list")]


def test_the_free_plan_has_the_free_allowances_and_bills_nothing_beyond_them() -> None:
    found = parsed({"plan": "free", "kv_storage": {"price": "1 USD"}})
    requests, storage = found.prices.prices[REQUESTS], found.prices.prices["kv_storage"]
    assert (requests.included, requests.included_per) == (Decimal(100_000), IncludedPer.DAY)
    assert requests.tiers == (Tier(None, Decimal(0)),)
    assert storage.tiers == (Tier(None, Decimal(1)),)
    assert found.prices.prices["r2_data_storage"] == SHIPPED.prices["r2_data_storage"]


def test_a_metric_may_be_priced_under_any_of_its_names() -> None:
    found = parsed({"browser_rendering_browser_hours": {"price": "0.05 USD"}}).prices
    price = found.find("browser_run_browser_hours", None)
    assert price is not None
    assert price.tiers == (Tier(None, Decimal("0.05")),)


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


# entry, field, words; whether the schema refuses it too
REFUSED: list[tuple[dict[str, Any], str, str, bool]] = [
    ({REQUESTS: "0.25 USD"}, REQUESTS, '{"price": "0.25 USD"}', True),
    ({REQUESTS: {"prize": "1 USD"}}, f'{REQUESTS}."prize"', "included_per", True),
    ({REQUESTS: {"price": "0.25"}}, f"{REQUESTS}.price", '"0.25 USD"', True),
    ({REQUESTS: {"price": "$0.25"}}, f"{REQUESTS}.price", '"0.25 USD"', True),
    ({REQUESTS: {"price": "-1 USD"}}, f"{REQUESTS}.price", '"0.25 USD"', True),
    ({REQUESTS: {"price": 0.25}}, f"{REQUESTS}.price", "found 0.25", True),
    ({REQUESTS: {"price": None}}, f"{REQUESTS}.price", "found nothing", True),
    ({REQUESTS: {"price": "1 XYZ"}}, f"{REQUESTS}.price", "ISO 4217", False),
    ({REQUESTS: {"price": "9" * 30 + " USD"}}, f"{REQUESTS}.price", "below 10^24", False),
    ({REQUESTS: {"price": "1 USD", "tiers": [{"price": "1 USD"}]}}, f"{REQUESTS}.tiers", "one of them", True),
    ({REQUESTS: {"tiers": []}}, f"{REQUESTS}.tiers", "1 to 20", True),
    (
        {
            REQUESTS: {
                "tiers": [{"price": "1 USD", "up_to": str(end)} for end in range(1, 21)]
                + [{"price": "1 USD"}]
            }
        },
        *(f"{REQUESTS}.tiers", "1 to 20", True),
    ),
    (
        {REQUESTS: {"tiers": [{"price": "1 USD", "up_to": "0"}, {"price": "1 USD"}]}},
        *(f"{REQUESTS}.tiers[0].up_to", "above 0", False),
    ),
    ({REQUESTS: {"tiers": ["1 USD"]}}, f"{REQUESTS}.tiers[0]", '"up_to"', True),
    ({REQUESTS: {"tiers": [{"up_to": "1"}]}}, f"{REQUESTS}.tiers[0].price", '"0.25 USD"', True),
    (
        {REQUESTS: {"tiers": [{"price": "1 USD", "per": "1"}]}},
        *(f"{REQUESTS}.tiers[0].per", "tiers[0].per: found an unknown key, expected one of up_to, price"),
        True,
    ),
    ({REQUESTS: {"tiers": [{"price": "1 USD"}] * 2}}, f"{REQUESTS}.tiers[0].up_to", "beyond", False),
    (
        {REQUESTS: {"tiers": [{"price": "1 USD", "up_to": "1"}]}},
        *(f"{REQUESTS}.tiers[0].up_to", "no end", False),
    ),
    (
        {REQUESTS: {"tiers": [{"price": "1 USD", "up_to": "5"}] * 2 + [{"price": "1 USD"}]}},
        *(f"{REQUESTS}.tiers[1].up_to", "above 5", False),
    ),
    (
        {REQUESTS: {"tiers": [{"price": "1 USD", "up_to": "5"}, {"price": "1 EUR"}]}},
        *(f"{REQUESTS}.tiers[1].price", "USD", False),
    ),
    ({REQUESTS: {"per": "0"}}, f"{REQUESTS}.per", "above zero", True),
    ({REQUESTS: {"per": 1000}}, f"{REQUESTS}.per", '"1000000"', True),
    ({REQUESTS: {"included": "1e6"}}, f"{REQUESTS}.included", '"10000000"', True),
    ({REQUESTS: {"included": "-1"}}, f"{REQUESTS}.included", "a string", True),
    ({REQUESTS: {"included_per": "month"}}, f"{REQUESTS}.included_per", "billing_period, day", True),
    ({REQUESTS: {"rounding": "up"}}, f"{REQUESTS}.rounding", "block, nearest", True),
    ({REQUESTS: {"rounding": []}}, f"{REQUESTS}.rounding", "block, nearest", True),
    ({REQUESTS: {"unit": []}}, f"{REQUESTS}.unit", "1 to 10 spellings", True),
    ({REQUESTS: {"unit": [""]}}, f"{REQUESTS}.unit", "1 to 10 spellings", True),
    ({REQUESTS: {"unit": [f"Unit {number}" for number in range(11)]}}, f"{REQUESTS}.unit", "1 to 10", True),
    ({REQUESTS: {"unit": "5 USD"}}, f"{REQUESTS}.unit", "1 to 10 spellings", True),
    ({REQUESTS: {"each_zone": "no"}}, f"{REQUESTS}.each_zone", "true or false", True),
    ({REQUESTS: {"name": "two\nlines"}}, f"{REQUESTS}.name", "one line", True),
    ({"two words": {"price": "1 USD", "unit": "Count"}}, '"two words"', "without spaces", True),
    ({"unheard_of": None}, "unheard_of", "nothing to remove", False),
    ({"unheard_of": {"price": "1 USD"}}, "unheard_of.unit", '"Requests"', False),
    ({"unheard_of": {"unit": "Count"}}, "unheard_of.price", '"0.25 USD"', False),
    ({"zaraz_loads": {"price": "1 USD"}}, "zaraz_loads.included", '"0"', False),
    ({REQUESTS: {"valid_from": "1 Dec"}}, f"{REQUESTS}.valid_from", '"2026-12-01"', True),
    ({REQUESTS: {"valid_until": "2026-02-30"}}, f"{REQUESTS}.valid_until", '"2026-12-01"', False),
    (
        {REQUESTS: {"valid_from": "2026-12-01", "valid_until": "2026-12-01"}},
        *(f"{REQUESTS}.valid_until", "a day after valid_from", False),
    ),
    ({REQUESTS: []}, REQUESTS, "1 to 20", True),
    ({REQUESTS: [{"price": "1 USD"}, {"price": "2 USD"}]}, f"{REQUESTS}[1]", "does not cover", False),
    ({REQUESTS: [{"price": "1 USD"}, 5]}, f"{REQUESTS}[1]", "an object such as", True),
    ({"plan": "gold"}, "plan", '"free"', True),
    (
        {f"browser_{kind}_browser_hours": {"price": "1 USD"} for kind in ("run", "rendering")},
        *("browser_rendering_browser_hours", "browser_run_browser_hours stands here already", False),
    ),
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
