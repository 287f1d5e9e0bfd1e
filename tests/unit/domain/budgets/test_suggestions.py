"""What a wrong budget field most likely means."""

import json
from decimal import Decimal
from importlib import resources

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.budgets.document import InvalidBudget, parse_budget
from cloudflare_budgets.domain.budgets.suggestions import (
    CURRENCY_WORDS,
    currency_meant,
    limit_meant,
    period_meant,
    threshold_meant,
)
from cloudflare_budgets.domain.primitives.amount import ISO_4217
from cloudflare_budgets.domain.primitives.nearest import nearest

SCHEMA = json.loads(resources.files("cloudflare_budgets").joinpath("schemas/budget.schema.json").read_text())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("50 dollars", "50 USD"),
        ("50dollars", "50 USD"),
        ("50 US Dollars", "50 USD"),
        ("$50", "50 USD"),
        ("$ 50", "50 USD"),
        ("US$50", "50 USD"),
        ("50$", "50 USD"),
        ("$50 USD", "50 USD"),
        ("50USD", "50 USD"),
        ("USD 50", "50 USD"),
        ("usd50", "50 USD"),
        (" 50 USD ", "50 USD"),
        ("50  USD", "50 USD"),
        ("50 Usd", "50 USD"),
        ("50 usd.", "50 USD"),
        ("1,000 USD", "1000 USD"),
        ("1,234,567.50 USD", "1234567.5 USD"),
        ("1.234.567,50 EUR", "1234567.5 EUR"),
        ("50,5 EUR", "50.5 EUR"),
        ("1 000 USD", "1000 USD"),
        ("1_000 USD", "1000 USD"),
        ("1'000 CHF", "1000 CHF"),
        ("1e3 USD", "1000 USD"),
        ("10k USD", "10000 USD"),
        ("10M Requests", "10000000 Requests"),
        ("10m requests", "10000000 requests"),
        ("\u20ac50", "50 EUR"),
        ("50 \u00a3", "50 GBP"),
        ("50 bucks", "50 USD"),
        ("50 yen", "50 JPY"),
        ("50", "50 USD"),
        (50, "50 USD"),
        (Decimal("50.5"), "50.5 USD"),
        ("\u0665\u0660 USD", "50 USD"),
        ("\uff15\uff10\u3000\uff35\uff33\uff24", "50 USD"),
        ("100 % of allowance", "100% of allowance"),
        ("100% of the included allowance", "100% of allowance"),
        ("80% allowance", "80% of allowance"),
        ("80%", "80% of allowance"),
        ("50 USD per month", "50 USD"),
        ("50 USD/month", "50 USD"),
        ("50 USD a month", "50 USD"),
        ("50 dollars per day", "50 USD"),
        ("$50/mo", "50 USD"),
        ("10 million Requests", "10000000 Requests"),
        ("1.5 Billion Rows", "1500000000 Rows"),
        ("20 thousand requests", "20000 requests"),
    ],
)
def test_an_amount_written_in_another_way_is_understood(written: object, meant: str) -> None:
    assert limit_meant(written) == (meant,)
    found = parse_budget("x", json.dumps({"limit": written}, default=float))
    assert isinstance(found, InvalidBudget) or written == "10m requests"


