"""Own prices, as people write them and as they are read."""

import json
from typing import Any

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.pricing.price_overrides import ParsedPrices, parse_prices

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
        *("browser_rendering_browser_hours", "browser_run_browser_hours occurs twice", False),
    ),
]
