"""Own prices over the shipped ones: what is taken, and what is refused with its reason."""

from datetime import UTC, datetime
from decimal import Decimal

from cloudflare_budgets.domain.pricing.price import IncludedPer, Origin, Price, Rounding, Tier
from tests.unit.domain.pricing.overrides import OWN, REQUESTS, SHIPPED, parsed


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
