"""Own prices as the JSON document that people keep in Parameter Store."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cloudflare_budgets.domain import strict_json
from cloudflare_budgets.domain.price import Origin, Price
from cloudflare_budgets.domain.price_fields import READERS
from cloudflare_budgets.domain.price_list import PriceList
from cloudflare_budgets.domain.refusal import Refusal, RefusedError, shown, shown_unless_text

SOURCE = "the parameter prices"

_METRIC_ID = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,128}")
_AN_EXAMPLE = 'a JSON object such as {"workers_standard_requests": {"price": "0.25 USD"}}'


@dataclass(frozen=True, slots=True)
class ParsedPrices:
    """The prices that hold, and why some of the document does not."""

    prices: PriceList
    refusals: tuple[Refusal, ...] = ()


def parse_prices(text: str, shipped: PriceList) -> ParsedPrices:
    """Read own prices over those that are shipped.

    An entry that cannot be used does not stop the others. Its metric has no price then: the shipped one
    was not meant to hold. A document that cannot be read at all leaves the shipped prices as they are.
    """
    try:
        document = strict_json.loads(text)
    except (ValueError, RecursionError) as error:
        found = f"no valid JSON ({shown(str(error) or 'nested too deeply')})"
        return ParsedPrices(shipped, (Refusal("the document", found, "one JSON object"),))
    if not isinstance(document, dict):
        return ParsedPrices(shipped, (Refusal("the document", shown_unless_text(document), _AN_EXAMPLE),))
    return _read(document, shipped)


def _read(document: dict[str, Any], shipped: PriceList) -> ParsedPrices:
    own: dict[str, Price] = {}
    refusals: list[Refusal] = []
    for key, found in document.items():
        metric_id = shipped.known_as(key)
        listed = shipped.prices.get(metric_id)
        refused = list(_refused(key, found, listed))
        if metric_id in own:
            refused.append(Refusal(_named(key), "a metric", f"another one: {metric_id} stands here already"))
        if not refused:
            own[metric_id] = _price(metric_id, found, listed)
        elif listed is not None:
            own[metric_id] = _without_price(listed, f"its entry in {SOURCE} was refused")
        refusals += refused
    return ParsedPrices(shipped.with_own(own), tuple(refusals))


def _refused(key: str, found: object, listed: Price | None) -> Iterator[Refusal]:
    if not _METRIC_ID.fullmatch(key):
        yield Refusal(_named(key), "a metric's id", "1 to 128 characters without spaces")
    if found is None:
        if listed is None:
            yield Refusal(_named(key), "null", "the id of a shipped price: there is nothing to remove")
        return
    if not isinstance(found, dict):
        yield Refusal(
            _named(key), shown_unless_text(found), 'an object such as {"price": "0.25 USD"}, or null'
        )
        return
    for refusal in (*_refused_fields(found), *_missing(found, listed)):
        yield replace(refusal, field=f"{_named(key)}.{refusal.field}")


def _refused_fields(found: dict[str, Any]) -> Iterator[Refusal]:
    for field, value in found.items():
        if field not in READERS:
            yield Refusal(shown(field), "an unknown key", f"one of {', '.join(READERS)}")
            continue
        try:
            READERS[field](value)
        except RefusedError as error:
            yield error.refusal


def _missing(found: dict[str, Any], listed: Price | None) -> Iterator[Refusal]:
    if "price" in found and "tiers" in found:
        yield Refusal("tiers", "both price and tiers", "one of them")
    if not (found.keys() & {"price", "tiers"} or (listed and listed.tiers)):
        yield Refusal("price", "nothing", 'an amount and its currency, such as "0.25 USD"')
    if listed is None and "unit" not in found:
        yield Refusal("unit", "nothing", 'the ConsumedUnit of the metric, such as "Requests"')
    if listed and listed.included is None and "included" not in found:
        yield Refusal("included", "nothing", 'how many units are free, such as "10000000" or "0"')


def _price(metric_id: str, found: dict[str, Any] | None, listed: Price | None) -> Price:
    price = listed or Price(metric_id, metric_id, (), ())
    if found is None:
        return _without_price(price, f"{SOURCE} removes its price")
    values: dict[str, Any] = {}
    for field, value in found.items():
        values |= READERS[field](value)
    return replace(price, **values, origin=Origin.OWN, source=SOURCE, seen="", note="")


def _without_price(listed: Price, note: str) -> Price:
    return replace(listed, tiers=(), origin=Origin.OWN, source=SOURCE, seen="", note=note)


def _named(key: str) -> str:
    return key if _METRIC_ID.fullmatch(key) else shown(key)