@pytest.mark.parametrize(
    "written", ["", "x", "-5 USD", "0 USD", "1,00,0 USD", "1.2.3 USD", True, None, [], "5 USD 6"]
)
def test_an_ambiguous_amount_is_refused(written: object) -> None:
    assert limit_meant(written) == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("80", "80%"),
        (80, "80%"),
        ("80 %", "80%"),
        ("80 percent", "80%"),
        ("100% forecasted", "100% forecast"),
        ("forecast 100%", "100% forecast"),
        ("100% (forecast)", "100% forecast"),
        ("$40", "40 USD"),
        ("40 dollars forecast", "40 USD forecast"),
        ("100% forcast", "100% forecast"),
        ("100% Forecst", "100% forecast"),
        ("40 USD foreacst", "40 USD forecast"),
        ("80% of limit", "80%"),
        ("80% of the budget", "80%"),
    ],
)
def test_a_threshold_written_in_another_way_is_understood(written: object, meant: str) -> None:
    assert threshold_meant(written) == (meant,)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *[("monthly", "month"), ("Month", "month"), ("months", "month"), ("per month", "month")],
        *[
            ("daily", "day"),
            ("weekly", "week"),
            ("quarterly", "quarter"),
            ("yearly", "year"),
        ],
        *[
            ("annual", "year"),
            ("annually", "year"),
            ("billing period", "billing_period"),
            ("billing-cycle", "billing_period"),
        ],
    ],
)
def test_a_period_written_in_another_way_is_understood(written: str, meant: str) -> None:
    assert period_meant(written) == (meant,)


@given(st.text(max_size=30) | st.from_regex(r"[$\u20ac]?[0-9,._ ]{1,12}[A-Za-z% -]{0,12}", fullmatch=True))
def test_every_suggested_limit_is_valid(written: str) -> None:
    for meant in limit_meant(written):
        assert isinstance(parse_budget("x", json.dumps({"limit": meant})), Budget)


@given(
    st.text(max_size=30)
    | st.from_regex(
        r"[$\u20ac]?[0-9,._ ]{1,12}(%|USD|Requests|)( of| )?( forecast| forcast| limit| [a-z]{1,8})?",
        fullmatch=True,
    )
)
def test_every_suggested_threshold_is_valid(written: str) -> None:
    for meant in threshold_meant(written):
        unit = meant.removesuffix(" forecast").partition(" ")[2] or "USD"
        document = {"limit": f"1 {unit}", "thresholds": [meant]}
        assert isinstance(parse_budget("x", json.dumps(document)), Budget)


words = st.sampled_from([*sorted(ISO_4217), *CURRENCY_WORDS, *(f"{word}s" for word in CURRENCY_WORDS)])
cases = st.lists(st.booleans(), min_size=24, max_size=24)


@given(words, cases, st.sampled_from(["", ".", "/month", " / day", " per month", " a day", " each"]))
def test_a_currency_in_another_spelling_fails_schema_and_parser_alike(
    word: str, upper: list[bool], end: str
) -> None:
    unit = "".join(one.upper() if up else one.lower() for one, up in zip(word, upper, strict=False)) + end
    is_valid = unit in ISO_4217
    assert currency_meant(unit) is not None
    assert isinstance(parse_budget("x", json.dumps({"limit": f"50 {unit}"})), Budget) == is_valid
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid({"limit": f"50 {unit}"}) == is_valid


@pytest.mark.parametrize("unit", ["million Requests", "Thousand rows", "billions", "MILLION"])
def test_a_number_in_words_fails_schema_and_parser_alike(unit: str) -> None:
    found = parse_budget("x", json.dumps({"limit": f"10 {unit}"}))
    assert isinstance(found, InvalidBudget)
    assert "expected the number in digits; did you mean" in str(found)
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid({"limit": f"10 {unit}"})


@pytest.mark.parametrize("unit", ["Requests per month", "GB/month", "Millionths", "USDC"])
def test_a_unit_that_resembles_a_currency_or_a_number_is_accepted(unit: str) -> None:
    assert isinstance(parse_budget("x", json.dumps({"limit": f"10 {unit}"})), Budget)
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid({"limit": f"10 {unit}"})


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Wrokers", ("Workers",)),
        ("wokers", ("Workers",)),
        ("Worker", ("Workers",)),
        ("KV", ()),
        ("", ()),
        ("R3", ()),
        ("D1 databse", ("D1 Database",)),
    ],
)
def test_the_nearest_names_differ_by_few_letters(name: str, found: tuple[str, ...]) -> None:
    assert nearest(name, ["Workers", "R2", "D1 Database", "Images"]) == found
