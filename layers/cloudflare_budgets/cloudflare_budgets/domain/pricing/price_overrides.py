"""Parses the `prices` parameter: your own prices, applied on top of the shipped price list."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from cloudflare_budgets.domain.pricing.price import Origin, Price, PriceList
from cloudflare_budgets.domain.pricing.price_fields import READERS
from cloudflare_budgets.domain.primitives.json_input import (
    FieldError,
    InvalidFieldError,
    parse_object,
    shown,
    shown_unless_text,
)

SOURCE = "the parameter prices"
MAX_PERIODS = 20

_METRIC_ID = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,128}")
_AN_EXAMPLE = 'a JSON object such as {"workers_standard_requests": {"price": "0.25 USD"}}'
_AN_ENTRY = 'an object such as {"price": "0.25 USD"}, a list of them with valid_from and valid_until, or null'


@dataclass(frozen=True, slots=True)
class ParsedPrices:
    """The prices that hold, and why some of the document does not."""

    prices: PriceList
    refusals: tuple[FieldError, ...] = ()


def parse_prices(text: str, shipped: PriceList) -> ParsedPrices:
    """Return the shipped prices with your own on top.

    An invalid entry does not affect the others. Its metric then has no price, since the shipped price was to
    be replaced. Where the document is not valid JSON, the shipped prices apply. The key `plan` is
    no metric: "free" replaces the allowances of Workers Paid by those of the Workers Free plan.
    """
    try:
        document = parse_object(text, _AN_EXAMPLE)
    except InvalidFieldError as error:
        return ParsedPrices(shipped, error.errors)
    plan = document.pop("plan", "paid")
    base = shipped.on_free_plan() if plan == "free" else shipped
    parsed = _parse_entries(document, base)
    if plan in ("free", "paid"):
        return parsed
    refused = FieldError("plan", shown_unless_text(plan), '"paid" (the default) or "free"')
    return replace(parsed, refusals=(refused, *parsed.refusals))


def _parse_entries(document: dict[str, Any], shipped: PriceList) -> ParsedPrices:
    own: dict[str, Price] = {}
    refusals: list[FieldError] = []
    for key, found in document.items():
        metric_id = shipped.known_as(key)
        listed = shipped.prices.get(metric_id)
        refused = list(_refused(key, found, listed))
        if metric_id in own:
            expected = f"each metric once: {metric_id} occurs twice"
            refused.append(FieldError(_named(key), "a metric", expected))
        if not refused:
            own[metric_id] = _price(metric_id, found, listed)
        elif listed is not None:
            own[metric_id] = _without_price(listed, f"its entry in {SOURCE} was refused")
        refusals += refused
    return ParsedPrices(shipped.with_own(own), tuple(refusals))


def _refused(key: str, found: object, listed: Price | None) -> Iterator[FieldError]:
    if not _METRIC_ID.fullmatch(key):
        yield FieldError(_named(key), "a metric's id", "1 to 128 characters without spaces")
    if found is None:
        if listed is None:
            yield FieldError(_named(key), "null", "the id of a shipped price: there is nothing to remove")
        return
    if not isinstance(found, list):
        yield from _refused_entry(_named(key), found, listed)
        return
    if not 0 < len(found) <= MAX_PERIODS:
        yield FieldError(_named(key), f"{len(found)} entries", f"1 to {MAX_PERIODS} of them")
    refused = [
        each
        for place, entry in enumerate(found)
        for each in _refused_entry(f"{_named(key)}[{place}]", entry, listed)
    ]
    yield from refused or _overlaps(_named(key), found)


def _refused_entry(name: str, found: object, listed: Price | None) -> Iterator[FieldError]:
    if not isinstance(found, dict):
        yield FieldError(name, shown_unless_text(found), _AN_ENTRY)
        return
    for refusal in (*_refused_fields(found), *_missing(found, listed)):
        yield replace(refusal, field=f"{name}.{refusal.field}")


def _refused_fields(found: dict[str, Any]) -> Iterator[FieldError]:
    for field, value in found.items():
        if field not in READERS:
            yield FieldError(shown(field), "an unknown key", f"one of {', '.join(READERS)}")
            continue
        try:
            READERS[field](value)
        except InvalidFieldError as error:
            yield from error.errors


def _missing(found: dict[str, Any], listed: Price | None) -> Iterator[FieldError]:
    if "price" in found and "tiers" in found:
        yield FieldError("tiers", "both price and tiers", "one of them")
    if not (found.keys() & {"price", "tiers"} or (listed and listed.tiers)):
        yield FieldError("price", "nothing", 'an amount and its currency, such as "0.25 USD"')
    if listed is None and "unit" not in found:
        yield FieldError("unit", "nothing", 'the ConsumedUnit of the metric, such as "Requests"')
    if listed and listed.included is None and "included" not in found:
        yield FieldError("included", "nothing", 'how many units are free, such as "10000000" or "0"')
    since, until = found.get("valid_from"), found.get("valid_until")
    if isinstance(since, str) and isinstance(until, str) and until <= since:
        yield FieldError("valid_until", shown(until), f"a day after valid_from, {since}")


def _overlaps(name: str, found: list[dict[str, Any]]) -> Iterator[FieldError]:
    for (first, one), (second, other) in combinations(enumerate(found), 2):
        begins = max(one.get("valid_from", ""), other.get("valid_from", ""))
        if begins < min(one.get("valid_until", "9999"), other.get("valid_until", "9999")):
            expected = f"days that {name}[{first}] does not cover: set valid_from and valid_until"
            yield FieldError(f"{name}[{second}]", "the same days", expected)


def _price(metric_id: str, found: Any, listed: Price | None) -> Price:  # noqa: ANN401 - parsed JSON
    base = listed or Price(metric_id, metric_id, (), ())
    if found is None:
        return _without_price(base, f"{SOURCE} removes its price")
    own = [_entry(base, entry) for entry in (found if isinstance(found, list) else [found])]
    # On days that no own price covers, the listed one holds: the first version that is valid is used.
    return replace(own[0], others=(*own[1:], *(base.versions if listed else ())))


def _entry(base: Price, found: dict[str, Any]) -> Price:
    values: dict[str, Any] = {"valid_from": None, "valid_until": None, "others": ()}
    if "included" in found:
        values["plan"] = "your prices"
    for field, value in found.items():
        values |= READERS[field](value)
    return replace(base, **values, origin=Origin.OWN, source=SOURCE, seen="", note="")


def _without_price(listed: Price, note: str) -> Price:
    values: dict[str, Any] = {"valid_from": None, "valid_until": None, "others": ()}
    return replace(listed, tiers=(), origin=Origin.OWN, source=SOURCE, seen="", note=note, **values)


def _named(key: str) -> str:
    return key if _METRIC_ID.fullmatch(key) else shown(key)
