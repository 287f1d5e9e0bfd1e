"""Prints messages: a mail for people, attributes and JSON for machines."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local.aws import Delivery
from local.demo.screen import frame, say

_LONGEST = 100
_HEAD = ("From:    Cloudflare Budgets <no-reply@sns.amazonaws.com>", "To:      you@example.com")


def mail(delivery: Delivery) -> None:
    """Print one mail."""
    frame([*_HEAD, f"Subject: {delivery.subject}", "", *map(_shortened, delivery.body.splitlines())])


def mails(deliveries: Iterable[Delivery]) -> None:
    """Print the first mail of each kind, and the subjects of the others."""
    shown: set[tuple[str, str]] = set()
    others: list[str] = []
    for delivery in deliveries:
        kind = (delivery.attributes["type"], delivery.alert.get("threshold", {}).get("basis", ""))
        if kind in shown:
            others.append(delivery.subject)
            continue
        shown.add(kind)
        mail(delivery)
    for subject in others:
        say(f"And: {subject}")


def machine(delivery: Delivery) -> None:
    """Print the attributes to filter by, and the alert as JSON."""
    filters = {name: value for name, value in delivery.attributes.items() if name != "alert"}
    frame(f"{name} = {value}" for name, value in sorted(filters.items()))
    frame(["{", *_members(delivery.alert), "}"])


def _members(alert: Mapping[str, Any]) -> Iterator[str]:
    # One line per member, and one per item of a list: complete, and still readable.
    for number, (name, value) in enumerate(alert.items(), start=1):
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list) and value:
            items = (f"    {json.dumps(item, ensure_ascii=False)}" for item in value)
            text = "[\n" + ",\n".join(items) + "\n  ]"
        yield from f'  "{name}": {text}{"," if number < len(alert) else ""}'.splitlines()


def _shortened(line: str) -> str:
    # A signed link has hundreds of characters.
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
